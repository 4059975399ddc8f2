#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What everything does all the time writes no cache line that processors share: a path walk to something cached, a descriptor's
# lookup. Shown by following single calls instruction by instruction through QEMU's gdb stub (trace.py). Reading a file does take references
# to its pages: that call is the control.
set -u
here=$(dirname "$0")
scratch=${SCRATCH:-$(mktemp -d)}
stub=$scratch/gdb

if ! gcc -static -O1 -Wall -Werror -Wno-unused-result -o "$scratch/calls" "$here/calls.c"; then
	echo "not ok 1 - the program compiles"
	echo "1..1"
	exit 1
fi
mkfifo "$scratch/output"
scripts/vm --smp 1 --append nokaslr --timeout 250 --log "$scratch/log" --add "$scratch/calls:/usr/bin/calls" \
	--qemu=-chardev --qemu="socket,id=gdb,path=$stub,server=on,wait=off" --qemu=-gdb --qemu=chardev:gdb \
	-- calls >"$scratch/output" 2>"$scratch/errors" &
vm_pid=$!
exec 3<"$scratch/output"
trap 'kill $vm_pid 2>/dev/null' EXIT
{
	if read -r -t 200 word <&3 && [ "$word" = ready ]; then
		/usr/bin/python3 "$here/trace.py" "$stub" "${O:-.}/vmlinux" stat:4:none newfstatat:262:none access:21:none \
			lstat-absent:6:none fstat:5:none lseek:8:none read:0:none pread:17:some 2>"$scratch/trace-errors" ||
			{ sed 's/^/# /' "$scratch/trace-errors"; echo "not ok - following the calls"; }
	else
		sed 's/^/# /' "$scratch/errors"
		echo "not ok - the guest got ready"
	fi
} | awk '
	/^(not )?ok - / { n++; bad += /^not/; sub(/ok - /, "ok " n " - ") }
	{ print; fflush() }
	END { print "1.." n; exit bad > 0 }'
