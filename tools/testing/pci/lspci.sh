# SPDX-License-Identifier: MIT
# In the guest, ours and Linux's: what lspci says, without what names drivers; nor slots, whose names are those of hot-plug drivers.
for d in /sys/bus/pci/devices/*; do
	echo "${d##*/} $(cat $d/class) $(cat $d/vendor) $(cat $d/device) $(cat $d/modalias) irq $(cat $d/irq)"
	head -7 $d/resource
	[ "$(cat $d/class)" != 0x060400 ] || tail -4 $d/resource
done
{ lspci -nnk; lspci -vvv; lspci -t; lspci -mm; } | grep -v '^	Kernel \(driver in use\|modules\):\|^	Physical Slot:'
echo "# end"
