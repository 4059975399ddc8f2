#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The packaged kit on a machine without the kernel's tree: an empty folder is there in place of the tree (a mount namespace with a tmpfs over it)
# while the kit is unpacked, its samples built by both compilers and packaged. The results are loaded in a guest.
. tools/testing/lib/tap.sh
scratch=${SCRATCH:-$(mktemp -d)}
away=$(mktemp -d /tmp/kit-package.XXXXXX)	# outside of the tree
trap 'rm -rf "$away"' EXIT
out=$([ "$O" = "$TOP" ] || echo "$O/")
samples="hello char edu ramdisk tinyfs tested"
root=$away/root				# of a machine that the packages are installed on
modules="hello echo edu ramdisk tinyfs tested"

# elsewhere COMMAND...: in the folder `away`, where the tree is not to be seen, and without our variables.
elsewhere() {
	TOP=$TOP away=$away unshare -rm sh -c 'mount -t tmpfs none "$TOP" && cd "$away" && exec env -i PATH="$PATH" HOME="$away" "$@"' sh "$@"
}
there() { elsewhere sh -c "$1"; }

# The lock: the suite driver-book makes it there, too, and may run beside this one.
packaged() {
	mkdir -p "$O/.test"
	(
		flock 9
		rm -f "$O"/mortise-kit-*
		make -s ${out:+O="$O"} CC="$CC" kit-package && cp "$O"/mortise-kit-*.tar.gz "$O"/mortise-kit-*.deb "$away/"
	) 9>"$O/.test/kit-package.lock"
}
small() {
	local file
	for file in "$away"/mortise-kit-*; do
		stat -c '%n %s' "$file"; [ "$(stat -c %s "$file")" -le $((2048 * 1024)) ] || return
	done
}
tree_is_hidden() { [ -z "$(elsewhere ls -A "$TOP")" ]; }
complete() {
	tar tf "$away"/mortise-kit-*.tar.gz >"$scratch/list" || return
	local file
	for file in Makefile README LICENSE Module.symvers include/kit/module.h include/uapi/types.h scripts/bin/kitpost scripts/sign-module \
		scripts/module.ld samples/hello/hello.c samples/char/echo.c samples/edu/edu.c samples/ramdisk/ramdisk.c samples/tinyfs/super.c \
		samples/tested/ring_test.c doc/html/index.html; do
		grep -q "^mortise-kit-[^/]*/$file\$" "$scratch/list" || { echo "$file is missing"; return 1; }
	done
}
# The first two of the three commands; the third is the guest's insmod.
unpacked_and_built() {
	local start=$SECONDS
	there "mkdir $1 && cd $1 && tar xf ../mortise-kit-*.tar.gz && make -s -C mortise-kit-*/ M=\$PWD/\$(echo mortise-kit-*/)samples/hello CC=$1" &&
		[ -f "$away/$1"/mortise-kit-*/samples/hello/hello.ko ] && echo $((SECONDS - start)) s && [ $((SECONDS - start)) -lt 60 ]
}
all_samples() {
	there "cd $1/mortise-kit-*/ && for sample in $samples; do make -s M=\$PWD/samples/\$sample CC=$1 WERROR=1 || exit 1; done" || return
	mkdir -p "$scratch/ko/$1" && find "$away/$1" -name '*.ko' -exec cp -t "$scratch/ko/$1" {} +
}
loads() {
	local script="set -e; for m in $modules; do insmod /ko/\$m.ko; lsmod | grep -q \"^\$m \"; rmmod \$m; done; echo all"
	[ "$(scripts/vm --add "$scratch/ko/$1:/ko" --device edu -- sh -c "$script" 2>"$scratch/errors")" = all ] || { cat "$scratch/errors"; return 1; }
}
refuses_without_folder() { there "make -s -C gcc/mortise-kit-*/ 2>&1" | grep -q 'which modules?'; }
sees_the_kit_only() {
	there "cd gcc/mortise-kit-*/ && mkdir -p ../own && printf 'obj-m := own.o\n' >../own/Makefile &&
		printf '#include <kit/module.h>\n#include <kernel/sched.h>\nMODULE_LICENSE(\"MIT\");\n' >../own/own.c && ! make M=\$PWD/../own 2>&1" |
		grep -q 'kernel/sched.h: No such file'
}
# A younger compiler warns of more: that must not end what builds today.
warnings_end_nothing() {
	there "cd gcc/mortise-kit-*/ && mkdir -p ../warns && printf 'obj-m := warns.o\n' >../warns/Makefile &&
		printf '#include <kit/module.h>\nMODULE_LICENSE(\"MIT\");\nint of_nobody(void) { int unused; return 0; }\n' >../warns/warns.c &&
		make -s M=\$PWD/../warns && [ -f ../warns/warns.ko ] && make -s M=\$PWD/../warns clean && ! make -s M=\$PWD/../warns WERROR=1" >"$scratch/said" 2>&1 &&
		grep -q 'warning: .*unused' "$scratch/said" &&
		there "cd gcc/mortise-kit-*/ && printf '#include <kit/module.h>\nMODULE_LICENSE(\"MIT\");\nint of_nobody(void) { return kzalloc(1) != 0; }\n' >../warns/warns.c &&
			! make -s M=\$PWD/../warns" >>"$scratch/said" 2>&1 && grep -q 'error: .*kzalloc' "$scratch/said" || { cat "$scratch/said"; return 1; }
}
# A signed module loads where signatures are asked for, another does not.
signed() {
	local words
	cp "$scratch/ko/gcc/hello.ko" "$away/signed.ko" &&
		words=$(there "gcc/mortise-kit-*/scripts/sign-module --key \$PWD/key.pem signed.ko") && mkdir -p "$scratch/signed" &&
		cp "$away/signed.ko" "$scratch/ko/gcc/echo.ko" "$scratch/signed/" &&
		[ "$(scripts/vm --append "vm.nomodules $words" --add "$scratch/signed:/ko" -- sh -c \
			'insmod /ko/signed.ko && echo signed; /sbin/insmod /ko/echo.ko 2>/dev/null || echo other' 2>"$scratch/errors" | tr '\n' ' ')" = "signed other " ] ||
		{ cat "$scratch/errors"; return 1; }
}
module_packaged() {
	there "cd gcc/mortise-kit-*/ && make -s M=\$PWD/samples/ramdisk package" &&
		dpkg-deb -c "$away"/gcc/mortise-kit-*/samples/ramdisk/*.deb | grep -q ' ./lib/modules/kit-1/extra/ramdisk.ko$'
}
# dpkg with a folder for its root, without its dependencies.
install_package() {
	dpkg --root="${root:?}" --log=/dev/null --force-not-root --force-script-chrootless --force-depends -i "$@" 2>&1
}
kit_installed() {
	mkdir -p "$root"/var/lib/dpkg/{info,updates,triggers} "$root/lib" && : >"$root/var/lib/dpkg/status" &&
		make -s ${out:+O="$O"} CC="$CC" modules_install INSTALL_MOD_PATH="$root" INSTALL_MOD_STRIP=1 &&
		install_package "$away"/mortise-kit-*.deb && [ -e "$root"/lib/modules/*-mortise-*/build/Makefile ]
}
linux_habit() {
	there "mkdir habit && cp root/usr/share/mortise-kit-*/samples/hello/* habit/ && make -s -C root/lib/modules/*/build M=\$PWD/habit" && [ -f "$away/habit/hello.ko" ]
}
module_installed() {
	install_package "$away"/gcc/mortise-kit-*/samples/ramdisk/*.deb && grep -q '^extra/ramdisk.ko:' "$root"/lib/modules/*-mortise-*/modules.dep
}
# A kernel that is installed behind them finds the kit and all modules.
later_release() {
	make -s ${out:+O="$O"} CC="$CC" modules_install INSTALL_MOD_PATH="$root" INSTALL_MOD_STRIP=1 RELEASE=9.9-mortise-later &&
		[ -e "$root"/lib/modules/9.9-mortise-later/build/Makefile ] && grep -q '^extra/ramdisk.ko:' "$root"/lib/modules/9.9-mortise-later/modules.dep
}
without_package() {
	there "make -s -C gcc/mortise-kit-*/ M=\$PWD/habit INSTALL_MOD_PATH=\$PWD/root modules_install" && [ -f "$root/lib/modules/kit-1/extra/hello.ko" ] &&
		[ "$(grep -l '^extra/hello.ko:' "$root"/lib/modules/*-mortise-*/modules.dep | wc -l)" = 2 ]
}
# The folder as the guest's modules: modprobe finds the module by its name.
package_works() {
	mkdir -p "$scratch/installed" && cp -r "$root/lib" "$scratch/installed/" &&
		[ "$(scripts/vm --modules "$scratch/installed" -- sh -c '/sbin/modprobe ramdisk && lsmod | grep -c ^ramdisk' 2>"$scratch/errors")" = 1 ] ||
		{ cat "$scratch/errors"; return 1; }
}

check "make kit-package" packaged
check "tarball and .deb are at most 2 MiB" small
check "all is in it" complete
check "the tree is hidden" tree_is_hidden
for compiler in gcc clang; do
	check "unpacked in an empty folder, hello is built by $compiler within a minute" unpacked_and_built $compiler
	check "all samples are built by $compiler" all_samples $compiler
	check "the modules of $compiler load, here in a kernel of $CC" loads $compiler
done
check "without a folder it says what is missing" refuses_without_folder
check "a module includes the kit and nothing else" sees_the_kit_only
check "a warning does not end the build of a module, but with WERROR=1" warnings_end_nothing
check "a module signed by the kit's signer is taken where that is asked for" signed
check "a module becomes a Debian package" module_packaged
check "dpkg installs the kit" kit_installed
check "make -C /lib/modules/RELEASE/build builds" linux_habit
check "dpkg installs the module's package into kit-1/extra, and depmod knows it" module_installed
check "a kernel that is installed later has both" later_release
check "modules_install without a package goes there, too, for all releases" without_package
rm -r "${root:?}/lib/modules/9.9-mortise-later"
check "modprobe finds it there" package_works
finish
