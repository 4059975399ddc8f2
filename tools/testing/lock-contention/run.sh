#!/bin/sh
# SPDX-License-Identifier: MIT
# when: debug
# alone: yes
# quiet: 900
#
# No lock is waited for by programs that work on objects of their own: on 2 CPUs and on 4, by the lock statistics of a kernel that has these as
# its only detector. The kernel is built here.
set -u
here=$(dirname "$0")
. "$here/../lib/lock-stat-kernel.sh"
scratch=${SCRATCH:-$(mktemp -d)}

if ! build_lock_stat_kernel >"$scratch/build" 2>&1; then
	tail -n 20 "$scratch/build" | sed 's/^/# /'
	echo "not ok 1 the kernel with LOCK_STAT alone builds"
	echo "1..1"
	exit 1
fi
exec /usr/bin/python3 -B "$here/contention.py" "$lock_stat_kernel/vmlinux"
