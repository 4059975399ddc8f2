#!/bin/bash
# SPDX-License-Identifier: MIT
#
# PCI: Debian's lspci says the same here and on Linux in the same guest, with both kinds of machine; samples/edu, built outside the tree, is
# used, removed under load and found again (guest.sh).
#
# On Linux the drivers of PCI Express ports and of slots are off: they switch on what they need, which lspci shows, and there is none here.
. tools/testing/lib/tap.sh
here=tools/testing/pci
scratch=${SCRATCH:-$(mktemp -d)}
top=$PWD

# lspci with its libraries and names.
check "map-test compiles" gcc -static -O1 -Wall -Werror -o "$scratch/map-test" tools/testing/modules/map-test.c -lpthread
tools=(--add "$scratch/map-test:map-test" --add /usr/bin/lspci:usr/bin/lspci --add /usr/share/misc/pci.ids:usr/share/misc/pci.ids --add "$here/lspci.sh:lspci.sh")
for library in $(ldd /usr/bin/lspci | grep -o '/[^ ]*'); do
	tools+=(--add "$library:${library#/}")
done
truncate -s 8M "$scratch/disk.linux" "$scratch/disk.ours"
devices=(--device e1000 --device edu --device pci-bridge,chassis_nr=3,id=br0 --device edu,bus=br0,addr=3)
express=(--device pcie-root-port,id=rp0,chassis=5,slot=2 --device e1000e,bus=rp0)

# look OUT ARGUMENTS...
look() {
	local out=$1
	shift
	scripts/vm --timeout 300 "$@" "${tools[@]}" -- sh /lspci.sh >"$out" 2>"$out.errors" && grep -q '^# end' "$out" || { cat "$out.errors"; return 1; }
}
same() {
	diff "$scratch/$1.linux" "$scratch/$1.ours"
}

for machine in q35 pc; do
	more=("${devices[@]}")
	[ $machine = pc ] || more+=("${express[@]}")
	look "$scratch/$machine.linux" --linux --append "pcie_ports=compat acpiphp.disable=1" --machine $machine --disk "nvme:$scratch/disk.linux" "${more[@]}" \
		>"$scratch/$machine.said" 2>&1 &
	linux=$!
	check "$machine: lspci here" look "$scratch/$machine.ours" --machine $machine --disk "nvme:$scratch/disk.ours" "${more[@]}"
	wait $linux
	status=$?
	check "$machine: lspci on Linux" sh -c "cat $scratch/$machine.said; exit $status"
	check "$machine: they say the same" same $machine
	check "$machine: and they say something" grep -q 'Capabilities: \[40\] MSI' "$scratch/$machine.ours"
	check "$machine: of mappings, too" test "$(grep -c '^shared futex: EFAULT\|^shared futex: EAGAIN\|^mremap: larger: EFAULT' "$scratch/$machine.ours")" = 3
done

mkdir -p "$scratch/edu" "$scratch/guest"
cp samples/edu/* "$scratch/edu"
flags="-static -O1 -Wall -Werror -Itools/testing/lib/include -Isamples/edu"
check "edu is built outside the tree" make -s ${O:+O=$O} M="$scratch/edu"
check "edu-test compiles" gcc $flags -o "$scratch/guest/edu-test" $here/edu-test.c
check "map compiles" gcc $flags -o "$scratch/guest/map" $here/map.c
cp $here/guest.sh $here/tap-guest.sh "$scratch/edu/edu.ko" "$scratch/map-test" "$scratch/guest"

# The guest's own tests, numbered on.
in_guest() {
	local label=$1 mode=$2
	shift 2
	scripts/vm --timeout 200 --log "$scratch/log" --add "$scratch/guest:pci-test" "$@" --device edu \
		--device pci-bridge,chassis_nr=3,id=br0 --device edu,bus=br0,addr=3 -- sh /pci-test/guest.sh $mode \
		>"$scratch/tap" 2>"$scratch/errors"
	number_on "$label" "$scratch/tap"
	check "$label: the guest comes to its end" grep -q '^# end' "$scratch/tap"
}
in_guest q35 all --smp 4
in_guest pc short --machine pc
finish
