#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The packaged kit: unpacked in an empty folder, its samples built by both compilers, loaded in a guest, and packaged in their turn.
. tools/testing/lib/tap.sh
scratch=${SCRATCH:-$(mktemp -d)}
out=$([ "$O" = "$TOP" ] || echo "$O/")
samples="hello char edu ramdisk tinyfs"
modules="hello echo edu ramdisk tinyfs"

# A third party has neither our variables nor our folder.
clean_make() { env -i PATH="$PATH" HOME="$scratch" make -s "$@"; }

packaged() {
	rm -f "$O"/mortise-kit-*
	make -s ${out:+O="$O"} CC="$CC" kit-package && tarball=$(ls "$O"/mortise-kit-*.tar.gz) && deb=$(ls "$O"/mortise-kit-*.deb)
}
small() {
	local file
	for file in "$tarball" "$deb"; do
		stat -c '%n %s' "$file"; [ "$(stat -c %s "$file")" -le $((2048 * 1024)) ] || return
	done
}
unpacked_and_built() {
	local start=$SECONDS
	mkdir -p "$scratch/$1" && cd "$scratch/$1" || return
	tar xf "$tarball" && clean_make -C mortise-kit-* M="$(echo "$PWD"/mortise-kit-*/samples/hello)" CC="$1" &&
		[ -f mortise-kit-*/samples/hello/hello.ko ] && echo $((SECONDS - start)) s && [ $((SECONDS - start)) -lt 60 ]
}
all_samples() {
	local sample
	cd "$scratch/$1" || return
	for sample in $samples; do
		clean_make -C mortise-kit-* M="$(echo "$PWD"/mortise-kit-*/samples/$sample)" CC="$1" || return
	done
	mkdir -p "$scratch/ko/$1" && find . -name '*.ko' -exec cp -t "$scratch/ko/$1" {} +
}
# What the compiler read lies in the kit or is the compiler's own.
nothing_of_the_tree() {
	local found
	found=$(find "$scratch/$1" -name '.*.cmd' -exec grep -l "$TOP/\(include\|modules\|scripts\)" {} +)
	[ -z "$found" ] || { echo "$found"; grep -h "$TOP" $found | head -n 3; return 1; }
}
loads() {
	local script="set -e; for m in $modules; do insmod /ko/\$m.ko; lsmod | grep -q \"^\$m \"; rmmod \$m; done; echo all"
	[ "$(scripts/vm --add "$scratch/ko/$1:/ko" --device edu -- sh -c "$script" 2>"$scratch/errors")" = all ] || { cat "$scratch/errors"; return 1; }
}
refuses_without_folder() { clean_make -C "$scratch"/gcc/mortise-kit-* 2>&1 | grep -q 'which modules?'; }
module_packaged() {
	cd "$scratch"/gcc/mortise-kit-*/ && clean_make M="$PWD/samples/ramdisk" package &&
		dpkg-deb -c samples/ramdisk/*.deb | grep -q ' ./lib/modules/kit-1/extra/ramdisk.ko$'
}
# Its contents and its postinst in a guest; modprobe then finds the module by name.
package_works() {
	rm -rf "$scratch/root" "$scratch/control" && mkdir "$scratch/root" &&
		dpkg-deb -x "$scratch"/gcc/mortise-kit-*/samples/ramdisk/*.deb "$scratch/root" &&
		dpkg-deb -e "$scratch"/gcc/mortise-kit-*/samples/ramdisk/*.deb "$scratch/control" || return
	[ "$(scripts/vm --add "$scratch/root/lib/modules/kit-1:/lib/modules/kit-1" --add "$scratch/control:/control" -- sh -c \
		'sh /control/postinst && /sbin/modprobe ramdisk && lsmod | grep -c ^ramdisk' 2>"$scratch/errors")" = 1 ] ||
		{ cat "$scratch/errors"; return 1; }
}

packaged || { echo "not ok 1 make kit-package"; echo "1..1"; exit 1; }
check "tarball and .deb are at most 2 MiB" small
for compiler in gcc clang; do
	check "unpacked in an empty folder, hello is built by $compiler within a minute" unpacked_and_built $compiler
	check "all samples are built by $compiler" all_samples $compiler
	check "nothing of the tree is read ($compiler)" nothing_of_the_tree $compiler
	check "the modules of $compiler load, here in a kernel of $CC" loads $compiler
done
check "without a folder it says what is missing" refuses_without_folder
check "a module becomes a Debian package" module_packaged
check "which installs into kit-1/extra, where modprobe finds it" package_works
finish
