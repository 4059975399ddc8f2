#!/bin/bash
# SPDX-License-Identifier: MIT
#
# scripts/gdb in batch mode against a live guest: symbols of a module come by themselves, a breakpoint in it is hit, and the lists of
# threads and modules are read.
. tools/testing/lib/tap.sh
scratch=${SCRATCH:-$(mktemp -d)}
vmlinux=${O:-.}/vmlinux
stub=$scratch/stub

scripts/vm --smp 2 --timeout 120 --append nokaslr --qemu=-S \
	--qemu=-chardev --qemu="socket,id=gdb,path=$stub,server=on,wait=off" --qemu=-gdb --qemu=chardev:gdb -- \
	sh -c 'modprobe echo && echo hello >/dev/echo && rmmod echo' >"$scratch/guest" 2>&1 &
guest=$!
for _ in $(seq 100); do [ -S "$stub" ] && break; sleep 0.1; done

cat >"$scratch/commands" <<END
set breakpoint pending on
target remote $stub
break echo_write
continue
backtrace 3
mortise-ps
mortise-lsmod
info symbol echo_read
detach
END
timeout 100 gdb -batch -nx "$vmlinux" -x scripts/gdb/mortise.py -x "$scratch/commands" >"$scratch/out" 2>&1
wait $guest
status=$?

said() { # PATTERN
	grep -qE "$1" "$scratch/out" || { cat "$scratch/out"; cat "$scratch/guest"; return 1; }
}
check "a module's symbols are read when it is loaded" said '^mortise: symbols of echo from'
check "a breakpoint in a module is hit" said '^(Thread.*hit )?Breakpoint 1, echo_write'
check "the call comes from the core" said '^#1 .* in call_driver '
check "mortise-ps lists init and the shell" said '^ +1 .* 0xffff[0-9a-f]+ init$'
check "mortise-lsmod lists the module" said '^echo +0xffffffff[0-9a-f]+$'
check "an address in the module has its name" said '^echo_read in section .text of .*echo.ko'
check "the guest goes on when gdb leaves" [ $status = 0 ]
finish
