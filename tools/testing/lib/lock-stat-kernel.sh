# SPDX-License-Identifier: MIT
#
# A kernel as defconfig has it but for lock statistics, built beside the one under test and kept.
#
#	. tools/testing/lib/lock-stat-kernel.sh
#	build_lock_stat_kernel && scripts/vm --kernel "$lock_stat_kernel/vmlinux" ...

lock_stat_kernel=${O:-$PWD}/.test/lock-stat-kernel

build_lock_stat_kernel() {
	mkdir -p "$lock_stat_kernel" && (
		flock 9 && make -s O="$lock_stat_kernel" defconfig && echo CONFIG_LOCK_STAT=y >"$lock_stat_kernel/lock_stat.config" &&
			make -s O="$lock_stat_kernel" "$lock_stat_kernel/lock_stat.config" && make -s -j"$(nproc)" O="$lock_stat_kernel"
	) 9>"$lock_stat_kernel/.lock"
}
