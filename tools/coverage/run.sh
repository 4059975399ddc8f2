#!/bin/bash
# SPDX-License-Identifier: MIT
#
# make coverage: which lines are run by the tests, as a HTML page.
#
#     tools/coverage/run.sh        $O/coverage/index.html; the last lines are the numbers
#
# Four runs are added up: the self-tests and the tests inside the kernel in a kernel that counts its lines, with the modules built into it;
# the host tests of lib/, and those of drivers on the fake kit. KERNEL=no leaves the guests out, AREAS="files signals" takes some of the
# self-tests. The numbers are kept in $O/coverage/numbers, for the summary of `make test`; --save keeps them in the tree, for who has not run it.
set -eu
. tools/testing/lib/configure.sh
save=${1:-}
here=tools/coverage
out=$(cd "${O:-.}" && pwd)
export O=$out
work=$out/.test/coverage
kernel=$work/kernel
page=$out/coverage
selftests=$out/tools/testing/selftests/selftests

say() {
	echo "coverage: $*" >&2
}

# guest NAME ARGUMENTS: its counters to $work/NAME.counters, when it has powered itself off.
guest() {
	local name=$1
	shift
	rm -f "$work/$name.counters"
	scripts/vm --kernel "$kernel/vmlinux" --save-memory "$($here/counters.py range "$kernel/vmlinux"):$work/$name.counters" --timeout 1800 \
		--log "$work/$name.log" "$@" </dev/null >"$work/$name.out" 2>&1 || say "$name: scripts/vm ended with $?, see $work/$name.out"
	[ -s "$work/$name.counters" ] || { say "$name: no counters"; exit 1; }
}

# gcovr NAME FOLDER FILTER...: what gcov makes of the folder's data, into $work/NAME.json.
count() {
	local name=$1 folder=$2
	shift 2
	gcovr --root . --gcov-executable gcov --gcov-ignore-parse-errors --json "$work/$name.json" "$@" "$folder"
}

mkdir -p "$work" "$page"
set --
if [ "${KERNEL:-}" != no ]; then
	say "building a kernel that counts"
	CC=gcc configure "$kernel" coverage.config builtin || exit
	make -s CC=gcc O="$kernel" vmlinux
	tools/testing/selftests/run.sh --only-build
	say "self-tests"
	truncate -s 64M "$work/disk"
	guest selftests --shutdown --disk "nvme:$work/disk" --add "$selftests:/usr/bin/selftests" -- sh -c "selftests ${AREAS:-\$(selftests --list)}"
	say "tests inside the kernel"
	guest ktest --append ktest
	$here/counters.py write "$kernel/vmlinux" "$kernel" "$work/selftests.counters" "$work/ktest.counters"
	others=()
	for folder in "$kernel"/.third-party/*; do
		others+=(--exclude "$(readlink -f "$folder")/.*")
	done
	count kernel "$kernel" --exclude '.*_test\.c' --exclude 'kernel/ktest/.*' "${others[@]}"
	set -- --add-tracefile "$work/kernel.json"
fi
say "host tests"
COVERAGE=$work/host CC=gcc tools/testing/host/run.sh >"$work/host.out"
count host "$work/host" --filter 'lib/.*' --filter 'include/lib/.*' --filter drivers/acpi/aml_sleep.c --filter arch/x86_64/boot/memory_map.c \
	--filter modules/pci/decode.c
set -- "$@" --add-tracefile "$work/host.json"
say "drivers on the fake kit"
rm -rf "$work/fakekit"
COVERAGE=$work/fakekit FAKE_SEED=0 CC=gcc tools/testing/fakekit/run.sh >"$work/fakekit.out" 2>&1 || say "fakekit ended with $?, see $work/fakekit.out"
count fakekit "$work/fakekit" --filter 'modules/.*' --exclude '.*_test\.c'
set -- "$@" --add-tracefile "$work/fakekit.json"

gcovr --root . "$@" --html-details "$page/index.html" --html-title "Mortise: lines that tests run" --json-summary "$page/summary.json" --txt "$page/summary.txt"
/usr/bin/python3 - "$page/summary.json" "$(git describe --always --abbrev=10 --exclude='*' 2>/dev/null)" >"$page/numbers" <<'END'
import collections
import datetime
import json
import sys

total = collections.Counter()
run = collections.Counter()
for file in json.load(open(sys.argv[1]))["files"]:
    folder = file["filename"].split("/")[0]
    total[folder] += file["line_total"]
    run[folder] += file["line_covered"]
print(f"{datetime.date.today()} {sys.argv[2]}: {100 * run.total() / total.total():.1f} % of {total.total()} lines run by the tests")
for folder in sorted(total):
    print(f"{folder + '/':12} {100 * run[folder] / max(total[folder], 1):5.1f} % of {total[folder]} lines")
END
sed 's/^/coverage: /' "$page/numbers"
[ "$save" != --save ] || cp "$page/numbers" Documentation/coverage.txt
say "$page/index.html"
