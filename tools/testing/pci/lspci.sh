# SPDX-License-Identifier: MIT
# In the guest, ours and Linux's: what lspci says, without what names drivers; nor slots, whose names are those of hot-plug drivers.
for d in /sys/bus/pci/devices/*; do
	echo "${d##*/} $(cat $d/class) $(cat $d/vendor) $(cat $d/device) $(cat $d/modalias) irq $(cat $d/irq)"
	head -7 $d/resource
	[ "$(cat $d/class)" != 0x060400 ] || tail -4 $d/resource
done
{ lspci -nnk; lspci -vvv; lspci -t; lspci -mm; } | grep -v '^	Kernel \(driver in use\|modules\):\|^	Physical Slot:'
# What a program may do with a mapping of registers, and of a file, whose facts are those of a buffer (modules/guest.sh).
for d in /sys/bus/pci/devices/*; do
	[ "$(cat $d/vendor)$(cat $d/device)" = 0x12340x11e8 ] || continue
	echo 1 >$d/enable
	/map-test facts $d/resource0 0 0x100000
	/map-test ends $d/resource0 0 0x100000
	break
done
dd if=/dev/zero of=/tmp/file bs=4096 count=4 2>/dev/null
/map-test facts /tmp/file 0
echo "# end"
