# SPDX-License-Identifier: MIT
#
# In the guest: a module keeps a function of another one that is unloaded. Calling it ends the caller, and the report says whose it was.
said() { [ "$1" = 0 ] && echo "ok - stale: $2" || { dmesg | tail -n 30 | sed 's/^/# /'; echo "not ok - stale: $2"; }; }
logged() { dmesg | grep -q "$1"; }

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
echo "# end"
