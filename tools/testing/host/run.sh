#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Unit tests of lib/, on the host under the address and undefined-behaviour sanitizers. The sources are
# the kernel's own, compiled as freestanding C; the tests are written as tests inside the kernel are
# (kernel/ktest.h). host.c runs them.
#
# Arguments are shell patterns of "suite.case" to run; without any, all, and then it says how many of the lines of lib/ were run. COVERAGE=folder
# keeps the counters there for `make coverage`.
set -eu
CC=${CC:-gcc}
here=tools/testing/host
scratch=${SCRATCH:-$(mktemp -d)}
include=$($CC -print-file-name=include)

kernel_flags="-std=gnu11 -ffreestanding -nostdinc -isystem $include -Iinclude -Iarch/x86_64/include -Itools/testing/host
	-include $here/host.h -fno-strict-aliasing -fwrapv -fno-delete-null-pointer-checks -fno-builtin
	-Wall -Wextra -Wno-unused-parameter -Wno-sign-compare -Wmissing-prototypes -Werror"
sanitize="-O1 -g -fno-pie -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer --coverage"

# Counters beside the objects; gcc's and clang's are alike.
gcov=gcov
case $($CC --version) in *clang*) gcov="llvm-cov gcov" ;; esac
if [ -n "${COVERAGE:-}" ]; then
	scratch=$COVERAGE
	mkdir -p "$scratch"
fi

zlib=${O:-.}/.third-party/zlib
zlib_flags="-I$zlib -DZ_SOLO -DZ_PREFIX -DNO_GZIP -DHAVE_MEMCPY"

# Bytes of a file as a C array.
c_array() {
	echo "static const u8 $1[] = {"
	od -An -v -tu1 "$2" | sed 's/[0-9]\+/&,/g'
	echo "};"
}

# Pure code that stands elsewhere, with the tests beside it.
pure="drivers/acpi/aml_sleep arch/x86_64/boot/memory_map kernel/trace/filter"
# Of modules, which see the kit alone: their tests stand here.
from_modules="modules/pci/decode.c"
sources="$(ls lib/*.c $here/*_test.c) $from_modules $(for p in $pure; do echo $p.c ${p}_test.c; done)"
if [ -d "$zlib" ]; then
	kernel_flags="$kernel_flags -DCONFIG_GZIP $zlib_flags -I$scratch"
	cat lib/*.c include/lib/*.h >"$scratch/plain"
	gzip -9n <"$scratch/plain" >"$scratch/packed"
	{ c_array plain "$scratch/plain"; c_array packed "$scratch/packed"; } >"$scratch/gzip_fixture.h"
else
	sources=$(echo "$sources" | grep -v '^lib/gzip\.c$')
fi

zstd=${O:-.}/.third-party/libzstd/lib
zstd_flags="-I$zstd -I$zstd/common -DZSTD_NO_INTRINSICS -DZSTD_DISABLE_ASM=1 -DDYNAMIC_BMI2=0
	-DZSTD_LEGACY_SUPPORT=0 -DZSTD_STRIP_ERROR_STRINGS -DZSTD_TRACE=0 -DHUF_FORCE_DECOMPRESS_X1
	-DZSTD_FORCE_DECOMPRESS_SEQUENCES_SHORT -DXXH_NO_XXH3 -D_LIBC_LIMITS_H_"
zstd_parts="common/debug common/entropy_common common/error_private common/fse_decompress
	common/xxhash common/zstd_common decompress/huf_decompress decompress/zstd_ddict
	decompress/zstd_decompress decompress/zstd_decompress_block"
if [ -d "$zstd" ] && command -v zstd >/dev/null; then
	kernel_flags="$kernel_flags -DCONFIG_ZSTD $zstd_flags -I$scratch"
	cat lib/*.c include/lib/*.h >"$scratch/zstd-plain"
	zstd -q -f -19 --check "$scratch/zstd-plain" -o "$scratch/zstd-packed"
	{ c_array zstd_plain "$scratch/zstd-plain"; c_array zstd_packed "$scratch/zstd-packed"; } \
		>"$scratch/zstd_fixture.h"
else
	sources=$(echo "$sources" | grep -v '^lib/unzstd\.c$')
	zstd_parts=
fi

# One command a line, run side by side. The section of test cases gets a name whose ends the linker knows.
{
	for source in $sources; do
		object=$scratch/$(basename "$source" .c).o
		echo $CC $kernel_flags $sanitize -c -o "$object" "$source" "&&" \
			objcopy --rename-section .rodata.ktab_ktest.5=ktest_cases "$object"
	done
	[ ! -d "$zlib" ] || for part in inflate inftrees inffast adler32; do
		echo $CC $kernel_flags $sanitize -include lib/string.h -w -c -o "$scratch/zlib-$part.o" "$zlib/$part.c"
	done
	for part in $zstd_parts; do
		echo $CC $kernel_flags $sanitize -include lib/zstd_deps.h -w -c \
			-o "$scratch/libzstd-$(basename "$part").o" "$zstd/$part.c"
	done
	echo $CC -Wall -Wextra -Werror -g -c -o "$scratch/host.o" $here/host.c
} | xargs -P "$(nproc)" -d '\n' -n 1 sh -c || { echo "1..1"; echo "not ok 1 build"; exit 1; }
$CC $sanitize -no-pie -o "$scratch/tests" "$scratch"/*.o
status=0
ASAN_OPTIONS=detect_leaks=1 "$scratch/tests" "$@" || status=$?
[ $# -gt 0 ] || $gcov -n "$scratch"/*.gcda 2>/dev/null | awk '
	/^File / { wanted = $0 ~ /^File .lib\/[^\/]*\.c.$/ }
	/^Lines executed:/ && wanted { split($0, part, /[:% ]+/); of = part[5]; lines += of; run += of * part[3] / 100; wanted = 0 }
	END { if (lines) printf "# coverage: %.1f %% of the %d lines of lib/\n", 100 * run / lines, lines }'
exit $status
