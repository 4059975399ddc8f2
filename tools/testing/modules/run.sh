#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Debian's kmod and the modules of the build, in a guest: guest.sh does the work there.
set -u
here=$(dirname "$0")
scratch=${SCRATCH:-$(mktemp -d)}
smp=${1:-2}

mkdir -p "$scratch/modules-test"
cp "$here/guest.sh" "$scratch/modules-test/"
# A program takes the C library's ioctl.h where the module takes the kernel's.
if ! gcc -static -O1 -Wall -Werror -I tools/testing/lib/include -o "$scratch/modules-test/echo-test" "$here/echo-test.c" ||
   ! gcc -static -O1 -Wall -Werror -o "$scratch/modules-test/map-test" "$here/map-test.c" -lpthread ||
   ! gcc -static -O1 -Wall -Werror -o "$scratch/modules-test/node-test" "$here/node-test.c" ||
   ! gcc -static -O1 -Wall -Werror -o "$scratch/modules-test/mutate" "$here/mutate.c"; then
	echo "not ok 1 the test programs compile"
	echo "1..1"
	exit 1
fi
# An init of a module writes to NULL.
VM_CRASHES=expected scripts/vm --smp "$smp" --log "$scratch/log" --add "$scratch/modules-test:/modules-test" -- \
	sh /modules-test/guest.sh >"$scratch/tap" 2>"$scratch/errors"
status=$?
cat "$scratch/tap"
number=$(grep -cE '^(not )?ok' "$scratch/tap")
if [ $status -gt 1 ] || ! grep -q '^# end' "$scratch/tap"; then
	number=$((number + 1))
	sed 's/^/# /' "$scratch/errors"
	echo "not ok $number the guest ended with status $status"
fi
echo "1..$number"
exit $status
