#!/bin/bash
# SPDX-License-Identifier: MIT
#
# scripts/lint: each tool sees its crime in a small tree, an exception excuses it, and one that nothing needs is seen.
# (make lint is what checks the code; it takes minutes.)
. "$(dirname "$0")/../lib/tap.sh"

build=${O:-$TOP}
tree=$SCRATCH/tree
export LINT_TOP=$tree O=$tree
mkdir -p "$tree/.lint" "$tree/scripts"
echo '.*' >"$tree/.gitignore"
echo 'crime.c:-std=gnu11 -O1' >"$tree/.lint/lint-units"
git -C "$tree" init -q
cp "$TOP/.clang-format" "$TOP/.clang-tidy" "$tree"

# crime TOOL CHECK CODE: the tool finds it under this name; behind an exception it does not.
crime() {
	local tool=$1 check=$2 code=$3

	printf '%s\n' "$code" >"$tree/crime.c"
	"$TOP/scripts/lint" "$tool" >"$SCRATCH/found" 2>&1
	is "$tool: a crime is an error" $? 1
	has "$tool: it is named" "$SCRATCH/found" "\[$check\]"
	local line
	line=$(sed -n 's/^crime.c:\([0-9]*\): .*/\1/p' "$SCRATCH/found" | head -n 1)
	sed -i "${line:-1}i /* lint: $check: the test wants it */" "$tree/crime.c"
	"$TOP/scripts/lint" "$tool" >"$SCRATCH/found" 2>&1
	is "$tool: an exception excuses it" $? 0
}
is() { check "$1" [ "$2" = "$3" ]; }
has() { check "$1" grep -q "$3" "$2"; }

crime sparse sparse 'int f(int __attribute__((noderef, address_space(1))) *p);
int f(int __attribute__((noderef, address_space(1))) *p)
{
	return *p;
}'
crime sparse context '#ifdef __CHECKER__
void take(void) __attribute__((context(x, 0, 1)));
#else
void take(void);
#endif
void f(void);
void f(void)
{
	take();
}'
crime tidy bugprone-suspicious-semicolon 'int f(int x);
int f(int x)
{
	if (x > 1);
		x++;
	return x;
}'
crime tidy bugprone-suspicious-string-compare 'int strcmp(const char *a, const char *b);
int f(const char *a);
int f(const char *a)
{
	return strcmp(a, "b") == 1;
}'
crime cppcheck zerodiv 'int f(void);
int f(void)
{
	int zero = 0;
	return 1 / zero;
}'
# It drops a file whose macros it cannot expand: the option's must be one that it can.
cp "$TOP/include/kernel/kconfig.h" "$tree"
crime cppcheck zerodiv '#define CONFIG_ON 1
#include "kconfig.h"
int f(int value);
int f(int value)
{
	int zero = 0;
	if (IS_ENABLED(CONFIG_ON))
		value++;
	return value / zero;
}'
crime cppcheck nullPointer '#define container_of(pointer, type, member) ({ \
	_Static_assert(__builtin_types_compatible_p(__typeof__(*(pointer)), __typeof__(((type *)0)->member)), "types"); \
	(type *)((char *)(pointer) - __builtin_offsetof(type, member)); })
struct outer { int first, second; };
struct outer *f(int *second);
struct outer *f(int *second)
{
	return container_of(second, struct outer, second);
}
int *g(void);
int *g(void)
{
	int *p = 0;
	*p = 1;
	return p;
}'
crime analyzer analyzer-null-dereference 'int f(void);
int f(void)
{
	int *p = 0;
	return *p;
}'

# Locks that sleep, as the kernel declares them: what is taken and kept is a crime, also where taking may fail; what is let go is none.
flags=$(sed -n 's/^crime.c://p' "$tree/.lint/lint-units")
kernel="-nostdinc -ffreestanding -isystem $(gcc -print-file-name=include) -I$TOP/include -I$TOP/arch/x86_64/include -I$build/include"
kernel+=" -D__KERNEL__ -include $build/include/generated/autoconf.h -include $TOP/include/kernel/kconfig.h"
echo "crime.c:$flags $kernel" >"$tree/.lint/lint-units"
holds() {	# LOCK TAKE FREE: FREE is nothing where the lock is kept
	printf '#include <kernel/mutex.h>\nint f(struct %s *l);\nint f(struct %s *l)\n{\n\t%s\n\t%s\n\treturn 0;\n}\n' "$1" "$1" "$2" "$3" >"$tree/crime.c"
	"$TOP/scripts/lint" sparse >"$SCRATCH/found" 2>&1
}
while IFS='|' read -r lock take free; do
	holds "$lock" "$take" ""
	has "sparse: kept: $take" "$SCRATCH/found" "crime.c:3: .*'f'.*\[context\]"
	holds "$lock" "$take" "$free"
	is "sparse: let go: $take" $? 0
done <<'END'
mutex|mutex_lock(l);|mutex_unlock(l);
mutex|if (mutex_lock_interruptible(l)) return 1;|mutex_unlock(l);
mutex|if (mutex_lock_killable(l)) return 1;|mutex_unlock(l);
mutex|if (!mutex_trylock(l)) return 1;|mutex_unlock(l);
rw_semaphore|down_read(l);|up_read(l);
rw_semaphore|if (down_read_killable(l)) return 1;|up_read(l);
rw_semaphore|if (!down_read_trylock(l)) return 1;|up_read(l);
rw_semaphore|down_write(l);|up_write(l);
rw_semaphore|if (down_write_killable(l)) return 1;|up_write(l);
rw_semaphore|if (!down_write_trylock(l)) return 1;|up_write(l);
rw_semaphore|down_write(l); downgrade_write(l);|up_read(l);
END
echo "crime.c:$flags" >"$tree/.lint/lint-units"

# A result that is asked for equality alone, in whatever words.
printf '%s\n' 'int strcmp(const char *a, const char *b);
int f(const char *a);
int f(const char *a)
{
	if (strcmp(a, "b"))
		return 1;
	return !strcmp(a, "c");
}' >"$tree/crime.c"
"$TOP/scripts/lint" tidy >"$SCRATCH/found" 2>&1
is "tidy: if (strcmp(...)) is none" $? 0

# In a header of ours, also where a module has it from a folder of links; in one of another's there is nothing to find.
mkdir -p "$tree/include/kit" "$tree/.lint/kit-root" "$tree/.others"
ln -s ../../include/kit "$tree/.lint/kit-root/kit"
echo 'crime.c:-std=gnu11 -O1 -I.lint/kit-root -isystem .others -I.others' >"$tree/.lint/lint-units"
for tool in tidy:bugprone-suspicious-semicolon cppcheck:zerodiv analyzer:analyzer-null-dereference sparse:sparse; do
	for header in near.h kit/far.h; do
		rm -f "$tree/near.h" "$tree/include/kit/far.h"
		[ $header = near.h ] && file=near.h || file=include/kit/far.h
		printf '%s\n' '/* the first line */
static inline int f(int x, int *q, int __attribute__((noderef, address_space(1))) *u)
{
	int zero = 0;

	if (x > 1);
		x++;
	if (q)
		return 1 / zero;
	return x + *u;
}
static inline int h(void)
{
	int *p = 0;
	return *p;
}' >"$tree/$file"
		printf '#include "%s"\nint g(int x);\nint g(int x)\n{\n\treturn f(x, &x, 0) + h();\n}\n' $header >"$tree/crime.c"
		"$TOP/scripts/lint" ${tool%:*} >"$SCRATCH/found" 2>&1
		has "${tool%:*}: a crime in $header is named" "$SCRATCH/found" "^$file:[0-9]*: .*\[${tool#*:}\]"
	done
done

printf 'int f(void);\n\nint f(void)\n{\n  return 1;\n}\n' >"$tree/crime.c"
"$TOP/scripts/lint" format >"$SCRATCH/found" 2>&1
is "format: two spaces are an error" $? 1
"$TOP/scripts/lint" --fix
"$TOP/scripts/lint" format >"$SCRATCH/found" 2>&1
is "format: --fix mends them" $? 0

# A second run takes what the first has kept, and nothing that is out of date.
printf 'int f(void);\nint f(void)\n{\n\tint zero = 0;\n\treturn 1 / zero;\n}\n' >"$tree/crime.c"
for run in first second; do
	"$TOP/scripts/lint" cppcheck >"$SCRATCH/found" 2>&1
	has "the $run run finds it" "$SCRATCH/found" "crime.c:5: .*\[zerodiv\]"
done
printf '#include "value.h"\nint f(void);\nint f(void)\n{\n\tint value = VALUE;\n\treturn 1 / value;\n}\n' >"$tree/crime.c"
echo '#define VALUE 1' >"$tree/value.h"
"$TOP/scripts/lint" cppcheck >"$SCRATCH/found" 2>&1
is "there is no crime" $? 0
echo '#define VALUE 0' >"$tree/value.h"
"$TOP/scripts/lint" cppcheck >"$SCRATCH/found" 2>&1
has "a header makes one" "$SCRATCH/found" "crime.c:6: .*\[zerodiv\]"

# A file that a tool cannot read.
printf 'int f(const int *p);\nint f(const int *p)\n{\n\tint e;\n\n\te = ({ int value = *p; value; }) ? 1 : 2;\n\treturn e;\n}\n' >"$tree/crime.c"
"$TOP/scripts/lint" cppcheck >"$SCRATCH/found" 2>&1
has "cppcheck: code that is beyond it is a finding" "$SCRATCH/found" "crime.c:[0-9]*: .*\[internalAstError\]"
echo '#include "nowhere.h"' >"$tree/crime.c"
for tool in sparse tidy analyzer; do
	"$TOP/scripts/lint" $tool >"$SCRATCH/found" 2>&1
	has "$tool: a header that is not there is a finding" "$SCRATCH/found" "crime.c:1: .*nowhere.h"
done
printf 'int f(void);\nint f(void)\n{\n\treturn 1;\n}\n' >"$tree/crime.c"

# Files that no tool sees.
echo 'int g;' >"$tree/other.c"
"$TOP/scripts/lint" files >"$SCRATCH/found" 2>&1
has "a file that no tool sees is named" "$SCRATCH/found" "^other.c:1: no tool sees this file"
printf '[others]\nfiles = other.c\nflags = -O1\n' >"$tree/scripts/lint.units"
"$TOP/scripts/lint" files >"$SCRATCH/found" 2>&1
is "lint.units names it" $? 0
rm "$tree/other.c"
"$TOP/scripts/lint" files >"$SCRATCH/found" 2>&1
has "a pattern that no file needs is named" "$SCRATCH/found" "no file needs other.c"
rm "$tree/scripts/lint.units"

printf 'int f(void);\n/* lint: zerodiv: nobody needs this */\nint f(void)\n{\n\treturn 1;\n}\n' >"$tree/crime.c"
kept=$tree/.lint/found
touch -d yesterday "$kept"/*
nr_kept=$(ls "$kept" | wc -l)
"$TOP/scripts/lint" tidy >"$SCRATCH/found" 2>&1
is "a run of one tool keeps what others found" "$(($(ls "$kept" | wc -l) - nr_kept))" 1
"$TOP/scripts/lint" >"$SCRATCH/found" 2>&1
has "an exception that no tool needs is seen" "$SCRATCH/found" "no tool needs this exception"
is "a whole run keeps what it had use for, one for each tool with a memory" "$(ls "$kept" | wc -l)" 4

rm "$tree/.lint/lint-units"
"$TOP/scripts/lint" cppcheck >"$SCRATCH/found" 2>&1
is "without the flags of files there is nothing to run" $? 1
has "and it says who makes them" "$SCRATCH/found" '^lint: there is no .*lint-units, .*make lint'
"$TOP/scripts/lint" kit >"$SCRATCH/found" 2>&1
has "nor check-kit without its program" "$SCRATCH/found" 'check-kit: there is no .*kitsyms: .*make lint'
finish
