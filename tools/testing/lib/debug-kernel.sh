# SPDX-License-Identifier: MIT
#
# A kernel with all checks of debug.config, with its modules, built beside the one under test, for suites that need its counts. It is kept, so that the next suite or
# run builds what has changed; two suites do not build it at once.
#
#	. tools/testing/lib/debug-kernel.sh
#	build_debug_kernel "$debug_kernel" && scripts/vm --kernel "$debug_kernel/vmlinux" ...

debug_kernel=${O:-$PWD}/.test/debug-kernel

build_debug_kernel() {
	mkdir -p "$1" && (
		flock 9 && make -s O="$1" defconfig && make -s O="$1" debug.config && make -s -j"$(nproc)" O="$1"
	) 9>"$1/.lock"
}
