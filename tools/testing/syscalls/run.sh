#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The table of system calls: the image has what it promises, numbers are Linux's, released entries are
# kept; and each check sees what it is there for.
. tools/testing/lib/tap.sh

table=arch/x86_64/syscalls.tbl frozen=Documentation/abi/syscalls.frozen
gen() { /usr/bin/python3 scripts/gensyscalls "$@"; }

check "the image has exactly the calls that have a version" gen image $table "$O/vmlinux"
check "released entries are as they were" gen check $table $frozen

# Linux's own header, where it is installed.
header=/usr/include/x86_64-linux-gnu/asm/unistd_64.h
same_numbers() {
	diff <(sed -n 's/^#define __NR_\([a-z0-9_]*\) \([0-9]*\)$/\2 \1/p' $header | sort -n) \
	     <(sed -n 's/^\([0-9]*\)\t\([a-z0-9_]*\)\t.*/\1 \2/p' $table | sort -n)
}
if [ -e $header ]; then
	check "numbers and names are those of Linux 6.1" same_numbers
else
	skip "numbers and names are those of Linux 6.1" "linux-libc-dev is not installed"
fi

# changed SED-SCRIPT: a table with that change.
changed() { sed "$1" $table >"$SCRATCH/table"; }
changed '/^39\tgetpid\t/d'
check "a released entry that is gone is seen" fails gen check "$SCRATCH/table" $frozen
changed '/^39\tgetpid\t/s/(void)/(int pid)/'
check "changed arguments are seen" fails gen check "$SCRATCH/table" $frozen
changed '/^39\tgetpid\t/s/0\.1/0.2/'
check "a changed version is seen" fails gen check "$SCRATCH/table" $frozen
changed '/^39\tgetpid\t/s/^39/999/'
check "numbers out of order are seen" fails gen names "$SCRATCH/table"
changed '/^90\tchmod\t/s/unsigned int mode/umode_t mode/'
check "an argument narrower than a register is seen" fails gen names "$SCRATCH/table"
changed '/^101\tptrace\t/s/\t-\t/\t0.1\t/'
check "a promise that the image does not keep is seen" fails gen image "$SCRATCH/table" "$O/vmlinux"
changed '/^39\tgetpid\t/s/\t0\.1\t/\t-\t/'
check "a call without a version is seen" fails gen image "$SCRATCH/table" "$O/vmlinux"
finish
