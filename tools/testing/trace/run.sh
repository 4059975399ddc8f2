#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Tracing in a guest: Debian's trace-cmd, unmodified; the files of tracefs; latencies, samples, counters; what scripts/trace2json and
# scripts/flamegraph make of it. The fields of events are compared with Linux's, in the same guest. The code of 8 busy CPUs is
# rewritten by the kernel's own tests (kernel/trace/trace_test.c), which run here with 8 CPUs and in the ktest suite with fewer.
set -u
here=$(dirname "$0")
scratch=${SCRATCH:-$(mktemp -d)}
root=$scratch/root
events="sched/sched_switch sched/sched_waking sched/sched_wakeup sched/sched_wakeup_new sched/sched_migrate_task sched/sched_process_fork
	sched/sched_process_exec sched/sched_process_exit irq/irq_handler_entry irq/irq_handler_exit irq_vectors/local_timer_entry irq_vectors/local_timer_exit
	irq_vectors/reschedule_entry irq_vectors/call_function_entry irq_vectors/irq_work_exit irq_vectors/error_apic_entry
	irq_vectors/spurious_apic_entry raw_syscalls/sys_enter
	raw_syscalls/sys_exit exceptions/page_fault_user exceptions/page_fault_kernel block/block_rq_issue block/block_rq_complete
	module/module_free module/module_get task/task_newtask task/task_rename"

# A program with the libraries that it asks for.
stage() {
	mkdir -p "$root/usr/bin"
	cp -L "$1" "$root/usr/bin/"
	ldd "$1" | awk '/=> \//{print $3} /ld-linux/{print $1}' | while read -r library; do
		mkdir -p "$root$(dirname "$library")"
		cp -Ln "$library" "$root$library"
	done
}

stage "$(command -v trace-cmd)"
gcc -static -O1 -Wall -Werror -o "$scratch/polled" "$here/polled.c" || exit 1
gcc -static -O1 -Wall -Werror -o "$scratch/ids" "$here/ids.c" || exit 1
gcc -static -no-pie -O1 -fno-omit-frame-pointer -fno-shrink-wrap -Wall -Werror -o "$scratch/spin" "$here/spin.c" || exit 1
add=(--add "$here/guest.sh:/guest.sh" --add "$scratch/polled:/polled" --add "$scratch/spin:/spin" --add "$scratch/ids:/ids")
for folder in "$root"/*; do
	add+=(--add "$folder:/$(basename "$folder")")
done
truncate -s 16M "$scratch/disk"
scripts/vm --smp 2 --timeout 280 --log "$scratch/log" --disk "nvme:$scratch/disk" "${add[@]}" -- sh /guest.sh all $events \
	>"$scratch/mortise.out" 2>"$scratch/errors" || tail -n 40 "$scratch/errors" | sed 's/^/# /'
scripts/vm --linux --smp 2 --timeout 200 "${add[@]}" -- sh /guest.sh formats $events >"$scratch/linux.out" 2>"$scratch/errors" ||
	tail -n 40 "$scratch/errors" | sed 's/^/# /'
"$here/check.py" "$scratch" >"$scratch/tap"
status=$?
grep -v '^1\.\.' "$scratch/tap"
number=$(grep -cE '^(not )?ok' "$scratch/tap")

say() { # STATUS NAME
	number=$((number + 1))
	[ "$1" = 0 ] && echo "ok $number $2" && return
	echo "not ok $number $2"
	status=1
}
! grep -E 'Oops|WARNING|BUG|Kernel panic' "$scratch/log"
say $? "the kernel does not complain"
scripts/vm --smp 8 --append 'ktest=trace.*' --timeout 250 --log "$scratch/log8" </dev/null >"$scratch/said" 2>&1 &&
	grep -q 'ok .*code_is_rewritten' "$scratch/log8" && ! grep -E 'not ok|Oops|WARNING' "$scratch/log8"
say $? "rings and code on 8 CPUs"
echo "1..$number"
exit $status
