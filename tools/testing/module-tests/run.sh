#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Tests of modules, which are modules themselves (kit/test.h): those beside the code in modules/ (NAME_test.c; its comment "links: FILE.c..." names
# what it tests), the sample's by `make M=... check` as its author would run them, and one that fails in every way (failures_test.c).
. tools/testing/lib/tap.sh
here=tools/testing/module-tests
scratch=${SCRATCH:-$(mktemp -d)}

# A folder of its own for a test: nothing of it is in the tree, nor shipped.
prepare() { # SOURCE NAME
	mkdir -p "$scratch/$2"
	cp "$(dirname "$1")"/*.[ch] "$scratch/$2"
	parts=$(sed -n 's/.*links: *\([^*]*\)\*\/.*/\1/p' "$1" | tr ' ' '\n' | sed -n 's/\.c$/.o/p' | tr '\n' ' ')
	printf 'obj-m += %s_test.o\n%s_test-y := %s %s\n' "$2" "$2" "$(basename "$1" .c).o" "$parts" >"$scratch/$2/Makefile"
}

all=
for source in modules/*/*_test.c $here/failures_test.c; do
	name=$(basename "$(dirname "$source")" | tr - _)
	[ "$source" = $here/failures_test.c ] && name=broken
	prepare "$source" "$name"
	check "$source is built outside the tree" make -s ${O:+O=$O} M="$scratch/$name" CC="${CC:-gcc}"
	[ $name = broken ] || all="$all $scratch/$name/${name}_test.ko"
done

in_guest() { # FILE KO...
	out=$1
	shift
	scripts/kit/test-module "$@" >"$out" 2>"$out.errors"
	status=$?
	sed 's/^/# /' "$out"
	return $status
}
check "the modules' tests pass" in_guest "$scratch/out" $all
check "and there are some" grep -q 'ok 1 pci-decode # 4 passed, 0 failed' "$scratch/out"
check "of nvme, too" grep -q 'ok 1 nvme-queue # 4 passed, 0 failed' "$scratch/out"

mkdir -p "$scratch/tested"
cp samples/tested/* "$scratch/tested"
check "the sample is built and tested: make check" sh -c "make -s ${O:+O=$O} M=$scratch/tested check >$scratch/sample; status=\$?; cat $scratch/sample; exit \$status"
check "its results" grep -qx 'ok 1 ring # 3 passed, 0 failed' "$scratch/sample"

check "a suite with failures is a failure" fails in_guest "$scratch/broken.out" "$scratch/broken/broken_test.ko"
# What it shall say, without times and numbers of lines.
sed -E 's/ # [0-9]+ ms$//; s/:[0-9]+:/:N:/; s/# [^ ]*\//# /' "$scratch/broken.out" >"$scratch/said"
check "it says what failed, and where" diff "$here/broken.expected" "$scratch/said"
finish
