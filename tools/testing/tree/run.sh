#!/bin/bash
# SPDX-License-Identifier: MIT
# alone: yes
#
# This tree itself: a build from clean in another place, its time, and whether the result is the same.
. tools/testing/lib/tap.sh

# The bar on a quiet machine, and what a slower one is given: so many times what its compiler takes for something that is always the same.
LIMIT_S=60
LIMIT_REFERENCES=150
LIMIT_KIB=2048
copy=$SCRATCH/copy

copy_tree() {
	mkdir -p "$copy" && git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents -t "$copy" 2>&1
	cp "$O/.config" "$copy/" && cd "$copy" && make CC="$CC" olddefconfig && cmp .config "$O/.config"
}
from_clean() {
	local start end
	start=$(date +%s%N); make -C "$copy" -j2 CC="$CC" vmlinux modules || return; end=$(date +%s%N)
	echo $(((end - start) / 1000000000)) >"$SCRATCH/seconds"
}
# Eight compilations of one file, two at a time, in ms.
reference() {
	local start end
	seq 40 | sed 's/.*/int f&(int *a, int n) { int s = 0; for (int i = 0; i < n; i++) s += a[i] * & ^ (s >> 3); return s; }/' >"$SCRATCH/reference.c"
	start=$(date +%s%N)
	seq 8 | xargs -P2 -I{} "$CC" -O2 -g -c -o "$SCRATCH/reference{}.o" "$SCRATCH/reference.c" || return
	end=$(date +%s%N)
	echo $(((end - start) / 1000000)) >"$SCRATCH/reference-ms"
}
in_time() {
	local seconds reference_ms limit
	seconds=$(cat "$SCRATCH/seconds") && reference_ms=$(cat "$SCRATCH/reference-ms") || return
	limit=$((reference_ms * LIMIT_REFERENCES / 1000))
	[ "$limit" -gt "$LIMIT_S" ] || limit=$LIMIT_S
	echo "$seconds s, limit $limit s: the reference took $reference_ms ms"
	[ "$seconds" -le "$limit" ]
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
check "the compiler's speed is measured" reference
check "it builds from clean" from_clean
echo "# $(in_time)"
check "in at most $LIMIT_S s, or what a slow compiler needs" in_time
check "vmlinux is the same as the one here" cmp "$copy/vmlinux" "$O/vmlinux"
check "the modules too" same_modules
check "again, nothing is made, and that takes less than a second" quick
check "one file touched is one file compiled" touch_one kernel/main.c
check "vmlinux is at most $LIMIT_KIB KiB stripped" small
check "it is a multiboot2 image for GRUB" grub-file --is-x86-multiboot2 "$copy/vmlinux"
check "no file of the tree is changed by building" eval '(cd "$copy" && find . -type f -newer .config \( -name "*.[chS]" -o -name Makefile \) ! -path "./include/generated/*" ! -name "*.mod.c" ! -path ./kernel/main.c) | grep . && false || :'
finish
