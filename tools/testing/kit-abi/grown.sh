# SPDX-License-Identifier: MIT
# In the guest: sh grown.sh MODULE. Loads it once as it is, and once for each structure that may use what is new.
exec 2>&1	# abi.py reads both as one text: as two streams, one could begin in the middle of the other's line
/sbin/rmmod ps2 2>/dev/null # it is to get the keyboard controller
/sbin/modprobe pci
once() {
	echo "use $1"
	dmesg -c >/dev/null
	/sbin/insmod "$module" use="$1" || { dmesg; return 1; }
	dmesg | sed -n 's/.*\(grown: .*: [-0-9]*\)$/\1/p; s/.*\(\(grown\|pci\): .* uses what is new in it.*\)/reason \1/p'
}
module=$1
once 0 || exit 1
/grown/ask /dev/grown
uses=$(dmesg | sed -n 's/.*grown: uses: //p')
/sbin/rmmod grown
for n in $(seq 1 "$uses"); do
	once "$n"
	/sbin/rmmod grown
done
echo end
