# SPDX-License-Identifier: MIT
#
# In the guest: tty-test on both ports of the card, then (not with the argument "short") what concerns the module and the device.
n=0
mode=${1:-all}
. /tty/tap-guest.sh
# The ports of the card, whatever their numbers.
for t in /sys/class/tty/ttyS*; do
	case $(readlink -f $t/device) in *pci*) ports="$ports ${t##*/}" ;; esac
done
set -- $ports
line=$1 echo=$2
/tty/tty-test /dev/$line /dev/$echo
n=18
if [ $mode = short ]; then
	echo "# end"
	exit
fi

bus=/sys/bus/pci
card=$(basename $bus/drivers/pciserial/0*)
fails() { ! "$@" 2>/dev/null; }
used() { [ "$(cat /sys/module/pciserial/refcnt)" = $1 ]; }
is_up() { until grep -qs up /tmp/load; do kill -0 $user || return; sleep 0.1; done; }
talk() { exec 9<>/dev/$echo; stty raw -echo <&9; echo hello >&9; read -r -t 10 answer <&9; exec 9>&-; case $answer in *hello) ;; *) echo "got $answer"; false ;; esac; }	# behind what the load has left

check "they are the first free numbers" test "$line $echo" = "ttyS2 ttyS3"
check "/proc/tty/driver/serial has it" grep -q '^3: uart:16550A' /proc/tty/driver/serial
check "nobody uses the module" used 0
exec 8<>/dev/$echo
check "an open port holds it" used 1
check "so that it cannot be unloaded" fails rmmod pciserial
exec 8>&-
check "closed, it is free" used 0
check "the line answers" talk

for round in 1 2 3; do
	rm -f /tmp/stop /tmp/load
	/tty/tty-test load /dev/$echo /tmp/stop >/tmp/load &
	user=$!
	check "round $round: a program is busy with it" is_up
	check "round $round: in use it stays" fails rmmod pciserial
	if [ $round = 1 ]; then
		check "unbound under load" sh -c "echo $card >$bus/drivers/pciserial/unbind"
	elif [ $round = 2 ]; then
		check "removed under load" sh -c "echo 1 >$bus/devices/$card/remove"
	else
		touch /tmp/stop
	fi
	wait $user
	check "its program ends" grep -q "$([ $round = 3 ] && echo stopped || echo 'cut off')" /tmp/load
	[ $round = 3 ] || check "the node is gone" fails test -e /dev/$echo
	check "unloaded" rmmod pciserial
	[ $round = 2 ] && echo 1 >$bus/rescan
	check "loaded again" modprobe pciserial
	check "the node is back" test -c /dev/$echo
	check "and answers" talk
done

check "a port without hardware: bad ones are refused" insmod /tty/ttyfake.ko
check "its number is not of ttyS" sh -c "[ -c /dev/ttyFAKE0 ] && ! ls -l /dev/ttyFAKE0 | grep -q ' 4,'"
check "carrier, flow control by lines, errors, hang-up" /tty/fake-test
check "it is unloaded" rmmod ttyfake
check "and its node is gone" fails test -e /dev/ttyFAKE0

# What is deferred ends first.
slab() { echo 3 >/proc/sys/vm/drop_caches; awk '/^(kmalloc|tty)/ { n += $2 * $4 } END { print n }' /proc/slabinfo; }
cycle() { for i in 1 2 3 4 5 6 7 8 9 10; do rmmod pciserial && modprobe pciserial && talk || return; done; }
check "ten cycles" cycle
before=$(slab)
check "ten more" cycle
check "nothing leaks: $before bytes before, $(slab) after" sh -c "[ $(slab) -le $((before + 65536)) ]"
check "the log has no complaint" fails sh -c "dmesg | grep -E 'BUG|WARN|left behind|Oops'"
echo "# end"
