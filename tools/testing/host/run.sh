#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Unit tests of lib/, on the host under the address and undefined-behaviour sanitizers. The sources are
# the kernel's own, compiled as freestanding C; the tests are written as tests inside the kernel are
# (kernel/ktest.h). host.c runs them.
#
# Arguments are shell patterns of "suite.case" to run; without any, all.
set -eu
CC=${CC:-gcc}
here=tools/testing/host
scratch=${SCRATCH:-$(mktemp -d)}
include=$($CC -print-file-name=include)

kernel_flags="-std=gnu11 -ffreestanding -nostdinc -isystem $include -Iinclude -Itools/testing/host
	-include $here/host.h -fno-strict-aliasing -fwrapv -fno-delete-null-pointer-checks -fno-builtin
	-Wall -Wextra -Wno-unused-parameter -Wno-sign-compare -Wmissing-prototypes -Werror"
sanitize="-O1 -g -fno-pie -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer"

# Sources of lib/ that need nothing but lib/, as they stand.
sources="$(ls lib/*.c) $(ls $here/*_test.c)"
for source in $sources; do
	# The section of test cases gets a name whose ends the linker knows.
	echo "$CC $kernel_flags $sanitize -c -o $scratch/$(basename "$source" .c).o $source &&
		objcopy --rename-section .rodata.ktab_ktest.5=ktest_cases $scratch/$(basename "$source" .c).o"
done | tr '\n\t' '  ' | sed 's/ktest_cases [^ ]*\.o/&\n/g' |
	xargs -P "$(nproc)" -d '\n' -n 1 sh -c || { echo "1..1"; echo "not ok 1 build"; exit 1; }
$CC -Wall -Wextra -Werror -g -c -o "$scratch/host.o" $here/host.c
$CC $sanitize -no-pie -o "$scratch/tests" "$scratch"/*.o
ASAN_OPTIONS=detect_leaks=1 exec "$scratch/tests" "$@"
