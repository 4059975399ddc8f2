#!/bin/bash
# SPDX-License-Identifier: MIT
#
# scripts/decode: does it find the line, also in modules and through inlined functions?
. tools/testing/lib/tap.sh

cd "$SCRATCH" || exit 1
export O=$SCRATCH
cat >kernel.c <<'END'
int volatile n;
static inline __attribute__((always_inline)) void inner(void)
{
	n = 1;			/* line 4 */
}
void outer(void);
void outer(void)
{
	inner();		/* line 9 */
}
END
cat >my-module.c <<'END'
int volatile m;
void first(void);
void first(void) { m = 0; }
void second(void);
void second(void)
{
	m = 1;			/* line 7 */
}
END
cc -g -O2 -ffreestanding -nostdlib -no-pie -fcf-protection=none -Wl,-e,outer -o vmlinux kernel.c
cc -g -O2 -ffreestanding -fcf-protection=none -c -o my-module.ko my-module.c
echo my-module.ko >modules.order

decode() { echo "$1" | "$TOP/scripts/decode"; }
finds() { local out; out=$(decode "$1"); echo "$out"; shift; for words; do grep -qF "$words" <<<"$out" || return; done; }

check "a line without symbols stays as it is" eval '[ "$(decode "[ 0.1] init: 1+0x2")" = "[ 0.1] init: 1+0x2" ]'
check "a function and what was inlined there" finds "  outer+0x1/0x10" "kernel.c:4)" "kernel.c:9 in outer"
check "a module's function, - and _ alike" finds "[trap] second+0x1/0xb [my_module]" "my-module.c:7)"
check "another build is pointed out" finds " outer+0x1/0x900" "another build?"
check "a module that is not there" finds " f+0x1/0x2 [gone]" "no module gone"
check "a symbol that is not there" finds " f+0x1/0x2" "not in this kernel"
check "two symbols in one line" finds "lockdep: outer+0x1/0x10 then second+0x1/0xb [my_module]" "kernel.c:4)" "my-module.c:7"
finish
