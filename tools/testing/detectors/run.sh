#!/bin/bash
# SPDX-License-Identifier: MIT
# first: yes
# quiet: 900
#
# Every detector of the debug kernel, shown to work: a module commits its crime in a guest (crimes/), and the
# log must then say exactly that, with the place of the crime in the backtrace; the system goes on, or panics
# where it must. The same crimes in the kernel without detectors must leave no such report: that is what this
# test looks like when a detector does not work.
set -u
unset VM_REPORTS	# crimes are not findings
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib/debug-kernel.sh"
out=${O:-$PWD}
scratch=${SCRATCH:-$(mktemp -d)}
n=0
failed=0

result() {	# STATUS NAME
	n=$((n + 1))
	[ "$1" = 0 ] && echo "ok $n $2" && return
	failed=1
	echo "not ok $n $2"
}

give_up() {
	result 1 "$1"
	tail -n 20 "$2" | sed 's/^/# /'
	echo "1..$n"
	exit 1
}

# Crime, where it is committed (in the backtrace), and what the log says.
crimes='
slab-right|behind_the_end|slab: written behind the end: .* 40 asked for.*at offset 40$
slab-left|in_front_of_the_start|slab: written in front of the start: .* of kmalloc-64
slab-after-free|after_free|slab: written after free: .*at offset 5000$
slab-double-free|double_free|slab: freed twice: .* of kmalloc-8k
slab-foreign|foreign|slab: .* is not an object of kmalloc-8k, freed by foreign
page-after-free|page_after_free|page poison: page .* was written after it was freed: .*aa01 at offset 904$
timer-freed|timer_freed|object debug: timer .* is freed while armed
work-freed|work_freed|object debug: timer .* is freed while armed
work-queued-freed|crime_free_queued_work|object debug: work item .* is freed while armed
timer-set-up-twice|crime_timer_set_up_twice|object debug: timer .* is initialised while armed
list|crime_list|list corruption: removing .*: prev->next is .*
list-twice|crime_list_twice|list corruption: .* is added twice
wx|crime_wx|mm: W^X: .* is writable and executable
stack-deep|crime stack-deep|stack: [0-9]* bytes were left on a kernel stack of
mutex-cycle|mutex_cycle|lock checker: cycle of locks: .* wanted at mutex_cycle.* holds since mutex_cycle
rwsem-cycle|crime_rwsem_cycle|lock checker: cycle of locks: &a wanted at .* inside &b
same-class|crime_same_class|lock checker: two locks of one class without an order: &two
spin-cycle|spin_cycle|lock checker: cycle of locks: (spinlock of a module) wanted at spin_cycle.* inside (spinlock of a module), .* holds since spin_cycle
spin-around-core|spin_around_core|lock checker: wrong order: inside_module
mutex-freed|freed_while_held|lock checker: freed while held: .*taken by .* at freed_while_held
spinlock-freed|spinlock_freed_while_held|lock checker: freed while held: .*
kept-by-call|holds (mutex of a module) since kept_by_system_call+.*\[crimes\]|lock checker: .* holds a sleeping lock at the end of a system call
kept-by-call|^  syscall_entry+|lock checker: .* holds a sleeping lock at the end of a system call
kept-by-work|process_with_repeats|lock checker: kworker.* holds a sleeping lock at the end of a work item
thread-exit|end_with_a_lock|lock checker: crime.* holds a sleeping lock as it ends
spin-not-held|crime_spin_not_held|lock checker: not held here: outer
spin-twice|crime_spin_twice|lock checker: taken twice: twice
spin-let-go|crime_spin_let_go|lock checker: let go by another CPU than the holder: free
mutex-not-held|crime_mutex_not_held|lock checker: not held here: &never$
rwsem-not-held|crime_rwsem_not_held|lock checker: not held here for writing: &once$
spin-rank|crime_spin_rank|lock checker: wrong order: inner
irq-unsafe|irq_unsafe|lock checker: taken by an interrupt and held with interrupts on
irq-order|irq_order|lock checker: held elsewhere with interrupts on, wanted inside one that interrupts take: .*
might-sleep|crime_sleep_in_atomic|lock checker: sleep in atomic context at kernel/sync/sleep/completion.c
sleep-kmalloc|crime_sleep_kmalloc|sleep in atomic context at mm/slab/slab.c:.*, preemption count 1, interrupts on$
sleep-kzalloc|kzalloc_inside.*\[crimes\]|sleep in atomic context at mm/slab/slab.c
sleep-pages|crime_sleep_pages|sleep in atomic context at mm/frame/page_alloc.c
sleep-copy-to-user|crime_sleep_copy_to_user|sleep in atomic context at include/mm/uaccess.h
sleep-get-user|crime_sleep_get_user|sleep in atomic context at kernel/ktest/sleep_crimes.c
sleep-wait-event|crime_sleep_wait_event|sleep in atomic context at kernel/ktest/sleep_crimes.c
sleep-irqs-off|crime_sleep_irqs_off|sleep in atomic context at .*, preemption count 0, interrupts off$
sleep-timer-cancel|timer_cancel_inside.*\[crimes\]|sleep in atomic context at kernel/module/kit/time.c
soft-lockup|\[crimes\]|watchdog: BUG: soft lockup - CPU#
hard-lockup|\[crimes\]|watchdog: BUG: hard lockup - CPU#
hung-task|hung_task+|INFO: task .* blocked for more than 2 seconds
unchecked-slab|unchecked_slab|Oops: null pointer dereference
unchecked-page|unchecked_page|Oops: null pointer dereference
unchecked-vmalloc|unchecked_vmalloc|Oops: null pointer dereference
'
# What every kernel says, debug or not: no option takes these checks out, so there is no kernel in which the same crime goes
# unnoticed. What takes its place: "innocent" does the same rightly, and nothing of this may be said.
always='
refcount|crime_refcount|refcount .*: decrement below 0
refcount-overflow|crime_refcount_overflow|refcount .*: overflow
refcount-from-zero|crime_refcount_from_zero|refcount .*: increment on 0: use after free
mutex-twice|lock_twice|mutex .*: locked twice
mutex-twice|crime_mutex_twice|mutex .*: unlocked by another than its holder
atomic|schedule_while_atomic|BUG: scheduling while atomic: .*
kfree-foreign|kfree_foreign|kfree of .*, which is not kmalloc
vfree-foreign|vfree_foreign|vfree of .*, which is not vmalloc
'
# First of all: the CPU that commits the others then has a lock that nobody will let go.
oops='
oops-with-lock|oops_with_a_lock|Oops: null pointer dereference
'
# These end a debug kernel, each in a guest of its own; another has not even the word.
ends='
stack-end|corrupted|corrupted stack end detected
'
# Here the plain kernel has the detector, with a limit that is not reached.
timed='
rcu-stall|soft_lockup|rcu: INFO: stall: CPU .* has not passed a quiescent state
'
# The same detector, whose own thread is held up.
thread_held_up='
rcu-asleep|spin_until_stop.*\[crimes\]|rcu: INFO: stall: .* runs crime$
rcu-under-spin|spin_until_stop.*\[crimes\]|rcu: INFO: stall: the thread rcu, .* it is on CPU .*, which runs rcu$
'

names() {
	sed -n 's/|.*//p' <<<"$1" | uniq | tr '\n' ' '
}

# guest NAME KERNEL MODULE VM-OPTIONS... -- COMMAND: log in $scratch/NAME.log, output in $scratch/NAME.
stall_timeout=3
guest() {
	local name=$1 kernel=$2 module=$3
	shift 3
	scripts/vm --kernel "$kernel" --modules "$scratch/root" --smp 2 --timeout 250 --log "$scratch/$name.log" \
		--add "$module/crimes.ko:/crimes.ko" --add "$module/fault.ko:/fault.ko" --add "$here/guest.sh:/guest.sh" \
		--append "rcupdate.rcu_cpu_stall_timeout=$stall_timeout" "$@" >"$scratch/$name" 2>"$scratch/$name.errors" </dev/null
	local status=$?
	echo "# guest $name: status $status"	# the runner counts silence, and all results come at the end
	return $status
}

# What the log said while a crime was committed, without times.
said() {	# NAME CRIME
	tr -d '\r' <"$scratch/$1" | sed -n "/^crime $2\$/,/^crime /p" | sed 's/^\[ *[0-9.]*\] //'
}

# Of stack-deep the report is all: it comes when the stack is freed.
# The report and, on another line of it, the place, since the report's own may name it, too: both or nothing.
reported() {	# NAME LINE
	IFS='|' read -r crime place pattern <<<"$2"
	said "$1" "$crime" >"$scratch/said"
	grep -q -- "$pattern" "$scratch/said" && grep -v -- "$pattern" "$scratch/said" | grep -q -- "$place"
}

# The crime was committed, and the report does not come, wherever it says that it was.
silent() {	# NAME LINE
	IFS='|' read -r crime _ pattern <<<"$2"
	said "$1" "$crime" >"$scratch/said"
	grep -qx "crime $crime" "$scratch/said" && ! grep -qx "failed: $crime" "$scratch/$1" && ! grep -q -- "$pattern" "$scratch/said"
}

check_all() {	# reported|silent NAME LIST TEXT
	while IFS= read -r line; do
		[ -n "$line" ] || continue
		if "$1" "$2" "$line"; then
			result 0 "$4: ${line%%|*}"
		else
			result 1 "$4: ${line%%|*}"
			head -n 20 "$scratch/said" | sed 's/^/# /'
		fi
	done <<<"$3"
}

build_debug_kernel "$debug_kernel" >"$scratch/build" 2>&1 || give_up "the debug kernel builds" "$scratch/build"
for folder in "$debug_kernel" "$out"; do
	make -s "O=$folder" "M=$here/crimes" INTERNAL=1 modules >"$scratch/build" 2>&1 || give_up "the module builds for $folder" "$scratch/build"
done
make -s "O=$out" modules_install "INSTALL_MOD_PATH=$scratch/root" >"$scratch/build" 2>&1 || give_up "the modules are there" "$scratch/build"

# Where the build puts what M= made: beside the source for the tree itself, else below O.
built() {
	[ -e "$1/tools/testing/detectors/crimes/crimes.ko" ] && echo "$1/tools/testing/detectors/crimes" || echo "$here/crimes"
}

settings='echo 1 >/proc/sys/kernel/watchdog_thresh; echo 2 >/proc/sys/kernel/hung_task_timeout_secs'
leaks='mount -t debugfs none /sys/kernel/debug; sleep 6; echo scan >/sys/kernel/debug/kmemleak; cat /sys/kernel/debug/kmemleak; echo clear >/sys/kernel/debug/kmemleak
echo leaks after clear: $(grep -c . /sys/kernel/debug/kmemleak)'
locks='sed "s/^/stat: /" /proc/lock_stat; echo 0 >/proc/lock_stat; sed "s/^/reset: /" /proc/lock_stat'

# fault CRIME VM-OPTIONS...: ends the thread that loads the module; panic NAME SETTING CRIME: ends the machine.
fault() {
	guest "fault-$1" "$debug_kernel/vmlinux" "$debug_module" "${@:2}" -- \
		sh -c "insmod /fault.ko crime=$1; dmesg; cat /proc/sys/kernel/panic_on_warn; nproc; echo alive"
}
panic() {
	guest "panic-$1" "$debug_kernel/vmlinux" "$debug_module" -- sh -c "$settings; $2; sh /guest.sh $3"
	echo $? >"$scratch/panic-$1.status"
}
debug_module=$(built "$debug_kernel")
plain_module=$(built "$out")

# Two at a time: they mostly wait. Without detectors a few looks are enough for what will not come: more than 3 s in all.
{
	stall_timeout=300 guest plain "$out/vmlinux" "$plain_module" -- \
		sh -c "{ $settings; } 2>/dev/null; mount -t debugfs none /sys/kernel/debug; ls -d /sys/kernel/debug/kmemleak; LOOKS=14 sh /guest.sh $(names "$crimes$timed") innocent leak leak-large $(names "$ends")"
	echo $? >"$scratch/plain.status"
	fault guard
	panic stack-end true stack-end
	panic faults true panic-faults
	panic softlockup_panic 'echo 1 >/proc/sys/kernel/softlockup_panic' soft-lockup
	panic hung_task_panic 'echo 0 >/proc/sys/kernel/hung_task_warnings; echo 1 >/proc/sys/kernel/hung_task_panic' hung-task
} &
guest debug "$debug_kernel/vmlinux" "$debug_module" -- \
	sh -c "$settings; sh /guest.sh $(names "$oops$crimes") $(names "$always$timed$thread_held_up") innocent leak leak-large; $locks; $leaks"
echo $? >"$scratch/debug.status"
stall_timeout=0 fault text --append 'panic_on_warn=0 nr_cpus=0'
# What `make test-debug` does behind the command of each guest.
for name in leaky tight; do
	crime=leak
	[ $name = leaky ] || crime=innocent
	VM_REPORTS=$scratch/$name.reports guest $name "$debug_kernel/vmlinux" "$debug_module" -- sh -c "insmod /crimes.ko; echo $crime >/dev/crimes"
	echo $? >"$scratch/$name.status"
done
panic panic_on_warn 'echo 1 >/proc/sys/kernel/panic_on_warn' refcount
panic hardlockup_panic 'echo 1 >/proc/sys/kernel/hardlockup_panic' hard-lockup
panic panic_on_rcu_stall 'echo 1 >/proc/sys/kernel/panic_on_rcu_stall' rcu-stall
wait

# survived NAME: the guest came to its end and ran programs.
survived() {
	[ "$(cat "$scratch/$1.status")" = 0 ] && grep -q '^alive' "$scratch/$1"
	result $? "the $1 kernel goes on after all crimes"
}
survived debug
check_all reported debug "$oops$crimes" "reported"
! said debug oops-with-lock | grep -q 'lock checker'
result $? "a spinlock that its thread took with it is none that its CPU holds"
[ "$(said debug atomic | grep -c 'BUG: scheduling while atomic')" = 1 ]
result $? "scheduling while atomic is reported once for each place"
check_all reported debug "$always$timed$thread_held_up" "reported"
for name in debug plain; do
	grep -q '^crime innocent' "$scratch/$name" && [ "$(said $name innocent | grep -vc '^crime ')" = 0 ]
	result $? "the $name kernel says nothing of who does it rightly"
done
# Two crimes with counts end so; the third lets go once.
[ "$(grep -c 'crime: a count that went wrong frees nothing' "$scratch/debug")" = 2 ]
result $? "a reference count that went wrong stays so: its object is never freed"
# Memory that was freed with something armed or held in it is kept, and nobody points to it either.
# Of eight: any word that was left over somewhere and looks like its address keeps one, such as a register that an interrupt has saved.
[ "$(grep -c '^ *leak+.*\[crimes\]' "$scratch/debug")" -ge 6 ] && ! grep -A1 '^  backtrace:' "$scratch/debug" | grep -v 'backtrace:\|^--\|\[crimes\]'
result $? "reported: leak, as often as it happened but for what a stale word keeps, and nothing that is no crime"
[ "$(grep -A3 '(size 65536):$' "$scratch/debug" | grep -c '^ *leak_large+.*\[crimes\]')" -ge 6 ]
result $? "reported: leak-large, with its size"
grep -q '^leaks after clear: 0$' "$scratch/debug"
result $? "leaks that were cleared are not shown again"
[ "$(cat "$scratch/leaky.status")" = 0 ] && grep -q 'kmemleak: unreferenced' "$scratch/leaky.reports" && grep -q '^.* leak+.*\[crimes\]' "$scratch/leaky.reports"
result $? "a leak in any guest of make test-debug is found and noted, as soon as its command has ended"
[ "$(cat "$scratch/tight.status")" = 0 ] && [ ! -e "$scratch/tight.reports" ] && grep -q 'kmemleak: .* objects scanned' "$scratch/tight.log"
result $? "and where there is none nothing is noted"
grep -qE '^stat: \(mutex of a module\) +mutex +[0-9]+ +[1-9]' "$scratch/debug"
result $? "lock statistics count the mutex that was waited for"
grep -qE '^reset: \(mutex of a module\) +mutex +[0-9]+ +[1-9]' "$scratch/debug"
[ $? = 1 ]
result $? "and not after they were reset"
survived plain
check_all silent plain "$crimes$timed$ends" "detector off, no report"
for crime in leak leak-large; do
	grep -q "^crime $crime" "$scratch/plain" && [ "$(said plain $crime | grep -vc '^crime ')" = 0 ] && ! grep -q '^/sys/kernel/debug/kmemleak' "$scratch/plain"
	result $? "detector off, no report: $crime"
done
for crime in guard text; do
	grep -q 'Oops: page fault' "$scratch/fault-$crime" && grep -q 'fault_init.*\[fault\]' "$scratch/fault-$crime" &&
		grep -q '^alive' "$scratch/fault-$crime"
	result $? "a fault ends the thread, the system goes on: $crime"
done

# That guest had zeroes on its command line: for RCU the smallest timeout, no panic, and as many CPUs as there are.
! grep -q 'rcu: INFO: stall' "$scratch/fault-text" && [ "$(tail -n 3 "$scratch/fault-text" | tr '\n' ' ')" = '0 2 alive ' ]
result $? "boot arguments of 0"

# panicked NAME PATTERN
panicked() {
	[ "$(cat "$scratch/panic-$1.status")" = 125 ] && grep -aq "Kernel panic - not syncing: $2" "$scratch/panic-$1.log"
	result $? "panics: $1"
}
panicked stack-end 'corrupted stack end detected'
panicked faults 'its report faults'
grep -aq 'Oops: null pointer dereference' "$scratch/panic-faults.log" &&
	grep -aq -- '---\[ end Kernel panic' "$scratch/panic-faults.log"
result $? "a panic whose report faults comes to its end"
panicked panic_on_warn 'panic_on_warn set'
panicked softlockup_panic 'softlockup: hung tasks'
panicked hardlockup_panic 'hard lockup of CPU'
panicked hung_task_panic 'hung_task: blocked tasks'
panicked panic_on_rcu_stall 'RCU stall'
echo "1..$n"
exit $failed
