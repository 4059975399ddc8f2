#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Wrapped calls of modules: the binaries of the build, as they are, traced, failed and checked. guest.sh does it.
. tools/testing/lib/tap.sh
here=tools/testing/module-calls
scratch=${SCRATCH:-$(mktemp -d)}
out=${O:-.}
binaries="$out/modules/hello/hello.ko $out/modules/echo/echo.ko $out/modules/nvme/nvme.ko $out/modules/pci/pci.ko"

mkdir -p "$scratch/calls/misuse"
cp $here/guest.sh tools/testing/pci/tap-guest.sh "$scratch/calls"
cp $here/misuse/* "$scratch/calls/misuse"
cp tools/testing/modules/echo-test.c "$scratch/calls"
mkdir -p "$scratch/include/uapi"
echo '#include <sys/ioctl.h>' >"$scratch/include/uapi/ioctl.h"
sed 's|"../../../modules/echo/echo.h"|<echo.h>|' -i "$scratch/calls/echo-test.c"
check "echo's user compiles" gcc -static -O1 -w -I "$scratch/include" -I modules/echo \
	-o "$scratch/calls/echo-test" "$scratch/calls/echo-test.c"
check "map-test compiles" gcc -static -O1 -Wall -Werror -o "$scratch/calls/map-test" tools/testing/modules/map-test.c -lpthread
clean() { env -u MAKEFLAGS -u MAKELEVEL -u O -u M "$@"; }
check "the module that misuses the kit is built" \
	clean make -s ${O:+O="$O"} ${CC:+CC="$CC"} M="$scratch/calls/misuse"
nm -u "$out/modules/echo/echo.ko" | awk '{ print $2 }' | grep -vE 'indirect_thunk|^__(asan|ubsan|sanitizer)_' >"$scratch/calls/echo-imports"
sha256sum $binaries >"$scratch/sums"
truncate -s 8M "$scratch/disk"

# guest NAME WORDS...: one guest, its results numbered on. A callback of the module oopses, and one sleeps with a lock held, which a debug kernel
# reports, too.
guest() {
	local name=$1
	shift
	VM_CRASHES=expected VM_CRIME='sleep in atomic context.* misuse_write' scripts/vm --smp 4 --log "$scratch/log-$name" --disk "nvme:$scratch/disk" --add "$scratch/calls:/calls" \
		"$@" -- sh /calls/guest.sh "$name" >"$scratch/tap-$name" 2>"$scratch/errors"
	number_on "$name" "$scratch/tap-$name"
	check "$name: the guest comes to its end" sh -c \
		"grep -q '^# end' $scratch/tap-$name || { tail -n 30 $scratch/errors; false; }"
}

guest calls --append module.trace=nvme,pci
# Every indirect call of modules by a retpoline.
guest retpolines --append mitigations=all
check "the binaries are what they were" sha256sum --quiet -c "$scratch/sums"
finish
