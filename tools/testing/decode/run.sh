#!/bin/bash
# SPDX-License-Identifier: MIT
#
# scripts/decode: does it find the line, also in modules, those of other trees too, and through inlined functions?
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
# take FILE BYTES: functions of one name, static and so long. What a backtrace says is the way to the next symbol, with the padding.
take() {
	cat >"$1.c" <<END
static void __attribute__((used, aligned(16))) take(void)
{
	asm(".fill $2 - 1, 1, 0x90");	/* and the return */
}
END
	cc -g -O2 -ffreestanding -fcf-protection=none -c -o "$1.o" "$1.c"
}
take short 20
take long 27
take other 48
cc -g -O2 -ffreestanding -nostdlib -no-pie -fcf-protection=none -Wl,-e,outer -o vmlinux short.o long.o kernel.c other.o
cc -g -O2 -ffreestanding -fcf-protection=none -c -o my-module.ko my-module.c
echo my-module.ko >modules.order
# Modules of a third party: each lies in a folder of its own, outside the build.
mkdir their other here
for folder in their other here; do
	sed 's/second/third/' my-module.c >$folder/their-driver.c
	(cd $folder && cc -g -O2 -ffreestanding -fcf-protection=none -c -o their-driver.ko their-driver.c)
done
strip --strip-debug other/their-driver.ko
mv here/their-driver.ko here/here_driver.ko
oops="RIP: 0010:third+0x1/0xb [their_driver]"

decode() { echo "$1" | "$TOP/scripts/decode" $options; }
finds() { local out; out=$(decode "$1"); echo "$out"; shift; for words; do grep -qF "$words" <<<"$out" || return; done; }

# Of several functions of one name: found and not found.
finds_not() { local not=$1; shift; finds "$@" && ! decode "$1" | grep -F "$not"; }

check "a line without symbols stays as it is" eval '[ "$(decode "[ 0.1] init: 1+0x2")" = "[ 0.1] init: 1+0x2" ]'
check "a function and what was inlined there" finds "  outer+0x1/0x10" "kernel.c:4)" "kernel.c:9 in outer"
check "a module's function, - and _ alike" finds "[trap] second+0x1/0xb [my_module]" "my-module.c:7)"
check "another build is pointed out" finds " outer+0x1/0x900" "another build?"
check "a module that is not there" finds " f+0x1/0x2 [gone]" "no module gone"
check "a symbol that is not there" finds " f+0x1/0x2" "not in this kernel"
check "functions of one name: the one of this size" finds " take+0x1/0x30" "other.c:3)"
check "functions of one name and one size: all of them" finds_not other.c " take+0x1/0x20" "short.c:3 or " "long.c:3)"
check "functions of one name, none of them of this size" finds " take+0x1/0x900" "short.c:3 or " "long.c:3 or " "other.c:3 (but" "size 0x14 and 0x1b and 0x30: another build?"
check "two symbols in one line" finds "lockdep: outer+0x1/0x10 then second+0x1/0xb [my_module]" "kernel.c:4)" "my-module.c:7"
check "a third party's module that nobody names" finds "$oops" "no module their_driver" "module FILE names it"
options="--module their/their-driver.ko"
check "--module FILE" finds "$oops" "their-driver.c:7)"
check "what the file does not have is pointed out" finds " fourth+0x1/0xb [their_driver]" "another build?"
check "another module is not taken for it" finds " third+0x1/0xb [gone]" "no module gone"
options="--module here --module their"
check "--module FOLDER, several" finds "$oops" "their-driver.c:7)"
check "--module leaves the build's own modules" finds " second+0x1/0xb [my_module]" "my-module.c:7)"
options="--module other --module their"
check "no debug information is said, of the first that fits" finds "$oops" "other/their-driver.ko was built without debug information"
options="--module nowhere"
check "--module of what is not there is an error" eval '! decode "$oops" 2>message && grep -q "no nowhere" message'
options=
cd here || exit 1
check "the current folder's modules" finds " third+0x1/0xb [here_driver]" "their-driver.c:7)"
finish
