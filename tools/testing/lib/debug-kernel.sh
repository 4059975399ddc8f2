# SPDX-License-Identifier: MIT
#
# A kernel with all checks of debug.config, with its modules, for suites that need its counts. It is built beside the one under test and kept, so that the next suite or
# run builds what has changed; two suites do not build it at once. If the one under test has all these checks, it is the one.
#
#	. tools/testing/lib/debug-kernel.sh
#	build_debug_kernel "$debug_kernel" && scripts/vm --kernel "$debug_kernel/vmlinux" ...

debug_kernel=${O:-$PWD}/.test/debug-kernel
! grep -vxFf "${O:-$PWD}/.config" kernel/configs/debug.config | grep -q '^CONFIG_' && debug_kernel=${O:-$PWD}

# The modules under test load into it: those of a kernel with KASAN call its checks, so it has them too then.
build_debug_kernel() {
	[ "$1" != "${O:-$PWD}" ] || return 0
	mkdir -p "$1" && (
		flock 9 && make -s O="$1" defconfig && make -s O="$1" debug.config &&
			{ ! grep -qx CONFIG_KASAN=y "${O:-$PWD}/.config" || make -s O="$1" sanitize.config; } && make -s -j"$(nproc)" O="$1"
	) 9>"$1/.lock"
}
