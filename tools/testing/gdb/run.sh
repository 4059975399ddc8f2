#!/bin/bash
# SPDX-License-Identifier: MIT
#
# scripts/gdb in batch mode against a live guest: symbols of a module come by themselves, a breakpoint in it is hit, and each command is
# tried there. At the breakpoint a shell writes to the module, and the shell that started it waits for it. Then that gdb leaves the guest as it
# is, and a second one comes, late. Its vmlinux lies alone in a folder, as if the module were of another tree: the module is elsewhere.
. tools/testing/lib/tap.sh
scratch=${SCRATCH:-$(mktemp -d)}
vmlinux=${O:-.}/vmlinux
stub=$scratch/stub

scripts/vm --smp 2 --append nokaslr --qemu=-S \
	--qemu=-chardev --qemu="socket,id=gdb,path=$stub,server=on,wait=off" --qemu=-gdb --qemu=chardev:gdb -- \
	sh -c '(modprobe echo && until grep -q "^State:.S" /proc/$$/status; do :; done && echo hello >/dev/echo && rmmod echo); exit $?' >"$scratch/guest" 2>&1 &
guest=$!
# Until QEMU listens (the flag is __SO_ACCEPTCON: the socket's name is there a moment before), or has gone.
until grep -q " 00010000 .* $stub\$" /proc/net/unix || ! kill -0 $guest; do sleep 0.1; done

cat >"$scratch/commands" <<END
set breakpoint pending on
target remote $stub
break echo_write
continue
backtrace 3
mortise-ps
mortise-lsmod
mortise-dmesg 6
mortise-percpu cpu_number
mortise-walk echo_write
mortise-walk &boot_info
mortise-walk 0
mortise-wait \$mortise_current()->process->real_parent->child_wait
mortise-wait &init_process->signalfd_wait
mortise-backtrace 1
print \$mortise_current()->name
print \$mortise_percpu("cpu_number", 1)
info symbol echo_read
disconnect
END
timeout 100 gdb -batch -nx "$vmlinux" -x scripts/gdb/mortise.py -x "$scratch/commands" >"$scratch/out" 2>&1
text=$(awk '$1 == "echo" && $2 ~ /^0xf/ { print $2 }' "$scratch/out")
init=$(awk '$1 == 1 && $5 == "init" { print $4; exit }' "$scratch/out")

mkdir -p "$scratch/bare" "$scratch/theirs"
cp "$vmlinux" "$scratch/bare/vmlinux"
cp "$(find "${O:-.}/modules" "${O:-.}/samples" -name echo.ko -print -quit)" "$scratch/theirs/"
cat >"$scratch/late-commands" <<END
target remote $stub
info symbol ${text:-0}
cd $scratch/theirs
mortise-symbols
disconnect
END
timeout 100 gdb -batch -nx "$scratch/bare/vmlinux" -x scripts/gdb/mortise.py -x "$scratch/late-commands" >"$scratch/stranger" 2>&1
cat >"$scratch/late-commands" <<END
set mortise-module-path $scratch/theirs
target remote $stub
info symbol ${text:-0}
mortise-backtrace ${init:-0}
mortise-walk echo_write 1
mortise-walk echo_write
print/x ((struct thread *)${init:-0})->space->pgd
detach
END
timeout 100 gdb -batch -nx "$scratch/bare/vmlinux" -x scripts/gdb/mortise.py -x "$scratch/late-commands" >"$scratch/late" 2>&1
wait $guest
status=$?

said() { # PATTERN [WHERE]
	grep -qE "$1" "$scratch/${2:-out}" || { cat "$scratch/${2:-out}"; cat "$scratch/guest"; return 1; }
}
# The entry of the top table, of init's space and of the shell's: each lies in the table of that space, init's in the one that it says.
walks_init() {
	local at pgd
	at=$(sed -nE 's/^pgd 0x[0-9a-f]+ at (0x[0-9a-f]+): .*/\1/p' "$scratch/late")
	pgd=$(sed -nE 's/^\$[0-9]+ = (0x[0-9a-f]+)$/\1/p' "$scratch/late")
	set -- $at
	[ $# = 2 ] && [ -n "$pgd" ] && [ $(($1 & ~4095)) = $((pgd)) ] && [ $(($2 & ~4095)) != $((pgd)) ] || { cat "$scratch/late"; return 1; }
}
check "a module's symbols are read when it is loaded" said '^mortise: symbols of echo from'
check "a breakpoint in a module is hit" said '^(Thread.*hit )?Breakpoint 1, echo_write'
check "the call comes from the core" said '^#1 .* in call_driver '
check "mortise-ps lists init and the shell" said '^ +1 +[01] S +0xffff[0-9a-f]+ init '
check "mortise-ps lists kernel threads and where they wait" said '^ +0 +[01] [SDR] .* reclaim +reclaim_thread'
check "mortise-ps tells who runs" said ' sh +running on CPU [01]$'
check "mortise-lsmod lists the module" said '^echo +0xffffffff[0-9a-f]+ read$'
check "mortise-dmesg shows the log" said '^\[ +[0-9.]+\] Mortise '
check "mortise-percpu shows each CPU's copy" eval "said '^CPU 0 at 0x[0-9a-f]+: 0$' && said '^CPU 1 at 0x[0-9a-f]+: 1$'"
check "\$mortise_percpu is a value" said '^\$[0-9]+ = 1$'
check "\$mortise_current is the shell" said '^\$[0-9]+ = "sh"'
check "mortise-walk: a module's code, executable and not writable" said '^pte 0x[0-9a-f]+ at 0xffff[0-9a-f]+: A D G$'
check "mortise-walk: the image, at its physical address" said '^0xffffffff8([0-9a-f]{7}) is physical 0x0*[0-9a-f]+, in a page of 4 KiB'
check "mortise-walk: what is not mapped" said '^(pgd|pud|pmd|pte) 0x0+ at 0xffff[0-9a-f]+: not present$'
check "mortise-wait shows who waits" said '^ +[0-9]+ +[01] S +0x[0-9a-f]+ sh +.*wake_function'
check "mortise-wait: an empty queue" said '^nobody waits$'
check "mortise-backtrace: the calls of a sleeping thread, with lines" said '^#1 .* at kernel/'
check "an address in the module has its name" said '^echo_read in section .text of .*echo.ko'
check "what is not known yet is no error at the first stop" eval "! grep -E 'Python Exception|^mortise: .*([Cc]annot|[Ee]rror)' '$scratch/out'"
check "a gdb that comes late says what it misses" eval "said '^mortise: no file for the module echo .*mortise-module-path' stranger && said '^No symbol matches $text' stranger"
check "the current folder has modules of other trees" said "^mortise: symbols of echo from $scratch/theirs/echo.ko" stranger
check "mortise-module-path: read by itself at the first stop of a late gdb" eval "said '^mortise: symbols of echo from $scratch/theirs/' late && said '^[a-z_]+ in section .text of .*theirs/echo.ko' late"
check "mortise-backtrace takes a thread's address" eval "said '^ +1 +[01] S +$init init$' late && said '^#1 .* at kernel/' late"
check "mortise-walk goes through another thread's tables" walks_init
check "the guest goes on when gdb leaves" [ $status = 0 ]
finish
