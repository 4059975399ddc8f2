# SPDX-License-Identifier: MIT
#
# Runs in the guest: guest.sh calls|retpolines.
. /calls/tap-guest.sh
n=0
tracing=/sys/kernel/tracing
kit=/sys/kernel/kit
modules=/lib/modules/$(uname -r)/kernel/modules
echo_ko=$modules/echo/echo.ko
[ -d $tracing/events ] || mount -t tracefs none $tracing
insmod() { /sbin/insmod "$@"; }
rmmod() { /sbin/rmmod "$@"; }

start() {	# forgets what was traced
	echo >$tracing/trace
	echo 1 >$tracing/events/kit/enable
}
# What was traced, to /tmp/trace, when all that was called has returned: an interrupt that has ended a request may not.
stop() {
	i=0
	until cat $tracing/trace >/tmp/trace && nests >/dev/null || [ $i = 300 ]; do
		i=$((i + 1))
		sleep 0.1
	done
	echo 0 >$tracing/events/kit/enable
}
traced() {
	grep -qE "$1" /tmp/trace || { echo "not traced: $1"; tail -n 40 /tmp/trace; return 1; }
}
untraced() {
	! grep -E "$1" /tmp/trace
}
# mark: the log from here on is what logged looks at. A report may be long, with what each of the other CPUs does.
mark() {
	marks=$((marks + 1))
	echo "guest.sh: mark $marks" >/dev/kmsg
}
marks=0
logged() {
	dmesg | sed "1,/guest.sh: mark $marks\$/d" >/tmp/log
	grep -qE "$1" /tmp/log || { tail -n 60 /tmp/log; return 1; }
}
use_echo() {
	/calls/echo-test && /calls/map-test hold /dev/echo 0 </dev/zero >/dev/null && echo one >/dev/echo && head -c 4 /dev/echo >/dev/null
}

# What is called is what returned, in the order of a stack for each thread.
nests() {
	awk '/kit_(call|return): / {
		id = $1
		name = $0; sub(/.*kit_(call|return): (import|callback) /, "", name); sub(/[( ].*/, "", name)
		if ($0 ~ /kit_call/) { stack[id, ++depth[id]] = name }
		else if (stack[id, depth[id]--] != name) { print "not innermost: " $0; bad = 1 }
	} END { for (id in depth) if (depth[id]) { print id, "does not return"; bad = 1 }; exit bad }' /tmp/trace
}

# Each import of the binary shows up, but those of its error messages.
all_imports() {
	local missing=
	while read -r import; do
		[ "$import" = kit_log_print ] || grep -q "kit_call: import echo:$import(" /tmp/trace || missing="$missing $import"
	done </calls/echo-imports
	[ -z "$missing" ] || { echo "missing:$missing"; return 1; }
}

calls() {
	check "nobody is wrapped unasked" sh -c "[ \"\$(cat $kit/trace)\" = nvme,pci ]"
	start
	insmod $echo_ko size=64 && use_echo && rmmod echo
	stop
	check "and nothing of it traced" untraced echo:

	echo "echo hello,misuse" >$kit/trace
	check "names can be written with spaces" [ "$(cat $kit/trace)" = echo,hello,misuse ]
	start
	insmod $echo_ko size=64
	use_echo
	insmod $modules/hello/hello.ko times=2
	rmmod hello
	rmmod echo
	stop
	check "init and its result" traced 'kit_return: callback hello:hello_init = 0x0 in'
	check "exit" traced 'kit_call: callback hello:hello_exit'
	check "an import with its arguments" traced 'kit_call: import hello:kit_log_print\(0xf+[0-9a-f]+, 0x6, 0xf'
	check "all imports of echo" all_imports
	for callback in read write poll; do
		check "callback $callback" traced "kit_return: callback echo:echo_$callback = 0x"
	done
	check "callbacks of an ioctl table" traced 'kit_return: callback echo:get_queued = 0x0'
	check "a read's result" traced 'kit_return: callback echo:echo_read = 0x4 in'
	check "an error" traced 'kit_return: callback echo:echo_read = 0xf*f5 in'
	check "a pointer" traced 'kit_return: import echo:kit_char_register = 0xffff[0-9a-f]{12} in'
	check "nothing for a function without a result" traced 'kit_return: import echo:kit_spin_unlock = 0x0 in'
	check "calls nest" nests

	start
	dd if=/dev/nvme0n1 of=/dev/null bs=4k count=64 iflag=direct 2>/dev/null
	stop
	check "a driver that was loaded at boot: its interrupts" traced ' [a-zA-Z.]{2}h[0-9.]+.*kit_return: callback nvme:queue_interrupt = 0x1 in'
	check "its requests" traced 'kit_call: callback nvme:[a-z_]*submit'
	check "these calls nest too" nests

	insmod /calls/misuse/misuse.ko
	mark
	start
	echo v >/dev/misuse
	stop
	check "arguments on the stack arrive" logged 'misuse: 1 two 3 four 5 six 7 1234567890abcdef; [0-9]* characters; 8 9 10 11 12 13$'
	check "the result of snprintf" traced 'kit_return: import misuse:kit_snprintf = 0x25 in'
	start
	echo t >/dev/misuse
	stop
	check "a timer's callback" traced ' [a-zA-Z.]{2}h[0-9.]+.*kit_call: callback misuse:misuse_timer'
	check "a work item's, which sleeps" traced 'kit_return: callback misuse:misuse_work = '
	check "while others run" nests
	mark
	echo s >/dev/misuse
	check "what may sleep is not called with a spinlock held" logged \
		'misuse:kit_kzalloc may sleep and is called in atomic context, at (misuse_write|sleep_with_lock)'

	fail
	under_load
	check "no complaint in the log" sh -c '! dmesg | grep -E "WARNING|left behind|BUG: [^u]"'
	dies
}

# The file was forked: who has it still must not wait for the lock that the dead one held.
share_and_die() {
	exec 3>/dev/misuse
	{
		until dmesg | grep -q 'misuse: a call died'; do sleep 0.1; done
		echo v >&3 || touch /tmp/told
	} 2>/tmp/said &
	echo o >&3
}

# An oops in a callback: the report names who called it. Nobody waits for the program, which held the file's lock.
dies() {
	mark
	start
	rm -f /tmp/told
	share_and_die 2>/dev/null &
	i=0
	until [ -e /tmp/told ] || [ $i = 600 ]; do
		i=$((i + 1))
		sleep 0.1
	done
	echo 0 >$tracing/events/kit/enable # a call that died does not return
	check "the backtrace of an oops names the callback" logged 'misuse_write.*\[misuse\]'
	check "and its caller" logged 'char_io\+'
	check "who has the file too is told" sh -c '[ -e /tmp/told ] && grep -q "I/O error\|Input/output error" /tmp/said'
	check "and nothing of ours" sh -c '! dmesg | grep call_wrap'
	check "the others go on" sh -c '/sbin/insmod '$echo_ko' && /sbin/rmmod echo'
}

refuses() {	# TEXT: cannot be written to fail
	! echo "$1" >$kit/fail
}

fail() {
	check "an import that is to fail" sh -c "echo 'echo vzalloc 1' >$kit/fail"
	check "fails, and so does insmod" sh -c "/sbin/insmod $echo_ko 2>&1 | grep -q 'Cannot allocate memory'"
	check "leaving nothing" sh -c '! grep -q "^echo " /proc/modules && [ ! -e /dev/echo ]'
	check "the rule is shown" grep -qx "echo vzalloc 1 0" $kit/fail
	echo "echo vzalloc 0" >$kit/fail
	check "an errno of one's own" sh -c "echo 'echo kit_char_register 1 28' >$kit/fail"
	check "is what insmod says" sh -c "/sbin/insmod $echo_ko 2>&1 | grep -q 'No space left'"
	echo "echo kit_char_register 2" >$kit/fail
	check "the second call is not reached" sh -c "/sbin/insmod $echo_ko && /sbin/rmmod echo"
	echo "echo kit_char_register 0" >$kit/fail
	check "no rule is left" [ -z "$(cat $kit/fail)" ]
	insmod $echo_ko
	check "what never fails cannot" refuses "echo spin_lock 1"
	check "nor what it does not import" refuses "echo kit_kzalloc 1"
	check "a rule wants three words" refuses "echo vzalloc"
	rmmod echo
}

# Loaded, used and unloaded while it is traced, and events are switched on and off.
under_load() {
	rm -f /tmp/stop
	for i in 1 2 3; do /calls/echo-test /tmp/stop & done
	while [ ! -e /tmp/stop ]; do
		echo 1 >$tracing/events/kit/enable
		cat $tracing/trace >/dev/null
		echo 0 >$tracing/events/kit/enable
	done &
	cycles=0
	for i in 1 2 3 4 5 6 7 8 9 10; do
		insmod $echo_ko size=64 || continue
		tries=0
		until rmmod echo 2>/dev/null || [ $tries -ge 500 ]; do tries=$((tries + 1)); done
		[ $tries -lt 500 ] && cycles=$((cycles + 1))
	done
	: >/tmp/stop
	wait
	check "10 times in and out, traced, while 3 processes use it" [ $cycles = 10 ]
}

retpolines() {
	echo "echo" >$kit/trace
	start
	insmod $echo_ko size=64
	check "wrapped calls with retpolines" use_echo
	rmmod echo
	stop
	check "traced" all_imports
	check "and nested" nests
}

$1
echo "# end"
