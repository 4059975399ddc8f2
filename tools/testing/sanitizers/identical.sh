#!/bin/bash
# SPDX-License-Identifier: MIT
#
# With the options off the objects are those of a tree without them: identical.sh SCRATCH, TAP without a plan.
#
#   1. no object of the build calls what instrumented code calls, and no command line asks for it;
#   2. each file that has hooks is compiled once more with the hooks preprocessed away (their headers taken out, their names macros for
#      nothing), and the object is the same, byte for byte.
set -u
scratch=$1
out=${O:-.}
hooks='include/mm/kasan.h include/kernel/kcov.h include/fs/debugfs.h'
mkdir -p "$scratch"

result() {
	[ "$1" = 0 ] && echo "ok - $2" && return
	echo "not ok - $2"
}

if grep -qE '^CONFIG_(KASAN|UBSAN|KCOV|GCOV_KERNEL)=y' "$out/.config"; then
	echo "ok - objects without the options # SKIP this build has some of them"
	exit
fi

objects=$(cd "$out" && find arch kernel lib mm fs drivers modules -name '*.o' ! -name '*.mod.o')
(cd "$out" && nm -u $objects 2>/dev/null | grep -E ' U __(asan|ubsan|sanitizer_cov|gcov)_') >"$scratch/found"
grep -lE -e '-fsanitize|-fprofile-arcs' $(echo "$objects" | sed -E "s,^(.*/)([^/]*)\$,$out/\1.\2.cmd,") 2>/dev/null >>"$scratch/found"
sed 's/^/# /' "$scratch/found"
[ ! -s "$scratch/found" ]
result $? "none of $(echo "$objects" | wc -l) objects is instrumented"

# The empty functions of the headers, as macros.
for header in $hooks; do
	sed -nE 's/^static inline \w[^(]*\b(\w+)\(.*\) \{ return (\w+); \}$/#define \1(...) \2/p
		s/^static inline void (\w+)\(.*\) \{ \}$/#define \1(...) ((void)0)/p
		s/^(#define kasan_\w+\(.*\) \(\(void\)0\)).*/\1/p
		s/^#ifndef (\w+_H)$/#define \1/p' $header
done >"$scratch/no-hooks.h"
words=$(sed -nE 's/^#define (\w+)\(.*/\1/p' "$scratch/no-hooks.h" | paste -sd '|')

count=0
different=
for source in $(grep -lErw "$words" --include=*.c arch kernel lib mm fs drivers | grep -vE '_test\.c$|^mm/kasan|^kernel/(kcov|sanitize)|^fs/debugfs'); do
	object=$out/${source%.c}.o
	command=$(sed -n '1s/^[^=]*:= //p' "$(dirname "$object")/.$(basename "$object").cmd" 2>/dev/null | sed 's/\$\$/$/g; s/\\#/#/g')
	[ -n "$command" ] || continue
	count=$((count + 1))
	for kind in with without; do
		more=
		[ $kind = without ] && more="-include $scratch/no-hooks.h"
		eval "${command%% -MD *} $more -g0 -c -o $scratch/$kind.o $source" || different="$different $source(fails)"
	done
	# Behind its name: an object of the plain command must be the build's own, debug information apart.
	cmp -s "$scratch/with.o" "$scratch/without.o" || different="$different $source"
	grep -Eqw "$words" "$source" || different="$different $source(no hook)"
done
[ -n "$different" ] && echo "# different:$different"
[ -z "$different" ] && [ $count -gt 5 ]
result $? "$count files with hooks make the objects that they make without"

# That the comparison can fail: a hook that does something.
source=mm/slab/slab.c
command=$(sed -n '1s/^[^=]*:= //p' "$out/mm/slab/.slab.o.cmd")
{ cat "$scratch/no-hooks.h"; echo '#undef kasan_keep_freed'; echo '#define kasan_keep_freed(cache, object) (!(object))'; } >"$scratch/some-hook.h"
eval "${command%% -MD *} -include $scratch/no-hooks.h -g0 -c -o $scratch/without.o $source" &&
	eval "${command%% -MD *} -include $scratch/some-hook.h -g0 -c -o $scratch/with.o $source" &&
	! cmp -s "$scratch/with.o" "$scratch/without.o"
result $? "a hook that does something makes another object"
