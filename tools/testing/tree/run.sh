#!/bin/bash
# SPDX-License-Identifier: MIT
# alone: yes
#
# This tree itself: a build from clean in another place, its time, and whether the result is the same.
. tools/testing/lib/tap.sh

LIMIT_S=60
LIMIT_KIB=2048
copy=$SCRATCH/copy

copy_tree() {
	mkdir -p "$copy" && git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents -t "$copy" 2>&1
	cp "$O/.config" "$copy/" && cd "$copy" && make CC="$CC" olddefconfig && cmp .config "$O/.config"
}
from_clean() {
	local start end
	start=$(date +%s%N); make -C "$copy" -j2 CC="$CC" vmlinux modules || return; end=$(date +%s%N)
	seconds=$(((end - start) / 1000000000))
	echo "$seconds" >"$SCRATCH/seconds"
}
quick() {
	local start end
	start=$(date +%s%N); make -C "$copy" CC="$CC" >"$SCRATCH/out" || return; end=$(date +%s%N)
	cat "$SCRATCH/out"; echo "$(((end - start) / 1000000)) ms"
	! grep -E '^  [A-Z]' "$SCRATCH/out" | grep -v '^  FRESH' && [ $(((end - start) / 1000000)) -lt 1000 ]
}
touch_one() { touch "$copy/$1"; make -C "$copy" CC="$CC" >"$SCRATCH/out" && cat "$SCRATCH/out" && [ "$(grep -c '^  CC ' "$SCRATCH/out")" = 1 ]; }
same_modules() {
	local ko
	while read -r ko; do cmp "$copy/$ko" "$O/$ko" || return; done <"$O/modules.order"
}
small() {
	strip -o "$SCRATCH/stripped" "$copy/vmlinux"
	echo "$(($(stat -c %s "$SCRATCH/stripped") / 1024)) KiB"; [ "$(stat -c %s "$SCRATCH/stripped")" -le $((LIMIT_KIB * 1024)) ]
}

check "the tree is copied" copy_tree
check "it builds from clean" from_clean
echo "# $(cat "$SCRATCH/seconds") s from clean"
check "in at most $LIMIT_S s" eval '[ "$(cat "$SCRATCH/seconds")" -le $LIMIT_S ]'
check "vmlinux is the same as the one here" cmp "$copy/vmlinux" "$O/vmlinux"
check "the modules too" same_modules
check "again, nothing is made, and that takes less than a second" quick
check "one file touched is one file compiled" touch_one kernel/main.c
check "vmlinux is at most $LIMIT_KIB KiB stripped" small
check "it is a multiboot2 image for GRUB" grub-file --is-x86-multiboot2 "$copy/vmlinux"
check "no file of the tree is changed by building" eval '(cd "$copy" && find . -type f -newer .config \( -name "*.[chS]" -o -name Makefile \) ! -path "./include/generated/*" ! -name "*.mod.c" ! -path ./kernel/main.c) | grep . && false || :'
finish
