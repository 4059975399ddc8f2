#!/bin/bash
# SPDX-License-Identifier: MIT
# when: debug
# alone: yes
# quiet: 1800
#
# With the debug options off every object of the tree is that of a source without hooks for them (tools/testing/sanitizers/identical.py, whole).
# The suite sanitizers looks, in `make test`, at the sources that speak of hooks; here are all. The kernel without options is built here.
set -u
out=${O:-$PWD}
cc=${CC:-gcc}
scratch=${SCRATCH:-$(mktemp -d)}
plain=$out/.test/plain-kernel

mkdir -p "$plain"
if ! { make -s CC="$cc" O="$plain" defconfig && make -s CC="$cc" -j"$(nproc)" O="$plain" vmlinux modules; } >"$scratch/build" 2>&1; then
	tail -n 20 "$scratch/build" | sed 's/^/# /'
	echo "not ok 1 a kernel without options is built"
	echo "1..1"
	exit 1
fi
O=$plain tools/testing/sanitizers/identical.py "$scratch/identical" --whole >"$scratch/tap"
status=$?
cat "$scratch/tap"
echo "1..$(grep -cE '^(not )?ok' "$scratch/tap")"
exit $status
