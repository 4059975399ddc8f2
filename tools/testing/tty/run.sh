#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The tty class, by its driver for PCI cards: bytes both ways, speeds, breaks, flow control, modem lines, hang-up, removal and unloading under
# load. What programs see is also tested on Linux's driver in the same guest.
#
# peer.py is the other end of the lines, tty-test.c the programs, guest.sh what concerns modules; ttyfake.c a port for what QEMU's cannot do.
. tools/testing/lib/tap.sh
here=tools/testing/tty
scratch=${SCRATCH:-$(mktemp -d)}
mkdir -p "$scratch/guest"
check "tty-test compiles" gcc -static -O1 -Wall -Werror -o "$scratch/guest/tty-test" $here/tty-test.c
check "fake-test compiles" gcc -static -O1 -Wall -Werror -o "$scratch/guest/fake-test" $here/fake-test.c
mkdir -p "$scratch/ttyfake"
cp $here/ttyfake.c "$scratch/ttyfake"
echo 'obj-m += ttyfake.o' >"$scratch/ttyfake/Makefile"
check "ttyfake is built outside the tree" make -s ${O:+O=$O} M="$scratch/ttyfake" CC="${CC:-gcc}"
cp "$scratch/ttyfake/ttyfake.ko" "$scratch/guest"
cp $here/guest.sh tools/testing/pci/tap-guest.sh "$scratch/guest"

# Runs the guest and numbers its results on.
in_guest() {
	local label=$1
	shift
	/usr/bin/python3 $here/peer.py "$scratch" "$@" >"$scratch/tap" 2>"$scratch/errors"
	number_on "$label" "$scratch/tap"
	check "$label: the guest comes to its end" sh -c "grep -q '^# end' $scratch/tap || { tail -n 20 $scratch/errors; false; }"
}
in_guest Linux --linux=generic --append 8250.nr_uarts=8 -- sh /tty/guest.sh short
in_guest ours --smp 4 -- sh /tty/guest.sh all
finish
