#!/bin/bash
# SPDX-License-Identifier: MIT
# first: yes
# quiet: 900
#
# Every module of modules/ and samples/ in and out while 4 processes on 4 CPUs use it (cycles.c), in a debug kernel that counts what is in use; and
# a stale call into a module that is gone (stale.sh).
#
#	run.sh [CYCLES [MODULE...]]
#
# The list of modules is the tree's: one that has no exerciser (exercisers.c) is a failure.
set -u
here=tools/testing/module-cycles
scratch=${SCRATCH:-$(mktemp -d)}
cycles=${1:-20}
shift
. tools/testing/lib/debug-kernel.sh
number=0
failed=0

result() { # STATUS NAME [FILE]
	number=$((number + 1))
	[ "$1" = 0 ] && echo "ok $number $2" && return
	[ $# -lt 3 ] || tail -n 60 "$3" | sed 's/^/# /'
	echo "not ok $number $2"
	failed=1
}
finish() {
	echo "1..$number"
	exit $failed
}
wanted() { [ $# = 1 ] || [[ " ${*:2} " = *" $1 "* ]]; }

tree_modules() { ls modules samples | grep -vE ':$|^$|^Kconfig|^Makefile' | sort -u; }
build_all() {
	local module
	mkdir -p "$scratch/cycles" "$scratch/stale"
	gcc -static -O1 -Wall -Wextra -Werror -Wno-unused-parameter -Wno-missing-field-initializers -o "$scratch/cycles/cycles" \
		$here/*.c tools/testing/lib/snapshot.c || return
	cp -r samples "$scratch/" && cp $here/stale/* "$scratch/stale/" || return
	for module in "$scratch"/samples/*/ "$scratch/stale/"; do
		make -s ${O:+O="$O"} M="$module" || return
	done
	while read -r module; do cp "${O:-.}/$module" "$scratch/cycles/"; done <"${O:-.}/modules.order"
	cp "$scratch"/samples/*/*.ko "$scratch"/stale/*.ko $here/stale.sh "$scratch/cycles/"
}
in_debug_kernel() { # LOG COMMAND...
	local log=$1
	shift
	scripts/vm --kernel "$debug_kernel/vmlinux" --append vm.nomodules --smp 4 --timeout "$((600 + cycles * 60))" --log "$scratch/$log" \
		--add "$scratch/cycles:/cycles" --device edu --device pci-serial --disk "nvme:$scratch/disk" --disk "nvme:$scratch/tiny" -- "$@"
}
# The guest's own lines, numbered on as they come.
number_on() {
	while IFS= read -r line; do
		case $line in
		"ok - "*) result 0 "${line#ok - }" ;;
		"not ok - "*) result 1 "${line#not ok - }" ;;
		*) echo "$line" ;;
		esac
	done <"$1"
}

build_all >"$scratch/build" 2>&1
result $? "the modules and the program are built" "$scratch/build"
build_debug_kernel "$debug_kernel" >"$scratch/build" 2>&1
result $? "the debug kernel is built" "$scratch/build"
[ $failed = 0 ] || finish
known=$("$scratch/cycles/cycles" --list)
missing=$(comm -23 <(tree_modules) <(echo "$known" | sort))
echo "$missing" >"$scratch/missing"
result "$([ -z "$missing" ]; echo $?)" "every module of the tree has an exerciser" "$scratch/missing"
truncate -s 8M "$scratch/disk"
samples/tinyfs/mktinyfs "$scratch/tiny" 8

chosen=$(for module in $known; do wanted "$module" "$@" && [ -e "$scratch/cycles/$module.ko" ] && echo "$module"; done)
# The first program is for what others take once: the shell, and init when it passes on what is printed.
number_on <(in_debug_kernel log sh -c "/cycles/cycles hello /cycles 1 | sed 's/^/# /'; for m in $(echo $chosen); do /cycles/cycles \$m /cycles $cycles; done; echo '# end'" 2>"$scratch/errors" | tee "$scratch/tap")
grep -q '^# end' "$scratch/tap"
result $? "the guest comes to its end" "$scratch/errors"
! grep -aE '^(\[[^]]*\] ?)?(.{0,12} )?(BUG|WARNING|Oops|oops|panic)\b|slab: |lock checker|left behind' "$scratch/log" >"$scratch/complaints"
result $? "the kernel did not complain" "$scratch/complaints"

number_on <(VM_CRASHES=expected in_debug_kernel log.stale sh /cycles/stale.sh 2>"$scratch/errors" | tee "$scratch/tap")
grep -q '^# end' "$scratch/tap"
result $? "stale calls: the guest comes to its end" "$scratch/errors"
finish
