#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Fuzzes the parsers of lib/ and the module loader with libFuzzer under the address and undefined-behaviour sanitizers.
# Starts from valid files (seeds.py) and from inputs that once crashed (crashes/TARGET/), always in the same way. Then it
# measures which lines the found inputs reach: 95 % is the least; of zstd and the loader only where RUNS asks for a long round.
#
#     RUNS=N       how many inputs for each target (default: a short round)
#     CORPUS=DIR   keeps what was found and starts from it
#     tools/testing/fuzz/run.sh [TARGET...]
set -u
here=tools/testing/fuzz
scratch=${SCRATCH:-$(mktemp -d)}
corpus=${CORPUS:-$scratch/corpus}
zlib=${O:-.}/.third-party/zlib
zstd=${O:-.}/.third-party/libzstd/lib
least=95
number=0
failed=0

# Each target, and the sources of which it must reach the lines.
declare -A covers=(
	[elf_exec]="lib/elf.c"
	[elf_module]="lib/elf_module.c"
	[cpio]="lib/cpio.c"
	[gzip]="lib/gzip.c"
	[unzstd]="lib/unzstd.c"
	[loader]="kernel/module/check.c kernel/module/import.c kernel/module/params.c kernel/module/signature.c kernel/module/place.c"
	[cmdline]="lib/cmdline.c lib/numbers.c lib/glob.c lib/utf8.c"
	[printf]="lib/printf.c"
)
# The length of a short round, where an input takes long.
declare -A short=([unzstd]=4000 [loader]=12000)
targets=${*:-elf_exec elf_module cpio gzip unzstd cmdline printf loader}
# What these reach is measured in long rounds only: it would take as long as the round.
[ -n "${RUNS:-}" ] || unset 'covers[loader]' 'covers[unzstd]'
[ -d "$zlib" ] || targets=${targets/gzip/}
[ -d "$zstd" ] && command -v zstd >/dev/null || targets=${targets/unzstd/}

include=$(clang -print-file-name=include)
flags="-std=gnu11 -ffreestanding -nostdinc -isystem $include -Iinclude -I$here -include tools/testing/host/host.h
	-fno-strict-aliasing -fwrapv -fno-delete-null-pointer-checks -fno-builtin -fno-pie -g -O1 -Wall -Werror
	-DCONFIG_GZIP -I$zlib -DZ_SOLO -DZ_PREFIX -DNO_GZIP -DHAVE_MEMCPY"
fuzz_flags="-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all"
zstd_flags="-DCONFIG_ZSTD -I$zstd -I$zstd/common -DZSTD_NO_INTRINSICS -DZSTD_DISABLE_ASM=1 -DDYNAMIC_BMI2=0 -DZSTD_LEGACY_SUPPORT=0
	-DZSTD_STRIP_ERROR_STRINGS -DZSTD_TRACE=0 -DHUF_FORCE_DECOMPRESS_X1 -DZSTD_FORCE_DECOMPRESS_SEQUENCES_SHORT -DXXH_NO_XXH3 -D_LIBC_LIMITS_H_"
zstd_parts="common/debug common/entropy_common common/error_private common/fse_decompress common/xxhash common/zstd_common
	decompress/huf_decompress decompress/zstd_ddict decompress/zstd_decompress decompress/zstd_decompress_block"
# The loader's own files, in a configuration of their own; numbers may lie at any address in modules, as on the machine.
loader_parts="load check import place params signature refusal symbols exports types call_wrap sysfs"
loader_flags="-Iarch/x86_64/include -D__KERNEL__ -include include/kernel/kconfig.h -DCONFIG_MODULES=1 -DCONFIG_MODULE_CALLS=1 -DCONFIG_DEBUG_SLAB=1
	-DCONFIG_NR_CPUS=8 -DCONFIG_MODULE_SIG_KEY=\\\"\\\" -Wno-unused-parameter"
cover_flags="-fprofile-instr-generate -fcoverage-mapping"

result() {	# result 0|1 NAME
	number=$((number + 1))
	if [ "$1" = 0 ]; then
		echo "ok $number - $2"
	else
		echo "not ok $number - $2"
		failed=1
	fi
}

# build KIND FLAGS: all objects of lib/ and of the targets, into $scratch/KIND.
build() {
	local kind=$1 extra=$2 source
	mkdir -p "$scratch/$kind/kernel"
	{
		for source in lib/{memory,string,bitmap,numbers,cmdline,printf,errname,hash,crc32,utf8,glob,elf,elf_module,cpio,sort}.c \
			$(ls $here/*_fuzz.c | grep -v '/\(loader\|unzstd\)_fuzz'); do
			echo clang $flags $extra -c -o "$scratch/$kind/$(basename "$source" .c).o" "$source"
		done
		if [ -d "$zlib" ]; then
			echo clang $flags $extra -c -o "$scratch/$kind/gzip.o" lib/gzip.c
			for source in inflate inftrees inffast adler32; do
				echo clang $flags $extra -include lib/string.h -w -c -o "$scratch/$kind/zlib-$source.o" "$zlib/$source.c"
			done
		fi
		if [[ " $targets " = *" unzstd "* && ($kind = fuzz || -n ${covers[unzstd]:-}) ]]; then
			for source in lib/unzstd.c $here/unzstd_fuzz.c; do
				echo clang $flags $zstd_flags $extra -c -o "$scratch/$kind/$(basename "$source" .c).o" "$source"
			done
			# Whose lines are reached is nobody's question: the measuring program has the fuzzer's.
			for source in $([ "$kind" = cover ] || echo $zstd_parts); do
				echo clang $flags $zstd_flags $extra -include lib/zstd_deps.h -w -c -o "$scratch/$kind/libzstd-$(basename "$source").o" "$zstd/$source.c"
			done
		fi
		if [[ " $targets " = *" loader "* && ($kind = fuzz || -n ${covers[loader]:-}) ]]; then
			for source in $(printf 'kernel/module/%s.c ' $loader_parts) $here/loader_{fuzz,kernel}.c; do
				object=$scratch/$kind/kernel/$(basename "$source" .c).o
				echo clang $flags $loader_flags $extra -fno-sanitize=alignment -c -o "$object" "$source" "&&" \
					objcopy --rename-section .rodata.ktab_boot_param=boot_params "$object"
			done
		fi
		echo clang -g -O1 -c -o "$scratch/$kind/host.o" $here/host.c
		echo clang -g -O1 -c -o "$scratch/$kind/replay.o" $here/replay.c
	} | xargs -P "$(nproc)" -d '\n' -n 1 sh -c
}

link() {	# link KIND TARGET FLAGS
	local objects
	objects=$(ls "$scratch/$1"/*.o | grep -v '_fuzz\.o$\|/replay\.o$')
	case $2 in
	loader) objects="$objects $(ls "$scratch/$1/kernel"/*.o) -Wl,--defsym=__kit_exports_start=__start_kit_exports,--defsym=__kit_exports_end=__stop_kit_exports" ;;
	unzstd) objects="$scratch/$1/$2_fuzz.o $(echo "$objects" | grep -v '/libzstd-') $(ls "$scratch"/fuzz/libzstd-*.o) -fsanitize=address,undefined" ;;
	*) objects="$scratch/$1/$2_fuzz.o $objects" ;;
	esac
	clang -no-pie -o "$scratch/$1/$2" $objects ${@:3}
}

# Prints what is worth knowing of libFuzzer's output; its exit status is the fuzzer's.
fuzz() {
	local target=$1 crashes=
	mkdir -p "$corpus/$target" "$scratch/found"
	[ ! -d "$here/crashes/$target" ] || crashes=$here/crashes/$target
	"$scratch/fuzz/$target" -seed=1 -runs="${RUNS:-${short[$target]:-40000}}" -max_len=16384 -timeout=20 -rss_limit_mb=2048 -print_final_stats=1 \
		-artifact_prefix="$scratch/found/$target-" -verbosity=${VERBOSITY:-0} \
		"$corpus/$target" "$scratch/seeds/$target" $crashes >"$scratch/$target.log" 2>&1
}

build fuzz "$fuzz_flags" && build cover "$cover_flags"
result $? "the targets are built"
/usr/bin/python3 $here/seeds.py "$scratch/seeds"
result $? "valid files to start from"
[ $failed = 0 ] || { echo "1..$number"; exit 1; }

total=0
for target in $targets; do
	link fuzz "$target" -fsanitize=fuzzer,address,undefined && fuzz "$target"
	status=$?
	if [ $status = 0 ]; then
		executed=$(sed -n 's/^stat::number_of_executed_units: *//p' "$scratch/$target.log")
		total=$((total + executed))
		echo "# $target: $executed inputs, $(ls "$corpus/$target" | wc -l) kept"
	else
		tail -n 60 "$scratch/$target.log" | sed 's/^/# /'
		echo "# the input: $(ls "$scratch/found/$target-"* 2>/dev/null)"
	fi
	result $status "$target finds nothing"
done
echo "# $total inputs in all"

all_lines=0 all_missed=0
for target in $targets; do
	[ -n "${covers[$target]:-}" ] || continue
	link cover "$target" "$scratch/cover/replay.o" -fprofile-instr-generate || { result 1 "$target: coverage"; continue; }
	LLVM_PROFILE_FILE=$scratch/$target.profraw "$scratch/cover/$target" "$corpus/$target"/* "$scratch/seeds/$target"/* &&
		llvm-profdata merge -o "$scratch/$target.profdata" "$scratch/$target.profraw"
	for source in ${covers[$target]}; do
		# The summary's last line: regions, functions and lines, each as total, missed, percent.
		read -r lines missed percent < <(llvm-cov report "$scratch/cover/$target" -instr-profile="$scratch/$target.profdata" "$source" \
			2>/dev/null | awk '/^TOTAL/ { print $8, $9, $10 }')
		all_lines=$((all_lines + lines)) all_missed=$((all_missed + missed))
		[ "${percent%%.*}" -ge $least ] 2>/dev/null
		result $? "$source: ${percent:-unknown} of the lines reached"
	done
done
[ $all_lines = 0 ] || echo "# coverage: $(awk "BEGIN { printf \"%.1f\", 100 - 100 * $all_missed / $all_lines }") % of the $all_lines lines of the parsers"
echo "1..$number"
exit $failed
