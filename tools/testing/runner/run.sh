#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The test runner itself: does it count rightly, and fail when it must?
. tools/testing/lib/tap.sh

tree=$SCRATCH/tree
mkdir -p "$tree/tools/testing"
cp tools/testing/run "$tree/tools/testing/"

# suite NAME: its script comes on standard input
suite() {
	mkdir -p "$tree/tools/testing/$1"
	cat >"$tree/tools/testing/$1/run.sh"
	chmod +x "$tree/tools/testing/$1/run.sh"
}

# last_line EXPECTED-STATUS EXPECTED-LINE SUITE...
last_line() {
	want_status=$1 want_line=$2
	shift 2
	O=$SCRATCH "$tree/tools/testing/run" "$@" >"$SCRATCH/out" 2>&1
	status=$?
	cat "$SCRATCH/out"
	[ $status = "$want_status" ] && [ "$(tail -n 1 "$SCRATCH/out")" = "$want_line" ]
}

suite good <<'END'
#!/bin/sh
echo 1..2; echo ok 1 one; echo ok 2 two
END
suite bad <<'END'
#!/bin/sh
echo 1..2; echo ok 1 one; echo not ok 2 two
END
suite short <<'END'
#!/bin/sh
echo 1..3; echo ok 1 one; echo ok 2 two
END
suite planless <<'END'
#!/bin/sh
echo ok 1 one
END
suite status <<'END'
#!/bin/sh
echo 1..1; echo ok 1 one; exit 3
END
suite empty <<'END'
#!/bin/sh
exit 0
END
suite late_plan <<'END'
#!/bin/sh
echo ok 1 one; echo ok 2; echo 1..2
END
suite nested <<'END'
#!/bin/sh
cat <<KTAP
KTAP version 1
1..2
    KTAP version 1
    1..2
    ok 1 a
        1..1
        not ok 1 deep
    not ok 2 b
not ok 1 first
    1..1
    ok 1 c
ok 2 second
KTAP
END
suite parent <<'END'
#!/bin/sh
printf '1..1\n  1..1\n  ok 1 child\nnot ok 1 parent\n'
END
suite two_programs <<'END'
#!/bin/sh
printf '1..1\nok 1 a\n1..2\nok 1 b\nok 2 c\n'
END
suite skipping <<'END'
#!/bin/sh
printf '1..2\nok 1 a\nok 2 b # SKIP no disk\n'
END
suite allowed <<'END'
#!/bin/sh
printf '1..2\nok 1 a\nok 2 b # SKIP no disk\n'
END
echo 'b* # needs a disk' >"$tree/tools/testing/allowed/skips"
suite bail <<'END'
#!/bin/sh
printf '1..2\nok 1 a\nBail out! no more\n'
END
suite hang <<'END'
#!/bin/sh
# quiet: 1
echo 1..1; echo ok 1 a; sleep 60
END
suite orphan <<'END'
#!/bin/sh
sleep 300 >/dev/null 2>&1 & echo $! >"$SCRATCH/../orphan"; printf '1..1\nok 1 a\n'
END
suite hours <<'END'
#!/bin/sh
# when: soak
printf '1..1\nok 1 a\n'
END

check "passes are counted" last_line 0 "2 passed, 0 failed" good
check "failures are counted" last_line 1 "1 passed, 1 failed" bad
check "suites add up" last_line 1 "3 passed, 1 failed" good bad
check "tests that did not run fail" last_line 1 "2 passed, 1 failed" short
check "a missing plan fails" last_line 1 "1 passed, 1 failed" planless
check "an exit status fails" last_line 1 "1 passed, 1 failed" status
check "no test at all fails" last_line 1 "0 passed, 1 failed" empty
check "the plan may come last" last_line 0 "2 passed, 0 failed" late_plan
check "only leaves of nested tests count" last_line 1 "2 passed, 1 failed" nested
check "a failed parent of good children fails" last_line 1 "1 passed, 1 failed" parent
check "one suite may run several programs" last_line 0 "3 passed, 0 failed" two_programs
check "an undeclared skip fails" last_line 1 "1 passed, 1 failed, 1 skipped" skipping
check "a declared skip is counted" last_line 0 "1 passed, 0 failed, 1 skipped" allowed
check "bailing out fails" last_line 1 "1 passed, 2 failed" bail
check "a hung suite is ended" last_line 1 "1 passed, 1 failed" hang
# It was killed, which takes effect when it runs next.
is_gone() {
	i=0
	while grep -qs sleep "/proc/$1/cmdline"; do
		i=$((i + 1))
		[ $i -lt 600 ] || return
		sleep 0.1
	done
}
nothing_is_left() { O=$SCRATCH "$tree/tools/testing/run" orphan && is_gone "$(cat "$SCRATCH/.test/orphan")"; }
check "nothing is left running" nothing_is_left
check "an unknown suite is an error" fails "$tree/tools/testing/run" nosuch
check "an unknown target is an error" fails "$tree/tools/testing/run" --list --when sometimes
check "soak suites run when asked for" last_line 0 "1 passed, 0 failed" --when soak

# No suite is left out unsaid. refuses PATTERN: an error that says so; without what brings it about there is none.
refuses() {
	"$tree/tools/testing/run" --list >"$SCRATCH/out" 2>&1
	status=$?
	cat "$SCRATCH/out"
	[ $status = 1 ] && grep -q "$1" "$SCRATCH/out"
}
check "the list of suites" "$tree/tools/testing/run" --list
for line in "# when: debugg" "# when: soak at night" "# When: soak" "# alone: no" "# quiet: 10m"; do
	printf '#!/bin/sh\n%s\nprintf "1..1\\nok 1 a\\n"\n' "$line" | suite misspelt
	check "a head's line that is no such line is an error: $line" refuses "misspelt/run.sh: .*$line\$"
done
rm -r "$tree/tools/testing/misspelt"
chmod -x "$tree/tools/testing/good/run.sh"
check "a suite that cannot be run is an error" refuses "good/run.sh is not executable"

# test-debug: the same tree without the suites that fail, and a kernel that is built at once. A guest is what scripts/vm makes of its log.
rm -r "$tree"/tools/testing/*/
cp tools/testing/test-debug "$tree/tools/testing/"
mkdir -p "$tree/kernel/configs" "$tree/scripts"
cp -r scripts/vmlib "$tree/scripts/"
printf 'defconfig debug.config sanitize.config all:\n\ttouch $(O)/.config\n.DEFAULT_GOAL := all\n' >"$tree/Makefile"
touch "$tree/tools/testing/test-debug.without" "$tree/tools/testing/test-sanitize.without"
cat >"$tree/scripts/note" <<'END'
import sys
sys.path.insert(0, "scripts")
from vmlib import reports
reports.note(sys.argv[1].encode())
END
for name in debug sanitize; do : >"$tree/kernel/configs/$name.config"; done

# guest SUITE LOG [HEAD]: a suite that passes, with a guest that has this log
guest() {
	suite "$1" <<END
#!/bin/sh
$3
/usr/bin/python3 -B scripts/note "$2"
printf '1..1\\nok 1 a\\n'
END
}

# debug_ends STATUS LINE [ARGUMENT...]: how test-debug ends
debug_ends() {
	want_status=$1 want_line=$2
	shift 2
	O=$SCRATCH "$tree/tools/testing/test-debug" "$@" >"$SCRATCH/out" 2>&1
	status=$?
	cat "$SCRATCH/out"
	[ $status = "$want_status" ] && [ "$(tail -n 1 "$SCRATCH/out")" = "$want_line" ]
}
guest quiet "[    1.000000] all is well"
guest quiet-debug "[    1.000000] all is well" "# when: debug"
check "test-debug: clean" debug_ends 0 "Clean: debug sanitize"
check "test-debug: one round" debug_ends 0 "Clean: sanitize" sanitize
check "test-debug: some suites are not all" debug_ends 0 "Clean: debug sanitize, of all suites these alone: quiet" quiet
guest loud-debug "[    1.000000] WARNING: CPU: 0 PID: 1 at mm/slab/slab.c:1" "# when: debug"
check "test-debug: a warning in a guest of a suite that it alone runs" debug_ends 1 "Not clean: when: debug" debug
check "test-debug: such suites are no part of another round" debug_ends 0 "Clean: sanitize" sanitize
guest loud "[    1.000000] WARNING: CPU: 0 PID: 1 at mm/slab/slab.c:1"
check "test-debug: a warning in a guest" debug_ends 1 "Not clean: debug sanitize when: debug"
check "test-debug: a warning in one of some suites" debug_ends 1 "Not clean: sanitize, of all suites these alone: loud" sanitize loud
for line in "** 12 messages dropped **" "kmemleak: 3 more suspects than there is room for" "kmemleak: unreferenced object 0x0 (size 8)"; do
	guest loud "$line"
	check "test-debug: a finding: $line" debug_ends 1 "Not clean: debug, of all suites these alone: loud" debug loud
done
crime="lock checker: sleep in atomic context
Call trace:
  culprit+0x1/0x2"
guest loud "$crime" "export VM_CRIME='sleep in atomic context.* culprit'"
check "test-debug: what a suite wants to be reported is no finding" debug_ends 0 "Clean: debug, of all suites these alone: loud" debug loud
guest loud "$crime" "export VM_CRIME='sleep in atomic context.* another'"
check "test-debug: another report is one still" debug_ends 1 "Not clean: debug, of all suites these alone: loud" debug loud

# A kernel that is kept is configured anew where what it is made of has changed, and not touched else.
. tools/testing/lib/configure.sh
cd "$tree" || exit
cat >Makefile <<'END'
defconfig:
	cp default $(O)/.config
merged.config:
	cat kernel/configs/merged.config >>$(O)/.config
END
echo CONFIG_A=m >default
echo CONFIG_B=y >kernel/configs/merged.config
# configured WHAT MARK: the kernel's configuration, and whether it is the file of before
configured() {
	configure "$SCRATCH/kept" merged.config $builtin
	echo "status $?"
	cat "$SCRATCH/kept/.config"
	[ "$(grep '^CONFIG' "$SCRATCH/kept/.config" | tr '\n' ' ')" = "$1 " ] && [ "$(grep -c '^# seen' "$SCRATCH/kept/.config")" = "$2" ] &&
		echo "# seen" >>"$SCRATCH/kept/.config"
}
builtin=
check "configure: defconfig and the fragment" configured "CONFIG_A=m CONFIG_B=y" 0
check "configure: the same is not touched" configured "CONFIG_A=m CONFIG_B=y" 1
echo CONFIG_C=m >>default
check "configure: a new module of defconfig" configured "CONFIG_A=m CONFIG_C=m CONFIG_B=y" 0
echo CONFIG_D=y >>kernel/configs/merged.config
check "configure: a new line of the fragment" configured "CONFIG_A=m CONFIG_C=m CONFIG_B=y CONFIG_D=y" 0
builtin=builtin
check "configure: modules built in" configured "CONFIG_A=y CONFIG_C=y CONFIG_B=y CONFIG_D=y" 0
rm default
check "configure: no defconfig is an error" fails configure "$SCRATCH/kept" merged.config
finish
