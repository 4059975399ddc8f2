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
echo "1..$number"
exit $failed
