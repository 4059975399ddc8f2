#!/bin/bash
# SPDX-License-Identifier: MIT
# when: soak
# quiet: 1200
#
# The self-tests and the tests inside the kernel in a kernel that checks lock order, slab objects, sleeping, and with KASAN and UBSAN every access: it
# is slower, so not in `make test`. A report of the sanitizers is a panic.
set -u
here=$(cd "$(dirname "$0")" && pwd)
out=${O:-$PWD}
scratch=${SCRATCH:-$(mktemp -d)}
panic="kasan.fault=panic ubsan=panic"
kernel=$out/.test/debug-sanitize-kernel
number=0
failed=0

result() {
	number=$((number + 1))
	[ "$1" = 0 ] && echo "ok $number $2" && return
	failed=1
	echo "not ok $number $2"
}

# What the detectors have reported, in all guests since the last call.
export VM_REPORTS=$scratch/reports
complaints() {
	[ -e "$VM_REPORTS" ] || return 0
	sed 's/^/# /' "$VM_REPORTS"
	rm "$VM_REPORTS"
}

mkdir -p "$kernel"
{ make -s O="$kernel" defconfig && make -s O="$kernel" debug.config && make -s O="$kernel" sanitize.config &&
	make -s -j"$(nproc)" O="$kernel" vmlinux; } >"$scratch/build" 2>&1
result $? "the debug kernel builds"
"$here/../selftests/run.sh" --only-build
make -s ${O:+O="$O"} modules_install INSTALL_MOD_PATH="$scratch/root" >/dev/null 2>&1
for cpus in 1 2 4; do
	scripts/vm --kernel "$kernel/vmlinux" --modules "$scratch/root" --smp $cpus --append "$panic" --timeout 1200 --log "$scratch/log" \
		--add "$out/tools/testing/selftests/selftests:/usr/bin/selftests" -- sh -c 'selftests $(selftests --list | tr "\n" " ")' >"$scratch/tap" 2>&1
	status=$?
	grep '^not ok' "$scratch/tap" | sed 's/^/# /'
	result $status "self-tests, $cpus CPUs"
	! complaints | grep .
	result $? "and nothing is found by the checks"
	scripts/vm --kernel "$kernel/vmlinux" --modules "$scratch/root" --smp $cpus --append "ktest $panic" --timeout 600 --log "$scratch/log" </dev/null >/dev/null 2>&1
	tr -d '\r' <"$scratch/log" | grep -a 'not ok' | sed 's/^/# /'
	! grep -aq 'not ok' "$scratch/log" && grep -aq ' passed, 0 failed' "$scratch/log"
	result $? "tests inside the kernel, $cpus CPUs"
done
echo "1..$number"
exit $failed
