# SPDX-License-Identifier: MIT
#
# In the guest: the sample driver edu and what root can do to PCI devices in /sys. Two edu devices: one at the root, one behind a bridge.
# With the argument "short": binding, both kinds of interrupts, addresses; no load and no cycles.
n=0
mode=${1:-all}
. /pci-test/tap-guest.sh

bus=/sys/bus/pci
all="$(ls $bus/devices | tr '\n' ' ')"
edus=$(for d in $bus/devices/*; do [ "$(cat $d/vendor)$(cat $d/device)" = 0x12340x11e8 ] && echo "${d##*/}"; done)
set -- $edus
first=$1 second=$2
here() { [ -e "$bus/devices/$1" ]; }
bound() { [ "$(readlink $bus/devices/$1/driver 2>/dev/null | sed 's,.*/,,')" = edu ]; }
node() { [ -c /dev/edu/$1 ]; }
count() { cat $bus/devices/$1/interrupts; }
until_true() { for i in $(seq 600); do "$@" && return; sleep 0.1; done; return 1; }
# has_said WORD FILE PID: until it stands there; not behind the end of who is to say it. The file was removed before he began.
has_said() {
	until grep -qs $1 $2; do
		kill -0 $3 || { cat $2; return 1; }
		sleep 0.1
	done
}
refused() { ! "$@" 2>/dev/null; }
moved() { [ "$(count $1)" != "$2" ]; }
raise() { before=$(count $1); echo 1 >$bus/devices/$1/interrupts; until_true moved $1 $before; }

check "there are two edu devices" test -n "$second"
check "their alias is that of Linux" grep -qx 'pci:v00001234d000011E8sv00001AF4sd00001100bc00scFFi00' $bus/devices/$first/modalias
check "the module has that alias" sh -c "modinfo -F alias /pci-test/edu.ko | grep -qx 'pci:v00001234d000011E8sv\*sd\*bc\*sc\*i\*'"
check "it depends on the bus" test "$(modinfo -F depends /pci-test/edu.ko)" = pci

check "edu is loaded" insmod /pci-test/edu.ko
for e in $first $second; do
	check "$e is bound" bound $e
	check "$e has its node" node $e
	check "$e works, by message" /pci-test/edu-test check /dev/edu/$e
	check "its message is in msi_irqs" test "$(cat $bus/devices/$e/msi_irqs/* 2>/dev/null)" = msi
	check "an interrupt that is asked for comes" raise $e
done
irq=$(ls $bus/devices/$first/msi_irqs)
check "irq tells its number" test "$(cat $bus/devices/$first/irq)" = "$irq"
check "/proc/interrupts has it" grep -q "^ *$irq:.*PCI-MSI.*$first" /proc/interrupts
check "/proc/bus/pci/devices names the driver" sh -c "grep 123411e8 /proc/bus/pci/devices | grep -c 'edu$' | grep -qx 2"
check "enable counts the driver" grep -qx 1 $bus/devices/$first/enable
check "the bus cannot go" refused rmmod pci

check "it is unbound" sh -c "echo $first >$bus/drivers/edu/unbind"
check "and has no driver" refused bound $first
check "nor a node" refused node $first
check "nor messages" refused test -e $bus/devices/$first/msi_irqs
check "unbound again it is refused" refused sh -c "echo $first >$bus/drivers/edu/unbind"
check "it is bound again" sh -c "echo $first >$bus/drivers/edu/bind"
check "and works" /pci-test/edu-test check /dev/edu/$first
check "a device that does not fit is refused" refused sh -c "echo 0000:00:00.0 >$bus/drivers/edu/bind"
check "driver_override keeps it away" sh -c "echo $first >$bus/drivers/edu/unbind; echo nobody >$bus/devices/$first/driver_override;
	! echo $first >$bus/drivers/edu/bind"
check "without it, drivers_probe binds" sh -c "echo >$bus/devices/$first/driver_override; echo $first >$bus/drivers_probe"
check "bound" bound $first
check "new_id of what is not there" sh -c "echo 'abcd ef01' >$bus/drivers/edu/new_id"
check "twice it is refused" refused sh -c "echo 'abcd ef01' >$bus/drivers/edu/new_id"
check "remove_id" sh -c "echo 'abcd ef01' >$bus/drivers/edu/remove_id"
check "nonsense is refused" refused sh -c "echo 'zz' >$bus/drivers/edu/new_id"

# Everything on the bus behind the bridge is reset with it.
check "edu behind the bridge can be reset" test "$(cat $bus/devices/$second/reset_method)" = bus
check "a reset" sh -c "echo 1 >$bus/devices/$second/reset"
check "it works afterwards" /pci-test/edu-test check /dev/edu/$second
check "at the root it cannot" refused test -e $bus/devices/$first/reset

check "resource0 shows the registers" /pci-test/map $bus/devices/$first/resource0 0xed
map=/pci-test/map-test
facts() { $map facts $1 0 0x100000; $map ends $1 0 0x100000; }
facts $bus/devices/$first/resource0 >/tmp/facts.resource 2>&1
facts /dev/edu/$first >/tmp/facts.node 2>&1
check "the driver's node shows them, too, by the same rules" diff /tmp/facts.resource /tmp/facts.node
check "and those of devices" $map device /dev/edu/$first 0 0x100000
check "its registers are there" /pci-test/map /dev/edu/$first 0xed
check "its buffer is what was read last" /pci-test/edu-test mapped /dev/edu/$first
# begin MODE FILE OFFSET: a program that has mapped and waits; end: it goes on, and says whether all is right. What the one before has said goes
# first: this one's shell opens /tmp/said after /tmp/go, and nobody is to read "mapped" in it until then.
begin() {
	rm -f /tmp/go /tmp/said; mkfifo /tmp/go
	$map "$@" </tmp/go >/tmp/said 2>&1 &
	mapper=$!
	exec 5>/tmp/go
	has_said mapped /tmp/said $mapper
}
end() { echo >&5; wait $mapper; status=$?; exec 5>&-; cat /tmp/said; return $status; }
for at in 0 0x100000; do
	check "a program maps it" begin hold /dev/edu/$first $at
	check "the driver cannot go while what stands at $at is mapped" refused rmmod edu
	check "which works on" end
done
check "a program maps it" begin gone /dev/edu/$first 0
check "a device goes by unbinding, while it is mapped" sh -c "echo $first >$bus/drivers/edu/unbind"
check "nothing of it is seen any more" end
check "it comes again" sh -c "echo $first >$bus/drivers/edu/bind"
check "a program maps it" begin gone /dev/edu/$first 0
check "it is pulled out, while it is mapped" sh -c "echo 1 >$bus/devices/$first/remove"
check "and nothing is seen" end
check "it comes again" sh -c "echo 1 >$bus/rescan"
check "and works" /pci-test/edu-test check /dev/edu/$first
check "a program maps it" begin gone $bus/devices/$first/resource0 0
check "the file of /sys goes while it is mapped" sh -c "echo 1 >$bus/devices/$first/remove"
check "and shows nothing any more" end
check "both come again" sh -c "echo 1 >$bus/rescan; [ -e $bus/devices/$first/resource0 ]"
if [ $mode != short ]; then
	for at in "0 /tmp/stop 4" "0x100000 /tmp/stop 1"; do
		rm -f /tmp/stop /tmp/load
		$map load /dev/edu/$first $at >/tmp/load 2>&1 & user=$!
		check "programs map what is at ${at%% *}" has_said mapped /tmp/load $user
		for round in 1 2 3; do
			check "away and back while programs map what is at ${at%% *} (round $round)" sh -c "echo $first >$bus/drivers/edu/unbind; echo $first >$bus/drivers/edu/bind"
		done
		: >/tmp/stop
		wait $user; status=$?
		check "they saw the device or SIGBUS" sh -c "cat /tmp/load; [ $status = 0 ]"
	done
	check "what is being unmapped is taken away, too" $map revoked /dev/edu/$first 0 $bus/drivers/edu $first
fi

check "config is read by bytes" test "$(dd if=$bus/devices/$first/config bs=1 count=4 2>/dev/null | hexdump -e '1/4 "%08x"')" = 11e81234
check "and written" sh -c "printf '\\125' | dd of=$bus/devices/$first/config bs=1 seek=60 conv=notrunc 2>/dev/null;
	dd if=$bus/devices/$first/config bs=1 skip=60 count=1 2>/dev/null | hexdump -e '1/1 \"%02x\"' | grep -qx 55"

# Away while programs use it. A transfer takes a tenth of a second.
for round in $([ $mode = short ] || echo 1 2); do
	rm -f /tmp/load
	/pci-test/edu-test load /dev/edu/$first 3 >/tmp/load 2>&1 &
	user=$!
	check "round $round: programs use it" has_said busy /tmp/load $user
	check "round $round: removed under load" sh -c "echo 1 >$bus/devices/$first/remove"
	wait $user; status=$?
	check "its programs worked and were told" sh -c "cat /tmp/load; [ $status = 0 ]"
	check "it is gone" refused here $first
	check "so is its node" refused node $first
	check "found again" sh -c "echo 1 >$bus/rescan"
	check "and bound" bound $first
	check "works" /pci-test/edu-test check /dev/edu/$first
done

bridge=$(readlink -f $bus/devices/$second/..); bridge=${bridge##*/}
check "a bridge is removed with what is behind it" sh -c "echo 1 >$bus/devices/$bridge/remove; [ ! -e $bus/devices/$second ] && [ ! -e $bus/devices/$bridge ]"
check "both come back" sh -c "echo 1 >$bus/rescan; [ -e $bus/devices/$second ]"
check "and work" /pci-test/edu-test check /dev/edu/$second
check "all are there as before" test "$(ls $bus/devices | tr '\n' ' ')" = "$all"

# What the firmware did for them is taken away: they come back with addresses and numbers of our own.
put() { printf "$3" | dd of=$bus/devices/$1/config bs=1 seek=$2 conv=notrunc 2>/dev/null; }
start_of() { sed -n "${2:-1}s/ .*//p" $bus/devices/$1/resource; }
echo $first >$bus/drivers/edu/unbind
put $first 16 '\0\0\0\0'
check "a device without an address gets one" sh -c "echo 1 >$bus/devices/$first/remove; echo 1 >$bus/rescan"
check "it is not 0" refused test "$(start_of $first)" = 0x0000000000000000
check "its register has it" test "$(printf '0x%016x' 0x$(dd if=$bus/devices/$first/config bs=4 skip=4 count=1 2>/dev/null | hexdump -e '1/4 "%08x"'))" = "$(start_of $first)"
check "the device works there" /pci-test/edu-test check /dev/edu/$first
echo $second >$bus/drivers/edu/unbind
put $second 16 '\0\0\0\0'
put $bridge 24 '\0\0\0\0\360\0'
put $bridge 32 '\360\377\0\0\360\377\0\0'
check "so does a bridge without numbers and windows" sh -c "echo 1 >$bus/devices/$bridge/remove; echo 1 >$bus/rescan"
check "its window is open" refused test "$(start_of $bridge 15)" = 0x0000000000000000
check "the device behind it is there" here $second
check "in the window" sh -c "[ $(( $(start_of $second) )) -ge $(( $(start_of $bridge 15) )) ]"
check "and works" /pci-test/edu-test check /dev/edu/$second
overlaps() { sed -n '1,6s/^\(0x[0-9a-f]*\) \(0x[0-9a-f]*\) 0x[0-9a-f]*2[0-9a-f][0-9a-f]$/\1 \2/p' $bus/devices/*/resource | sort |
	awk '$1 != "0x0000000000000000" { if (last != "" && $1 <= last) print last, $1; last = $2 }'; }
check "no two have the same addresses" test -z "$(overlaps)"

rm -f /tmp/load
/pci-test/edu-test load /dev/edu/$first 2 >/tmp/load 2>&1 & user=$!
check "programs use it" has_said busy /tmp/load $user
check "the driver cannot go while files are open" refused rmmod edu
kill -9 $user; wait $user 2>/dev/null; killall -9 edu-test 2>/dev/null
check "now it can" until_true rmmod edu
check "with lines" insmod /pci-test/edu.ko line=1
for e in $first $second; do
	check "$e works, by line" /pci-test/edu-test check /dev/edu/$e
	check "an interrupt that is asked for comes" raise $e
done
check "no messages" refused test -e $bus/devices/$first/msi_irqs
check "the line is shared and level" grep -q 'IO-APIC.*level.*0000:' /proc/interrupts
check "edu goes" rmmod edu

# The kernel asks for the driver of a device that has come. Others without a driver it has asked for before.
printf '#!/bin/sh\necho "$@" >>/tmp/asked\ncase $3 in pci:v00001234d000011E8*) /sbin/insmod /pci-test/edu.ko;; esac\n' >/tmp/modprobe
chmod 755 /tmp/modprobe
again() { echo 1 >$bus/devices/$first/remove; echo 1 >$bus/rescan; }
echo /tmp/modprobe >/proc/sys/kernel/modprobe
check "a device comes whose driver is not there" again
check "the kernel has it loaded" until_true bound $first
check "once, by its alias" test "$(cat /tmp/asked)" = "-q -- $(cat $bus/devices/$first/modalias)"
check "it comes again, with its driver there" again
check "bound" bound $first
check "edu goes" rmmod edu
echo >/proc/sys/kernel/modprobe
check "it comes when no program is named" again
sleep 0.5
check "it has no driver" refused bound $first
check "nothing else was asked for" test "$(wc -l </tmp/asked)" = 1
echo /sbin/modprobe >/proc/sys/kernel/modprobe

users() { cat /sys/module/pci/holders/* >/dev/null 2>&1; ls /sys/module/pci/holders; }
for m in $(users); do rmmod $m; done
for round in $([ $mode = short ] && echo 1 || echo 1 2 3); do
	check "the bus goes (round $round)" rmmod pci
	check "no device is left" refused test -e $bus
	check "no line in /proc/bus/pci/devices" refused test -s /proc/bus/pci/devices
	check "it comes back" modprobe pci
	check "with all devices" test "$(ls $bus/devices | tr '\n' ' ')" = "$all"
done
check "the kernel has not complained" sh -c "! dmesg | grep -E 'Oops|BUG|WARN|left behind|nobody cared|no room'"
echo "# end"
exit 0
