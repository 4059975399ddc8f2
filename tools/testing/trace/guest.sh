# SPDX-License-Identifier: MIT
#
# In the guest: what the trace suite looks at, in sections "=== NAME". The same script runs on Linux with "formats" alone.
T=/sys/kernel/tracing
cd $T

section() {
	echo "=== $1"
}

off() {
	echo 0 >events/enable
	echo >trace
}

formats() {
	section formats
	for event in "$@"; do
		echo "event $event"
		grep 'field:' events/$event/format
	done
	section headers
	cat events/header_page
	grep -v type events/header_event
}

try() { # EVENT FILTER
	echo "$2" 2>/dev/null >events/$1/filter && echo "taken: $2" || echo "refused: $2"
}

# What each of these says is the same on Linux.
filters() {
	section filters
	off
	try sched/sched_switch 'prev_prio < 100 || (next_comm == "sh" && !(next_pid & 1))'
	cat events/sched/sched_switch/filter
	for text in 'prev_pid==1&&next_pid==2' "prev_comm ~ 's*' && COMM != \"x y\"" 'CPU == 0 && common_pid > 0' 'cpu<1' 'prev_state & 0x10' 'prev_prio != -7' \
		'prev_prio' 'prev_prio ==' 'nonsense == 1' 'prev_comm == sh' 'prev_comm < "a"' 'prev_prio ~ "1"' '(prev_prio == 1' 'prev_prio == 1)' \
		'prev_prio == 1 prev_prio == 2' 'prev_prio == 1 &&' 'prev_comm == "x' 'common_pid == x' 'prev_prio = 1'; do
		try sched/sched_switch "$text"
	done
	grep -c '^parse_error' events/sched/sched_switch/filter
	try sched/sched_switch 0
	cat events/sched/sched_switch/filter
	# Of a group: those that have the field.
	try sched 'prev_pid == 1'
	cat events/sched/sched_switch/filter
	head -n 1 events/sched/sched_wakeup/filter
	try sched 'nonsense == 1'
	grep -c '^parse_error' events/sched/sched_switch/filter
	try sched 0
	cat events/sched/sched_switch/filter events/sched/sched_wakeup/filter

	# What is kept.
	mkdir -p /tmp/bin
	for name in true false tac; do
		ln -sf /bin/busybox /tmp/bin/$name
	done
	echo 'filename ~ "*bin/[bt]*"' >events/sched/sched_process_exec/filter
	echo 1 >events/sched/sched_process_exec/enable
	for name in true false true tac; do
		/tmp/bin/$name </dev/null
	done
	echo 0 >events/enable
	grep -o 'filename=[^ ]*' trace
	echo 0 >events/sched/sched_process_exec/filter
	off
	echo 'id == 39 || id == 110' >events/raw_syscalls/sys_enter/filter # getpid, getppid
	echo 1 >events/raw_syscalls/sys_enter/enable
	dd if=/dev/zero of=/dev/null bs=1 count=1000 2>/dev/null
	/ids
	echo 0 >events/enable
	grep -o 'sys_enter: NR [0-9]*' trace | sort | uniq -c
	echo 0 >events/raw_syscalls/sys_enter/filter
	off

	section threads
	cat set_event_pid set_event_notrace_pid options/event-fork
	echo x 2>/dev/null >set_event_pid || echo "no number"
	echo 12 13 >set_event_pid
	echo 14 >>set_event_pid
	cat set_event_pid
	echo >set_event_pid
	cat set_event_pid
	for fork in 0 1; do
		echo $fork >options/event-fork
		sh -c 'echo $$ >set_event_pid; echo 1 >events/raw_syscalls/enable; ls / >/dev/null; sh -c "ls /; ls /" >/dev/null; echo end >/dev/null'
		echo 0 >events/enable
		echo "fork $fork: threads: $(awk '/sys_enter/ { split($0, a, "-"); split(a[2], b, " "); print b[1] }' trace | sort -u | wc -l)"
		[ $fork = 0 ] || while grep -q . set_event_pid; do sleep 0.1; done # they go a little later
		cat set_event_pid | wc -l
		echo >set_event_pid
		off
	done
	grep -c event-fork trace_options
	grep event-fork trace_options
	echo noevent-fork >trace_options
	cat options/event-fork
	# Both sides of a switch.
	sh -c 'echo $$ >set_event_pid; echo 1 >events/sched/sched_switch/enable; exec sleep 0.5' & sleeper=$!
	wait $sleeper
	echo 0 >events/enable
	echo >set_event_pid
	grep sched_switch trace | grep -cv "_pid=$sleeper "
	[ "$(grep -c " prev_pid=$sleeper " trace)" -gt 0 ] && [ "$(grep -c " next_pid=$sleeper " trace)" -gt 0 ] && echo "out and in"
	off
	# All but one.
	sh -c 'echo $$ >set_event_notrace_pid; echo $$ >/tmp/not; echo 1 >events/raw_syscalls/sys_enter/enable; /ids; echo end >/dev/null'
	echo 0 >events/enable
	echo >set_event_notrace_pid
	grep -c -- "-$(cat /tmp/not)  *\[" trace
	[ "$(grep -c sys_enter trace)" -gt 10 ] && echo "the others"
	off
}

# So is this.
ends() {
	section ends
	off
	echo a mark of its own >trace_marker
	grep -o 'tracing_mark_write: .*' trace
	cat options/markers
	echo 0 >options/markers
	echo another 2>/dev/null >trace_marker || echo refused
	echo markers >trace_options
	cat trace_pipe >/tmp/ended &
	reader=$!
	until grep -q 'of its own' /tmp/ended; do sleep 0.1; done
	echo 0 >tracing_on
	wait $reader
	grep -c mark /tmp/ended
	echo 1 >tracing_on
	echo 64 >buffer_size_kb
	grep -c X buffer_size_kb
	echo 32 >per_cpu/cpu1/buffer_size_kb
	cat buffer_size_kb
	echo 1408 >buffer_size_kb
	# Options of a mount hold for all, and what is none is ignored.
	mkdir /tmp/more
	for words in uid=7,gid=9,mode=0751,nonsense gid=11,mode=0751; do
		mount -t tracefs -o $words none /tmp/more
		stat -c '%a %u %g' /tmp/more /tmp/more/trace /tmp/more/events . trace
		grep -o ' /tmp/more tracefs.*' /proc/mounts
		umount /tmp/more
	done
	mount -o remount,uid=0,gid=0,mode=700 $T
	mount -o remount,gid=x $T
	stat -c '%a %u %g' $T $T/trace
	for on in 0 2; do
		echo $on >tracing_on
		cat tracing_on
	done
	# Who is sent away from his own code has called the scheduler on his way back to it, and was not preempted in the kernel.
	off
	echo 1 >events/sched/sched_switch/enable
	taskset 2 yes >/dev/null & first=$!
	taskset 2 yes >/dev/null & second=$!
	sleep 0.5
	kill $first $second
	wait $first $second 2>/dev/null
	echo 0 >events/enable
	grep -q 'prev_comm=yes .*prev_state=R ==>' trace && echo "runnable"
	off
	echo 1 >events/task/enable
	sh -c 'echo other >/proc/self/comm; (: ); wait'
	echo 0 >events/enable
	grep -o 'task_rename: .* newcomm=other.*' trace | sed 's/pid=[0-9]*/pid=N/'
	grep -o 'task_newtask: .* comm=other .*' trace | sed 's/pid=[0-9]*/pid=N/'
	off
	echo end
}

case $1 in
formats)
	shift
	[ -d events ] || mount -t tracefs none $T
	cd $T && formats "$@" && filters && ends
	section end
	exit
	;;
esac
shift
formats "$@"

filters
ends

# Filters and lists that come and go while everything is recorded, and programs are made and end.
section changes
off
echo 1 >events/enable
echo 997 >profile_hz
while [ ! -e /tmp/enough ]; do ls / >/dev/null; taskset 2 ls / >/dev/null; done &
load=$!
echo 1 >options/event-fork
i=0
while [ $i -lt 20 ]; do
	i=$((i + 1))
	echo 'prev_comm ~ "l*" || next_prio > 100' >events/sched/sched_switch/filter
	echo "common_pid == $load && cpu >= 0" >events/raw_syscalls/filter
	echo $load >set_event_pid
	echo $$ >set_event_notrace_pid
	echo 0 >events/sched/filter
	echo >set_event_pid
	echo 'id != 0' >events/raw_syscalls/filter
	echo >set_event_notrace_pid
	echo 0 >events/raw_syscalls/filter
done
: >/tmp/enough
wait $load
echo 0 >profile_hz
echo 0 >options/event-fork
cat trace >/dev/null
off
echo 1 >events/raw_syscalls/sys_enter/enable
/ids
echo 0 >events/enable
echo changed $(cat set_event_pid set_event_notrace_pid events/sched/sched_switch/filter events/raw_syscalls/sys_enter/filter) \
	$(grep -c 'ids-.*NR 39 ' trace)
# What is not kept pushes nothing out: a small ring, and many calls that are not asked for.
off
echo 16 >buffer_size_kb
echo 'id == 39 || id == 110' >events/raw_syscalls/sys_enter/filter
echo 1 >events/raw_syscalls/sys_enter/enable
/ids
dd if=/dev/zero of=/dev/null bs=1 count=5000 2>/dev/null
echo 0 >events/enable
echo kept $(grep -c 'ids-.*NR ' trace) $(awk '/^(overrun|dropped)/ { n += $NF } END { print n }' per_cpu/cpu?/stats)
echo 0 >events/raw_syscalls/sys_enter/filter
echo 1408 >buffer_size_kb
# The last that a thread of one in the list does is to leave its processor.
off
echo 1 >options/event-fork
echo 1 >events/sched/sched_switch/enable
sh -c 'echo $$ >set_event_pid; /ids & wait'
echo 0 >events/enable
echo >set_event_pid
echo 0 >options/event-fork
echo left $(grep -c 'prev_comm=ids .*prev_state=[XZ]' trace)
# A kernel thread has no number there, and marks are in no list.
off
echo 1 >events/sched/sched_switch/enable
echo 1 >set_event_pid
echo a mark >trace_marker
sleep 0.2
echo 0 >events/enable
echo >set_event_pid
echo marks $(grep -c tracing_mark_write trace)
off

section record
cd /tmp
# What trace-cmd's recorders have not begun to read when the command ends, it leaves out: each of them has written something then.
trace-cmd record -q -e sched -e raw_syscalls -e irq -e exceptions sh -c 'cat /proc/self/stat
	while dd if=/dev/nvme0n1 of=/dev/null bs=4k count=4 iflag=direct; taskset 1 ls; taskset 2 ls; ! [ -s trace.dat.cpu0 -a -s trace.dat.cpu1 ]; do :; done
	exit 3' >/dev/null 2>&1
trace-cmd report >report
wc -l <report
for event in sched_switch sched_waking sched_wakeup sched_wakeup_new sched_migrate_task sched_process_fork sched_process_exec sched_process_exit \
	sys_enter sys_exit page_fault_user page_fault_kernel irq_handler_entry irq_handler_exit; do
	echo "$event $(grep -c " $event:" report)"
done
grep ' sched_process_exec:.*cat' report | head -n 1
grep -ciE 'failed|unknown|\[WARN|broken' report
trace-cmd report --stat | grep -A9 'CPU: 0' | head -n 4
trace-cmd record -q --date -M 2 -e raw_syscalls -o other.dat sh -c 'while taskset 2 ls; ! [ -s other.dat.cpu1 ]; do :; done' 2>&1 >/dev/null
trace-cmd report other.dat | awk '/sys_enter/ { print $2 }' | sort | uniq -c | awk '{ print "CPU", $2, ($1 > 10 ? "many" : "few") }'
trace-cmd report other.dat | awk '/sys_enter/ { exit ($3 > 1000000000) ? 0 : 1 }' && echo dates
cat $T/tracing_cpumask # trace-cmd has put it back
echo zz >$T/tracing_cpumask 2>/dev/null || echo refused
# One process and what it makes, and a filter.
trace-cmd record -q -F -c -e raw_syscalls -o own.dat sh -c 'while ls; ! [ -s own.dat.cpu0 -o -s own.dat.cpu1 ]; do :; done' >/dev/null 2>&1
trace-cmd report own.dat | awk '/sys_enter/ { print "own", $1 }' | sed 's/-[0-9]*$//' | sort -u
trace-cmd start -e raw_syscalls:sys_enter -f 'id == 39' >/dev/null 2>&1
/ids
trace-cmd stop
trace-cmd extract -o own.dat >/dev/null 2>&1
trace-cmd reset >/dev/null 2>&1
echo "filtered $(trace-cmd report own.dat | grep -c 'ids-.*NR 39 ') of $(trace-cmd report own.dat | grep -c sys_enter)"
cat $T/events/raw_syscalls/sys_enter/filter $T/set_event_pid
section dat
base64 trace.dat
cd $T

section text
off
for group in sched irq irq_vectors raw_syscalls exceptions block module; do
	echo 1 >events/$group/enable
done
echo 1000 >profile_hz
echo a mark from the shell >trace_marker
find /proc >/dev/null 2>&1
modprobe echo && rmmod echo
dd if=/dev/nvme0n1 of=/dev/null bs=64k count=16 iflag=direct 2>/dev/null
i=0
while [ $i -lt 3000 ]; do i=$((i + 1)); done
/spin
echo 0 >profile_hz
echo 0 >events/enable
cat trace

section switches
echo 100 >profile_hz
echo 0 >events/enable
cat profile_hz # its timers have stopped with it
cat events/enable events/sched/enable tracing_on
echo 'sched:sched_switch raw_syscalls' >set_event
cat set_event
cat events/enable events/sched/enable events/raw_syscalls/enable
echo '!raw_syscalls' >>set_event
cat set_event
echo nonsense >set_event 2>/dev/null || echo refused
cat set_event
off

for option in stacktrace norecord-cmd nonsense nostacktrace; do
	echo $option 2>/dev/null >trace_options && echo "taken $option"
done

section full
echo 16 >buffer_size_kb
cat buffer_size_kb
echo 0 >options/overwrite
echo 1 >events/raw_syscalls/enable
for i in 1 2 3 4 5 6 7 8; do ls -l /proc >/dev/null 2>&1; done
echo 0 >events/enable
cat per_cpu/cpu*/stats | awk '/^dropped/ { n += $3 } END { print (n > 0 ? "dropped" : "not dropped") }'
echo >trace
echo 1 >options/overwrite
echo 1 >events/raw_syscalls/enable
for i in 1 2 3 4 5 6 7 8; do ls -l /proc >/dev/null 2>&1; done
echo 0 >events/enable
cat per_cpu/cpu*/stats | awk '/^overrun/ { n += $2 } /^dropped/ { d += $3 } END { print (n > 0 && !d ? "overwritten" : "not overwritten") }'
off
echo 4 >buffer_size_kb
cat buffer_size_kb
echo 4194304 >per_cpu/cpu0/buffer_size_kb 2>/dev/null || echo "no memory"
# One such ring has room, two have not.
available=$(awk '/^MemAvailable/ { print $2 }' /proc/meminfo)
echo $((available * 6 / 10)) >buffer_size_kb 2>/dev/null || echo "all or none"
cat per_cpu/cpu*/buffer_size_kb
awk '/^MemAvailable/ { print ($2 > '$available' / 2 ? "nothing kept" : "kept") }' /proc/meminfo
echo 1408 >buffer_size_kb

section pipe
echo 1 >events/sched/sched_process_exec/enable
cat trace_pipe >/tmp/piped &
reader=$!
/bin/busybox true
until grep -q sched_process_exec /tmp/piped; do /bin/busybox true; done
kill $reader
wait $reader 2>/dev/null
grep -c sched_process_exec /tmp/piped | awk '{ print ($1 > 0 ? "piped" : "nothing") }'
off

section raw
pages() { stat -c %s /tmp/raw; }
echo 16 >buffer_size_kb
echo 0 >options/overwrite
echo 1 >events/raw_syscalls/enable
taskset 2 cat per_cpu/cpu0/trace_pipe_raw >/tmp/raw &
reader=$!
until [ "$(pages)" -ge 65536 ]; do taskset 1 ls / >/dev/null; done
echo "pages flow"
echo 0 >events/enable
echo 0 >tracing_on
wait $reader && echo "off ends it"
[ $(($(pages) % 4096)) = 0 ] && echo "whole pages"
timeout 20 cat per_cpu/cpu0/trace_pipe_raw | wc -c
echo 1 >tracing_on
echo 1 >options/overwrite
off
echo 1408 >buffer_size_kb

section poll
for file in trace_pipe per_cpu/cpu0/trace_pipe per_cpu/cpu0/trace_pipe_raw; do
	echo >trace
	taskset 1 /polled $file
done

section calls
echo 1 >latency/syscalls/enable
dd if=/dev/zero of=/dev/null bs=1 count=2000 2>/dev/null
echo 0 >latency/syscalls/enable
dd if=/dev/zero of=/dev/null bs=1 count=2000 2>/dev/null
grep -E '^(read|write) ' latency/syscalls/histogram
section reset
echo >latency/syscalls/histogram
grep -cE '^(read|write) ' latency/syscalls/histogram
section disk
echo 1 >latency/block/enable
dd if=/dev/nvme0n1 of=/dev/null bs=4k count=64 iflag=direct 2>/dev/null
echo 0 >latency/block/enable
cat latency/block/histogram

section counters
writes() { awk '/^nr_page_table_writes/ { print $2 }' /proc/vmstat; }
ls / >/dev/null
before=$(writes)
ls / >/dev/null
[ "$(writes)" = "$before" ] && echo still
echo 1 >count_page_table_writes
ls / >/dev/null
echo 0 >count_page_table_writes
[ "$(writes)" -gt "$before" ] && echo counted
head -n 1 counters
awk 'NR > 1 { print $1 }' counters

section end
