#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A SCHED_FIFO thread runs within 1 ms of its timer on one CPU, whatever another thread does inside the kernel.
#
# The guest's clock counts instructions (a nanosecond each), so what the host does meanwhile does not matter. A module spins in the kernel:
# preemptible, and, as a control, holding a spinlock and with interrupts off, where the thread must come late.
set -u
here=$(dirname "$0")
scratch=${SCRATCH:-$(mktemp -d)}
limit_us=1000
n=0

result() {	# STATUS NAME
	n=$((n + 1))
	[ "$1" = 0 ] && echo "ok $n - $2" || echo "not ok $n - $2"
}

cp -r "$here/spin" "$scratch/"
# A program takes the C library's ioctl.h where the module takes the kernel's.
if ! gcc -static -O1 -Wall -Werror -I tools/testing/lib/include -I "$scratch/spin" -o "$scratch/latency" "$here/latency.c" ||
   ! make -s "O=${O:-$PWD}" "M=$scratch/spin" modules >&2; then
	result 1 "program and module compile"
	echo "1..$n"
	exit 1
fi
cat >"$scratch/guest.sh" <<END
insmod /spin.ko || exit
latency preemptible $limit_us; echo "result \$? a thread that spins in the kernel"
latency locked $limit_us at-least; echo "result \$? control: holding a spinlock, it is late"
latency no-interrupts $limit_us at-least; echo "result \$? control: with interrupts off, it is late"
for load in spaces programs files screen; do
	latency \$load $limit_us; echo "result \$? load: \$load"
done
rmmod spin
echo end
END
scripts/vm --icount --timeout 280 --log "$scratch/log" --add "$scratch/spin/spin.ko:/spin.ko" --add "$scratch/latency:/usr/bin/latency" \
	--add "$scratch/guest.sh:/guest.sh" -- sh /guest.sh >"$scratch/out" 2>"$scratch/errors"
while read -r word status name; do
	case $word in
	result) result "$status" "$name" ;;
	end) ended=1 ;;
	*) echo "$word $status $name" ;;
	esac
done <"$scratch/out"
if [ -z "${ended:-}" ]; then
	sed 's/^/# /' "$scratch/errors"
	result 1 "the guest came to its end"
fi
echo "1..$n"
