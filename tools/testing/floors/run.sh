#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Is every file on its floor? And does the checker see each kind of offence?
. tools/testing/lib/tap.sh

check "every folder stands on a floor, and looks down only" scripts/check-floors --objects "$O"

# Below: a small tree with one offence each.
tree=$SCRATCH/tree
mkdir -p "$tree"/{scripts,lib,kernel/log,include/lib,include/kernel,include/kit,modules/m/sub}
cat >"$tree/scripts/floors" <<'END'
0 base lib include/lib
2 report kernel/log include/kernel/log.h
7 extension include/kit
9 leaves modules
END
: >"$tree/include/lib/a.h"
: >"$tree/include/kit/k.h"
: >"$tree/modules/m/own.h"
echo '#include <lib/a.h>' >"$tree/include/kernel/log.h"
printf '/* #include <kernel/log.h> */\n#include <lib/a.h>\nint low(void);\nint low(void) { return 0; }\n' >"$tree/lib/low.c"
printf '#include <kernel/log.h>\nint low(void);\nint high(void);\nint high(void) { return low(); }\n' >"$tree/kernel/log/high.c"
printf '#include <kit/k.h>\n#include "own.h"\n' >"$tree/modules/m/m.c"
printf '#include "../own.h"\n#include <stddef.h>\n' >"$tree/modules/m/sub/s.c"

compile() {
	local object
	for object in lib/low kernel/log/high; do
		gcc -I"$tree/include" -ffreestanding -c -o "$tree/$object.o" "$tree/$object.c" || return
	done
	(cd "$tree" && echo "saved-vmlinux := scripts/link-vmlinux 'vmlinux' 'ld' lib/low.o kernel/log/high.o" >.vmlinux.cmd)
}
run() { compile && scripts/check-floors --tree "$tree" --objects "$tree"; }

# offence WORDS FILE CONTENT: with that content the checker says these words; without it, nothing.
offence() {
	local old=
	[ ! -e "$tree/$2" ] || old=$(cat "$tree/$2")
	mkdir -p "$(dirname "$tree/$2")"
	printf '%b' "$3" >"$tree/$2"
	run >"$SCRATCH/out" 2>&1
	local status=$?
	if [ -n "$old" ]; then echo "$old" >"$tree/$2"; else rm "$tree/$2"; fi
	cat "$SCRATCH/out"
	[ $status = 1 ] && grep -q "$1" "$SCRATCH/out"
}
check "a tree without offence passes" run
check "an upward include is seen" offence "low.c (0 base) includes include/kernel/log.h (2 report)" lib/low.c \
	'#include <kernel/log.h>\nint low(void);\nint low(void) { return 0; }\n'
check "an upward call is seen" offence "low.c (0 base) uses high of kernel/log/high.c (2 report)" lib/low.c \
	'int low(void);\nint high(void);\nint low(void) { return high(); }\n'
printf '#pragma once\n#include <lib/b.h>\n' >"$tree/include/lib/a.h"
check "a circle of headers is seen" offence "headers in a circle: include/lib/a.h -> include/lib/b.h -> include/lib/a.h" include/lib/b.h '#include <lib/a.h>\n'
: >"$tree/include/lib/a.h"
check "a folder without a floor is seen" offence "mm/new: stands on no floor" mm/new/n.c 'int n;\n'
check "a header without a floor is seen" offence "include/kernel/new.h: stands on no floor" include/kernel/new.h '\n'
check "a module's include of the core is seen" offence "m.c includes lib/a.h" modules/m/m.c '#include <lib/a.h>\n'
check "a module's way out of its folder is seen" offence "neither the kit's nor its own" modules/m/m.c \
	'#include "../../include/lib/a.h"\n'
check "a way round through a kit folder is seen" offence "neither the kit's nor its own" modules/m/m.c \
	'#include <kit/../kernel/log.h>\n'
echo 'upward lib/low.c high # a test' >>"$tree/scripts/floors"
printf 'int low(void);\nint high(void);\nint low(void) { return high(); }\n' >"$tree/lib/low.c"
check "an excused call passes" run
echo 'upward lib/low.c low' >>"$tree/scripts/floors"
check "an excuse without a reason does not" fails run
finish
