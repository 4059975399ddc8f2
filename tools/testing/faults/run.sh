#!/bin/bash
# SPDX-License-Identifier: MIT
# first: yes
# quiet: 900
#
# Allocation failures, one at a time, in a debug kernel (faults.c). The modules are those of $O, for a module fits all.
set -u
here=$(dirname "$0")
scratch=${SCRATCH:-$(mktemp -d)}
. tools/testing/lib/debug-kernel.sh
kernel=${FAULTS_KERNEL:-$debug_kernel}
smp=${SMP:-1}

fail() {
	echo "not ok 1 $1"
	echo "1..1"
	exit 1
}

folder=$scratch/faults
mkdir -p "$folder"
gcc -static -O1 -Wall -Wextra -Werror -Wno-unused-parameter -Wno-missing-field-initializers -Wno-sign-compare -o "$folder/faults" "$here"/faults.c "$here"/calls_*.c tools/testing/lib/snapshot.c &&
gcc -static -nostdlib -O1 -fno-stack-protector -o "$folder/static" "$here/program.c" &&
gcc -static-pie -nostdlib -O1 -fno-stack-protector -fPIE -o "$folder/loader" "$here/program.c" &&
gcc -O1 -Wl,--dynamic-linker=/faults/loader -o "$folder/dynamic" "$here/dynamic.c" || fail "the test programs compile"
build_debug_kernel "$kernel" >"$scratch/build" 2>&1 || { tail -20 "$scratch/build" | sed 's/^/# /'; fail "the debug kernel builds"; }
make -s ${O:+O="$O"} modules_install INSTALL_MOD_PATH="$scratch/root" >"$scratch/build" 2>&1 || { tail -20 "$scratch/build" | sed 's/^/# /'; fail "the modules are there"; }
# One that hangs is silent, and the runner ends it; with KASAN on a busy host all calls take a quarter of an hour.
scripts/vm --kernel "$kernel/vmlinux" --modules "$scratch/root" --smp "$smp" --mem 512M --timeout 3000 --log "$scratch/log" --add "$folder:/faults" -- \
	/faults/faults "$@" 2>"$scratch/errors"
status=$?
[ $status -le 1 ] || { sed 's/^/# /' "$scratch/errors"; exit $status; }
if grep -aE '^(\[[^]]*\] ?)?(.{0,12} )?(BUG|WARNING|Oops|oops|panic)\b|slab: |lock checker' "$scratch/log" | sed 's/^/# /' | grep .; then
	echo "# the kernel complained"
	exit 1
fi
exit $status
