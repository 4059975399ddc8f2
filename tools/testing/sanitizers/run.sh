#!/bin/bash
# SPDX-License-Identifier: MIT
# first: yes
#
# KASAN, UBSAN and KCOV, each proven by its crime: a kernel with all three is built once, and modules that commit crimes are loaded into it,
# built with its checks and without; and into the plain kernel, which must not notice, or must refuse. Last, that the options cost nothing.
set -u
. tools/testing/lib/configure.sh
here=tools/testing/sanitizers
out=${O:-$PWD}
scratch=${SCRATCH:-$(mktemp -d)}
kernel=$out/.test/sanitize-kernel
cc=${CC:-gcc}
failed=0
number=0

# Numbers the TAP lines of its input.
numbered() {
	local line
	while IFS= read -r line; do
		case $line in
		"not ok "*) number=$((number + 1)) failed=1; echo "not ok $number ${line#not ok }" ;;
		"ok "*) number=$((number + 1)); echo "ok $number ${line#ok }" ;;
		*) echo "$line" ;;
		esac
	done
}

result() {
	[ "$1" = 0 ] || { [ -z "${3:-}" ] || sed 's/^/# /' "$3" | tail -n 40; }
	numbered < <([ "$1" = 0 ] && echo "ok - $2" || echo "not ok - $2")
}

configure "$kernel" sanitize.config >"$scratch/build" 2>&1 &&
	make -s CC=$cc O="$kernel" vmlinux modules >>"$scratch/build" 2>&1 &&
	make -s CC=$cc O="$kernel" M=$here/crimes >>"$scratch/build" 2>&1 &&
	make -s CC=$cc O="$kernel" modules_install INSTALL_MOD_PATH="$scratch/root" INSTALL_MOD_STRIP=1 >>"$scratch/build" 2>&1
result $? "a kernel with KASAN, UBSAN and KCOV is built, with its modules" "$scratch/build"
make -s CC=$cc ${O:+O=$O} M=$here/crimes >"$scratch/build" 2>&1 &&
	gcc -O1 -Wall -Werror -static -pthread -o "$scratch/kcov-test" $here/kcov-test.c >>"$scratch/build" 2>&1
result $? "the crimes are built without checks" "$scratch/build"

# Every module of the tree is loaded, the buses first, and the smallest one is unloaded again.
load_all='for m in acpi pci ps2 nvme echo hello; do modprobe $m || exit; done; rmmod hello && lsmod'

# files NAME FOLDER: what goes into a guest
files() {
	mkdir -p "$scratch/$1"
	cp "$2/$here"/crimes/{crimes,fatal}.ko $here/guest.sh "$scratch/kcov-test" "$scratch/$1/"
}

# The crimes with their checks; KCOV.
files checked "$kernel"
scripts/vm --kernel "$kernel/vmlinux" --modules "$scratch/root" --append kasan_multi_shot --timeout 600 --log "$scratch/checked.log" \
	--add "$scratch/checked:/sanitizers" -- \
	sh -c "$load_all; sh /sanitizers/guest.sh $($here/reports.py crimes kasan ubsan); /sanitizers/kcov-test" >"$scratch/said" 2>&1
result $? "a guest of that kernel" "$scratch/said"
numbered < <($here/reports.py found "$scratch/checked.log" kasan ubsan || echo "not ok - reports.py ended with status $?")
numbered < <(grep -E '^(not )?ok ' "$scratch/said" | sed -E 's/^((not )?ok) [0-9]+/\1/')
grep -q '^1\.\.' "$scratch/said"
result $? "kcov: the test came to its end" "$scratch/said"

# The same kernel with modules that know nothing of it: those of the plain build.
files plain "$out"
make -s CC=$cc ${O:+O=$O} modules_install INSTALL_MOD_PATH="$scratch/plain-root" INSTALL_MOD_STRIP=1 >"$scratch/said" 2>&1
scripts/vm --kernel "$kernel/vmlinux" --modules "$scratch/plain-root" --append kasan_multi_shot --timeout 600 --log "$scratch/plain.log" --add "$scratch/plain:/sanitizers" -- \
	sh -c "$load_all && sh /sanitizers/guest.sh $($here/reports.py crimes plain)" \
	>"$scratch/said" 2>&1 && grep -qw pci "$scratch/said" && grep -q 'hello: goodbye' "$scratch/plain.log"
result $? "modules without checks load and work in a KASAN kernel" "$scratch/said"
numbered < <($here/reports.py found "$scratch/plain.log" plain || echo "not ok - reports.py ended with status $?")

# The plain kernel: refuses what was built for the other one, and notices none of the crimes; the processor traps a division by zero without
# help, which ends insmod. Nor has it kcov.
mkdir -p "$scratch/plain/kasan"
cp "$kernel/$here/crimes/crimes.ko" "$scratch/plain/kasan/"
scripts/vm --timeout 600 --log "$scratch/silent.log" --add "$scratch/plain:/sanitizers" -- \
	sh -c "insmod /sanitizers/kasan/crimes.ko; echo insmod: \$?; cat /sys/kernel/kit/last_error; grep -w crimes /proc/modules
	sh /sanitizers/guest.sh $($here/reports.py crimes kasan ubsan); /sanitizers/kcov-test" >"$scratch/said" 2>&1
! grep -q 'insmod: 0' "$scratch/said" && grep -qi 'unknown symbol' "$scratch/said" &&
	grep -Eq 'crimes: .*ENOENT.*: unknown symbol __asan_\w+: built for a KASAN kernel' "$scratch/said" &&
	grep -aq 'crimes: not loaded: unknown symbol __asan_.*: built for a KASAN kernel' "$scratch/silent.log"
result $? "a module that was built for KASAN is refused with the words that say so, in the log and in last_error" "$scratch/said"
numbered < <($here/reports.py silent "$scratch/silent.log" kasan ubsan || echo "not ok - reports.py ended with status $?")
grep -q '^not ok 1 - kcov: the file is there' "$scratch/said" && ! grep -q '^ok' "$scratch/said"
result $? "the test of kcov fails without it" "$scratch/said"

# Where a module cannot go.
scripts/vm --kernel "$kernel/vmlinux" --append "ktest=kasan*" --timeout 300 --log "$scratch/ktest.log" </dev/null >"$scratch/said" 2>&1
status=$?
tr -d '\r' <"$scratch/ktest.log" | sed -nE 's/^(<[0-9]+>)?\[ *[0-9.]+\]( \[[CT] *[0-9]+\])? ?((not )?ok) [0-9]+ (.*)/\3 - \5/p' >"$scratch/ktest"
numbered <"$scratch/ktest"
[ $status = 0 ] && [ "$(wc -l <"$scratch/ktest")" -ge 7 ] && ! grep -aqE 'BUG: KASAN|UBSAN:' "$scratch/ktest.log"
result $? "the kernel's own tests of KASAN, without a report of anything else" "$scratch/ktest.log"

# Of a build that has some of the options this says nothing. All objects of a plain one: the suite identical.
grep -qE '^CONFIG_(DEBUG_LOCKS|KASAN)=y' "$out/.config" || numbered < <($here/identical.py "$scratch/identical" || echo "not ok - identical.py ended with status $?")
echo "1..$number"
exit $failed
