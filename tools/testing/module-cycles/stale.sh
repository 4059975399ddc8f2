# SPDX-License-Identifier: MIT
#
# In the guest: a module keeps a function of another one that is unloaded. Calling it ends the caller, and the report says whose it was. Before that: a
# program has the file of a module whose start fails, and a driver forgets what runs in its device's memory.
said() { [ "$1" = 0 ] && echo "ok - stale: $2" || { dmesg | tail -n 30 | sed 's/^/# /'; echo "not ok - stale: $2"; }; }
logged() { dmesg | grep -q "$1"; }

for round in 1 2; do
	/sbin/insmod /cycles/quitter.ko 2>/dev/null &
	until [ -c /dev/quitter ] || ! kill -0 $!; do usleep 1000; done
	exec 4</dev/quitter
	wait $!
	said "$([ $? = 1 ]; echo $?)" "$round: a module whose init fails while its device is open: insmod fails"
	! [ -e /sys/module/quitter ] && ! grep -q '^quitter' /proc/modules
	said $? "$round: it is gone"
	[ "$(dmesg | grep -c 'quitter: released after a failed start: 1 resources (quitter)')" = $round ]
	said $? "$round: the log names what it had"
	dd bs=1 count=1 2>&1 <&4 | grep -q 'No such device'
	said $? "$round: who has it open is told that there is no such device"
	exec 4<&-
	! logged 'Oops:'
	said $? "$round: and closes it"
done

/sbin/insmod /cycles/forgetful.ko && echo i8042 >/sys/bus/platform/drivers/forgetful/unbind
said $? "a driver lets its device go with a timer and work items in its memory"
logged "forgetful i8042: left behind in the device's memory: 1 timers, 1 work items (cancelled)"
said $? "which are ended and counted"
logged "forgetful: cancelled: timer tick\\b" && logged "forgetful: cancelled: work item never\\b"
said $? "and named"
echo i8042 >/sys/bus/platform/drivers/forgetful/bind && /sbin/rmmod forgetful && sleep 1
said $? "also when the module goes"
! logged 'slab: \|Oops:\|the item ran'
said $? "and nothing runs in memory that is freed"

/sbin/insmod /cycles/keeper.ko && /sbin/insmod /cycles/leaver.ko
said $? "two modules, one keeps a function of the other"
cat /dev/keeper
said $? "it can be called"
text=$(cat /sys/module/leaver/sections/.text)
/sbin/rmmod leaver
said $? "its owner goes"
! grep -q '\[leaver\]' /proc/kallsyms
said $? "nothing of it is known as a symbol"
cat /dev/keeper
[ $? -gt 128 ]
said $? "calling it ends the program that did"
logged "^[^]]*] RIP: 0010:$(echo "$text" | sed 's/^0x0*/0x0*/; s/.$/./') \[leaver, unloaded\]"
said $? "the report names the module that is gone"
logged 'Modules linked in:.*keeper(O).*\[last unloaded: leaver\]'
said $? "and the last that was unloaded"
[ "$(dmesg | grep -c 'Oops:')" = 1 ]
said $? "that was one oops"
/sbin/insmod /cycles/echo.ko && echo words >/dev/echo && [ "$(head -n 1 /dev/echo)" = words ] && /sbin/rmmod echo
said $? "the system goes on: another module comes, works and goes"
/sbin/insmod /cycles/leaver.ko && cat /dev/keeper && /sbin/rmmod leaver
said $? "the keeper too"
! logged 'slab: '
said $? "nobody has written to memory that was freed"
echo "# end"
