#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The build system, on a small tree: exact, incremental, reproducible, and with every goal it promises.
. tools/testing/lib/tap.sh

top=$PWD
tree=$SCRATCH/tree
tools/testing/build/make-tree "$tree"
cd "$tree" || exit 1
unset O M
before=$SCRATCH/before
files() { (cd "${1:-.}" && find . -type f | sort); }
files >"$before"

# Runs make and keeps what it printed, without the lines that say that nothing was to be done.
mk() { make "$@" >"$SCRATCH/out" 2>&1; local status=$?; cat "$SCRATCH/out"; return $status; }
# The objects that the last mk compiled, one line.
made() { sed -n 's/^  \(CC\|CC \[M\]\|AS\) *\[*M*\]* *\([^ ]*\.o\)$/\2/p' "$SCRATCH/out" | sort | tr '\n' ' '; }
# The kinds of commands that the last mk ran, one line.
ran() { sed -n 's/^  \([A-Z][A-Z]*\).*/\1/p' "$SCRATCH/out" | grep -v FRESH | sort -u | tr '\n' ' '; }

# rebuilds "OBJECTS": make compiles these and no others.
rebuilds() {
	mk CC="$CC" && [ "$(made)" = "${1:+$1 }" ] || { echo "compiled: $(made)"; return 1; }
}
# rebuilds_nothing: not one command runs.
rebuilds_nothing() {
	mk CC="$CC" && [ -z "$(ran)" ] || { echo "ran: $(ran)"; return 1; }
}
older() { find . -type f ! -newer "$SCRATCH/now" >/dev/null; sleep 0.01; }

check "defconfig" mk defconfig
check "the default goal builds kernel and modules" \
	sh -c "make CC=$CC && test -s vmlinux -a -s modules/alpha/alpha.ko -a ! -e modules/beta/beta.ko"
check "nothing touched, nothing made" rebuilds_nothing

quick() {
	local ms
	ms=$(cpu_ms make CC="$CC") && echo "$ms ms" && [ "$ms" -lt 1000 ]
}
check "that takes less than a second" quick

touch_and() { touch "$1"; rebuilds "$2"; }
check "a source rebuilds its object" touch_and lib/sub/s.c lib/sub/s.o
check "a header rebuilds its readers" touch_and include/lib/a.h "kernel/start.o lib/a.o lib/left.o"
check "a kit header rebuilds modules that read it" eval \
	'sed -i "$ a CONFIG_BETA=m" .config; mk CC=$CC && touch_and include/kit/two.h modules/beta/two.o'
check "a header that is gone is an error" eval \
	'mv include/lib/number.h away.h; fails mk CC=$CC; mv away.h include/lib/number.h; mk CC=$CC'

option() { sed -i "s/.*CONFIG_$1[= ].*/$2/" .config; rebuilds "$3"; }
check "a number rebuilds its readers, through a header" option NUMBER CONFIG_NUMBER=8 lib/left.o
check "an option that nobody reads rebuilds nothing" option UNREAD CONFIG_UNREAD=y ""
check "an option adds an object" eval 'option FLAG "# CONFIG_FLAG is not set" "" && ! nm vmlinux | grep -q flagged'
check "and removes it" eval 'option FLAG CONFIG_FLAG=y "" && nm vmlinux | grep -q flagged'
check "IS_ENABLED sees m" eval 'option ALPHA "# CONFIG_ALPHA is not set" kernel/start.o'
check "a module moves into the kernel" eval \
	'option ALPHA CONFIG_ALPHA=y kernel/start.o; nm vmlinux | grep -q "t alpha_init" && nm vmlinux | grep -q "T alpha_value" && grep -q alpha modules.builtin'
check "and back" eval 'option ALPHA CONFIG_ALPHA=m kernel/start.o; ! nm vmlinux | grep -q alpha_'

check "a flag of one object rebuilds that object" eval 'sed -i s/START=1/START=2/ kernel/Makefile; rebuilds kernel/start.o'
check "a flag of a folder rebuilds the folder" eval \
	'echo "ccflags-y += -DX" >>lib/Makefile; rebuilds "lib/a.o lib/left.o lib/right.o"'
check "an object that left its Makefile leaves the kernel" eval \
	'sed -i s/right.o// lib/Makefile; rebuilds "" && ! nm vmlinux | grep -q right'
check "a new folder joins" eval 'mkdir lib/new; echo "obj-y += n.o" >lib/new/Makefile; echo "obj-y += new/" >>lib/Makefile
	echo "int n(void); int n(void) { return 0; }" >lib/new/n.c; rebuilds lib/new/n.o'
check "the linker script links again" eval 'touch arch/x86_64/boot/vmlinux.lds.S; rebuilds "" && [ "$(ran)" = "LDS LINK SYMVERS " ]'
check "an object removed by hand comes back" eval 'rm lib/a.o; rebuilds lib/a.o'
check "a failed compilation is tried again" eval \
	'cp lib/a.c keep.c; echo broken >>lib/a.c; fails mk CC=$CC; fails mk CC=$CC; cp keep.c lib/a.c; rebuilds lib/a.o; rm keep.c'
check "a new Kconfig file is read" eval 'mkdir modules/gamma; printf "config GAMMA\n\ttristate \"g\"\n\tdefault m\n" >modules/gamma/Kconfig
	echo "obj-\$(CONFIG_GAMMA) += gamma.o" >modules/gamma/Makefile; printf "#include <kit/module.h>\nMODULE_LICENSE(\"MIT\");\n" >modules/gamma/gamma.c; rebuilds modules/gamma/gamma.o'
check "a Kconfig file that is gone is no trouble" eval 'rm -r modules/gamma; rebuilds ""'
check "still nothing touched, nothing made" rebuilds_nothing

other=$([ "$CC" = clang ] && echo gcc || echo clang)
check "another compiler rebuilds all" eval 'mk CC=$other && [ "$(made | wc -w)" -ge 8 ] || { made; false; }'
check "and the first one again" eval 'mk CC=$CC && [ "$(made | wc -w)" -ge 8 ]'

# --- the symbol table ---

symbols() {
	"$top/tools/testing/build/read-kallsyms" vmlinux >"$SCRATCH/in-table" &&
		nm vmlinux | sed -n 's/^\([0-9a-f]*\) \([tT]\) \(.*\)/\1 \2 \3/p' | sort >"$SCRATCH/by-nm" &&
		diff "$SCRATCH/by-nm" "$SCRATCH/in-table"
}
check "the image's symbol table is what nm says" symbols
check "also when a name grew" eval 'sed -i "s/\bhelper\b/a_helper_with_a_much_longer_name/g" kernel/start.c; mk CC=$CC; symbols'

# --- what must not link ---

bad_link() { # sed expression for the linker script, expected words
	cp arch/x86_64/boot/vmlinux.lds.S keep.lds
	sed -i "$1" arch/x86_64/boot/vmlinux.lds.S
	mk CC="$CC"
	local status=$?
	mv keep.lds arch/x86_64/boot/vmlinux.lds.S
	touch arch/x86_64/boot/vmlinux.lds.S
	[ $status != 0 ] && grep -q "$2" "$SCRATCH/out"
}
check "a writable and executable segment is refused" bad_link 's/FLAGS(6)/FLAGS(7)/' "writable and executable\|RWX"
check "a missing multiboot2 header is refused" bad_link 's/KEEP(\*(.boot.header))/. = . + 65536;/' multiboot2
check "an image over the limit is refused" eval \
	'mk CC=$CC CONFIG_IMAGE_SIZE_LIMIT=1 && false || grep -q "KiB stripped" "$SCRATCH/out"; mk CC=$CC'

# --- modules see the kit alone ---

outside=$SCRATCH/outside
mkdir -p "$outside"
echo 'obj-m := mine.o' >"$outside/Makefile"
cat >"$outside/mine.c" <<'END'
#include <kit/module.h>
#include <kit/two.h>
static int mine_init(void) { return alpha_value(); }
module_init(mine_init);
MODULE_LICENSE("MIT");
END
check "M= builds a module anywhere" eval 'mk CC=$CC M="$outside" && test -s "$outside/mine.ko"'
check "modinfo knows it" eval 'PATH=$PATH:/sbin modinfo "$outside/mine.ko" >"$SCRATCH/info"
	grep -q "^depends: *alpha$" "$SCRATCH/info" && grep -q "^vermagic: *kit1 x86_64$" "$SCRATCH/info"'
check "a module that nobody can satisfy is refused" eval 'sed -i s/alpha_value/beta_value/ "$outside/mine.c"
	fails mk CC=$CC M="$outside"; grep -q "unknown symbol beta_value" "$SCRATCH/out"'
check "a module without a licence is refused" eval 'sed -i "s/beta_value/alpha_value/; /LICENSE/d" "$outside/mine.c"
	fails mk CC=$CC M="$outside"; grep -q "no MODULE_LICENSE" "$SCRATCH/out"'
check "M= builds one folder of the tree" eval 'touch modules/alpha/alpha.c lib/a.c; mk CC=$CC M=modules/alpha && [ "$(made)" = "modules/alpha/alpha.o " ]; mk CC=$CC'
for header in kernel/start.h lib/a.h generated/autoconf.h; do
	check "a module that includes $header does not compile" eval \
		"echo '#include <$header>' >'$outside/mine.c'; fails mk CC=$CC M='$outside'"
done

# --- O=, and the same binary wherever it is built ---

check "clean and mrproper leave the sources alone" eval 'make mrproper && files | grep -v "^./lib/new" >"$SCRATCH/after"; diff "$before" "$SCRATCH/after"'
out=$SCRATCH/out-of-tree
check "O= builds without touching the sources" eval \
	'make O="$out" defconfig && make O="$out" CC=$CC && files | grep -v "^./lib/new" >"$SCRATCH/after" && diff "$before" "$SCRATCH/after"'
check "O= and one object" eval 'touch lib/a.c; mk O="$out" CC=$CC lib/a.o && [ "$(made)" = "$out/lib/a.o " ]'
check "O= again makes nothing" eval 'mk O="$out" CC=$CC; mk O="$out" CC=$CC && [ -z "$(ran)" ]'
check "make works in the O= folder" eval 'mk -C "$out" CC=$CC && [ -z "$(ran)" ]'
# As suites do whose O= is a folder of the tree: their scratch folders lie in it.
within_tree() {
	mkdir -p in/tree/scratch && echo 'obj-m := mine.o' >in/tree/scratch/Makefile &&
		printf '#include <kit/module.h>\nMODULE_LICENSE("MIT");\n' >in/tree/scratch/mine.c &&
		make O=in/tree defconfig && make O=in/tree CC="$CC" && mk O=in/tree CC="$CC" M=in/tree/scratch &&
		test -s in/tree/scratch/mine.ko && ! test -e in/tree/in
	local status=$?
	rm -r in
	return $status
}
check "M= builds beside the sources of a folder in O=, which is in the tree" within_tree
same() { cmp "$1/vmlinux" "$2/vmlinux" && cmp "$1/modules/alpha/alpha.ko" "$2/modules/alpha/alpha.ko"; }
check "in the tree the result is the same" eval 'make defconfig && make CC=$CC && same . "$out"'
check "in another place too" eval 'cp -r "$tree" "$SCRATCH/elsewhere" && make -C "$SCRATCH/elsewhere" mrproper &&
	make -C "$SCRATCH/elsewhere" defconfig && make -C "$SCRATCH/elsewhere" -j3 CC=$CC && same . "$SCRATCH/elsewhere"'

# --- configuration ---

for goal in allnoconfig allyesconfig allmodconfig alldefconfig olddefconfig; do
	check "$goal" eval "mk $goal && mk CC=$CC"
done
check "allmodconfig makes modules" grep -q CONFIG_BETA=m <(make -s allmodconfig; cat .config)
check "allyesconfig makes none" grep -q CONFIG_BETA=y <(make -s allyesconfig; cat .config)
check "randconfig repeats with its seed" eval \
	'KCONFIG_SEED=7 make randconfig && cp .config one && KCONFIG_SEED=8 make randconfig && KCONFIG_SEED=7 make randconfig && cmp one .config; s=$?; rm one; [ $s = 0 ]'
check "a fragment is merged" eval 'make defconfig more.config && grep -q CONFIG_UNREAD=y .config && grep -q CONFIG_ALPHA=m .config'
check "a fragment that does not take is named" eval 'echo CONFIG_NO_SUCH=y >bad.config; mk bad.config; grep -q NO_SUCH "$SCRATCH/out"; s=$?; rm bad.config; [ $s = 0 ]'
check "savedefconfig says what differs" eval 'make savedefconfig && [ "$(cat defconfig)" = "CONFIG_UNREAD=y
CONFIG_ALPHA=m" ] || { cat defconfig; false; }; rm defconfig'
check "listnewconfig lists new options" eval 'sed -i /BETA/d .config; [ "$(make -s listnewconfig)" = "# CONFIG_BETA is not set" ]'
check "oldconfig asks for them" eval 'echo m | make oldconfig && grep -q CONFIG_BETA=m .config'
check "a build takes the default of a new option and says so" eval 'sed -i /BETA/d .config; mk CC=$CC; grep -q "new option CONFIG_BETA=n" "$SCRATCH/out"'

# --- the other goals ---

check "modules_install" eval 'make CC=$CC && make modules_install INSTALL_MOD_PATH="$SCRATCH/root" &&
	root=$SCRATCH/root/lib/modules/6.1.0-mortise-0.1.0 && test -s $root/kernel/modules/alpha/alpha.ko -a -s $root/modules.dep.bin &&
	grep -qx kernel/modules/alpha/alpha.ko $root/modules.order'
check "modules_install builds nothing, whatever the compiler" eval 'mk CC=$other && mk modules_install INSTALL_MOD_PATH="$SCRATCH/root" &&
	[ "$(ran)" = "INSTALL " ] && mk CC=$other && [ -z "$(ran)" ]; status=$?; mk CC=$CC; [ $status = 0 ]'
check "modules_install asks for what is missing" eval 'rm modules/alpha/alpha.ko; ! mk modules_install INSTALL_MOD_PATH="$SCRATCH/root" &&
	grep -q "make modules first" "$SCRATCH/out"; status=$?; mk CC=$CC; [ $status = 0 ]'
check "dir/" eval 'touch lib/a.c kernel/start.c; mk CC=$CC lib/ && [ "$(made)" = "lib/a.o " ]'
check "dir/file.i and dir/file.s" eval 'mk CC=$CC lib/a.i lib/a.s && grep -q "int a(int n)" lib/a.i && grep -q "^a:" lib/a.s'
check "compile_commands.json has kernel and modules" eval \
	'make CC=$CC compile_commands.json && /usr/bin/python3 -c "import json; f = {e[\"file\"] for e in json.load(open(\"compile_commands.json\"))}; assert {\"lib/a.c\", \"modules/alpha/alpha.c\"} <= f, f"'
check "-s prints nothing" eval 'touch lib/a.c; [ -z "$(make -s CC=$CC 2>&1)" ]'
check "V=1 prints commands" eval 'touch lib/a.c; mk V=1 CC=$CC && grep -q -- "-mcmodel=kernel.* lib/a.c" "$SCRATCH/out"'
check "W=1 warns more, without failing" eval 'printf "#include <lib/a.h>\nint a(int n) { { int n = 2; (void)n; } return n; }\n" >lib/a.c; mk CC=$CC W=1 && grep -q shadow "$SCRATCH/out"'
if command -v sparse >/dev/null; then
	check "C=1 runs sparse" eval 'printf "#include <lib/a.h>\nint a(int n) { return n; }\nint *p;\nint *q(void);\nint *q(void) { return 0; }\n" >lib/a.c; mk CC=$CC C=1; grep -q "lib/a.c.*NULL pointer" "$SCRATCH/out"'
else
	skip "C=1 runs sparse" "sparse is not installed"
fi
check "help" eval 'make help | grep -q menuconfig'
check "several goals, configuration first" eval 'mk mrproper defconfig vmlinux modules CC=$CC && test -s vmlinux -a -s modules/alpha/alpha.ko'
check "a tree without .config takes defconfig" eval 'make mrproper; mk CC=$CC && grep -q "taking defconfig" "$SCRATCH/out"'
finish
