#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What kitpost refuses: one module for each mistake, which must not build, with the words that tell why; and flags that the kit's headers refuse.
set -u
scratch=${SCRATCH:-$(mktemp -d)}
number=0
failed=0

result() {	# result STATUS NAME
	number=$((number + 1))
	[ "$1" = 0 ] && echo "ok $number $2" && return
	failed=1
	sed 's/^/# /' "$scratch/said" | tail -8
	echo "not ok $number $2"
}

# build NAME [FLAGS [WITHOUT]]: the text on standard input as the init of a module.
build() {
	mkdir -p "$scratch/$1"
	{ echo '#include <kit/module.h>'; echo '#include <kit/log.h>'; cat; echo 'module_init(start);'; echo 'MODULE_LICENSE("MIT");'; } >"$scratch/$1/$1.c"
	printf 'obj-m += %s.o\nCFLAGS_%s.o := %s\nCFLAGS_REMOVE_%s.o := %s\n' "$1" "$1" "${2:-}" "$1" "${3:-}" >"$scratch/$1/Makefile"
	make -s ${CC:+CC=$CC} ${O:+O=$O} M="$scratch/$1" >"$scratch/said" 2>&1
}

# refused NAME WORDS [FLAGS [WITHOUT]]
refused() {
	build "$1" "${3:-}" "${4:-}" && { result 1 "$1 is refused"; return; }
	grep -qF -- "$2" "$scratch/said"
	result $? "$1 is refused: $2"
}

# body INSTRUCTIONS: an init with them
body() {
	echo "static int start(void) { __asm__ volatile(\"${1//%/%%}\" : : : \"memory\"); return 0; }"
}

build good < <(body nop)
result $? "a good one is built"
refused interrupts "a privileged instruction" < <(body cli)
refused port "a privileged instruction" < <(body 'outb %al, $0x80')
refused msr "a privileged instruction" < <(body rdmsr)
refused control "a privileged" < <(body 'mov %cr3, %rax')
refused percpu "a segment register" < <(body 'mov %gs:0, %rax')
refused vector "floating-point or vector registers" < <(body 'movaps %xmm0, %xmm1')
refused float "floating-point or vector registers" < <(body 'fld1')
refused redzone "a store below %rsp" < <(body 'mov %rax, -8(%rsp)')
refused branch "an indirect branch without a thunk" < <(body 'jmp *%rax')
refused unknown "unknown symbol nobody" < <(echo 'void nobody(void); static int start(void) { nobody(); return 0; }')
refused asan "built for a KASAN kernel" < <(echo 'void __asan_load8(void); static int start(void) { __asan_load8(); return 0; }')
refused mismatch "which is freed after init" < <(echo 'static int __init __attribute__((noinline)) start(void) { __asm__ volatile(""); return 0; } void f(void); void f(void) { start(); __asm__ volatile(""); }')
refused thread "kitpost:" < <(echo '__thread int t; static int start(void) { return t++; }')
refused sse "a module may not use vector registers" -msse -mgeneral-regs-only < <(body nop)
refused cet "function entries need ENDBR" -fcf-protection=none < <(body nop)
refused model "build with -mcmodel=kernel" -mcmodel=small < <(body nop)

# What the loader would say of parameters.
param() {	# param NAME WORDS TEXT
	refused "$1" "$2" < <(printf '#include <kit/param.h>\n%s\n' "$3"; body nop)
}
param element "wrong is no array of the type int" 'static u16 wrong[4]; module_param_array(wrong, int, 0, 0);'
param empty "none is no array of the type int" 'static int none[0]; module_param_array(none, int, 0, 0);'
param noroom "text has no room" 'static char text[0]; module_param_string(text, text, 0);'
param longparam "is longer than 55 characters" "static int v; module_param_named(p$(printf '%055d' 0), v, int, 0);"
refused "m$(printf '%055d' 0)" "the name is longer than 55 characters" < <(body nop)
refused longexport "the name is longer than 55 characters" < <(name=e$(printf '%055d' 0)
	echo "int $name(void); int $name(void) { return 0; } EXPORT_KIT($name, 0, 1);"; body nop)
arrays() {
	build arrays < <(echo '#include <kit/param.h>
		static bool b[2]; module_param_array(b, bool, 0, 0); static u16 h[2]; module_param_array(h, u16, 0, 0);
		static char *c[2]; module_param_array(c, charp, 0, 0); static const char *d[2]; module_param_array(d, charp, 0, 0);
		static char s[4]; module_param_string(s, s, 0);'; body nop)
}
arrays
result $? "arrays of the right types are built"

# field NAME FIELD WANTED: a field of .modinfo
field() {
	local found
	found=$(PATH=$PATH:/usr/sbin:/sbin modinfo -F "$2" "$scratch/$1/$1.ko")
	echo "found $found" >"$scratch/said"
	[ "$found" = "$3" ]
	result $? "$1: $2=$3"
}
field good isolation any
build ports < <(echo '#include <kit/ioport.h>
	static int start(void) { return ioport_read8(NULL, 0); }')
field ports isolation ring0

# The lowest kit: a table that uses what came with a minor, wherever it stands, and however many have its name.
grown='struct grown { u32 size; struct kit_marker kit_0_1; u32 old; struct kit_marker kit_0_7; u32 new; };'
used='__asm__ volatile("" : : "r"(&table) : "memory");'
unit() { printf '#include <kit/module.h>\n%s\nstatic const struct grown %s; int %s(void); int %s(void) { %s return 0; }\n' "$grown" "$1" "$2" "$2" "$used"; }
build outside < <(echo "$grown static const struct grown table = { .new = 1 }; static int start(void) { $used return 0; }")
field outside kit 0.7
build unused < <(echo "$grown static const struct grown table = { .old = 1 }; static int start(void) { $used return 0; }")
field unused kit 0.1
build inside < <(echo "$grown static int start(void) { for (int i = 0; i < 2; i++) { static const struct grown table = { .new = 1 }; $used } return 0; }")
field inside kit 0.7
twins() {
	mkdir -p "$scratch/twins"
	printf 'obj-m += twins.o\ntwins-y := a.o b.o\n' >"$scratch/twins/Makefile"
	{ unit 'table = { .old = 1 }' start; echo 'module_init(start); MODULE_LICENSE("MIT");'; } >"$scratch/twins/a.c"
	unit 'table = { .new = 1 }' other >"$scratch/twins/b.c"
	make -s ${CC:+CC=$CC} ${O:+O=$O} M="$scratch/twins" >"$scratch/said" 2>&1
}
twins
result $? "two files with tables of one name are built"
field twins kit 0.7
echo "1..$number"
exit $failed
