#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The tests inside the kernel, on one CPU and on several: boots with the argument ktest and prints the KTAP that the
# kernel writes to its console.
#
#     tools/testing/ktest/run.sh [PATTERN]     only the suites and cases that fit, as ktest=PATTERN
set -u
pattern=${1:+=$1}
scratch=${SCRATCH:-$(mktemp -d)}
number=0
failed=0

# The lines of the log between the KTAP header and the end, without times; what is no KTAP becomes a comment.
ktap_of() {
	tr -d '\r' <"$1" | sed -E 's/^(<[0-9]+>)?\[ *[0-9]+\.[0-9]+\]( [CT][0-9]+:)? ?//' |
		sed -n '/^KTAP version/,$p' |
		sed -E '/^ *(ok|not ok|1\.\.[0-9]|KTAP|#|Bail out)/!s/^/# /; s/^/    /'
}

for cpus in 1 2 4; do
	number=$((number + 1))
	log=$scratch/log-$cpus
	# How far it is: the runner takes silence for a hang.
	scripts/vm --smp $cpus --append "ktest$pattern" --timeout 600 --log "$log" </dev/null 2>&1 | tee "$scratch/said" |
		awk 'NR % 100 == 0 { print "# " NR " lines of the log"; fflush() }'
	status=${PIPESTATUS[0]}
	ktap_of "$log" >"$scratch/ktap"
	cat "$scratch/ktap"
	if [ $status = 0 ] && grep -q '^    1\.\.' "$scratch/ktap" && ! grep -q '^    *not ok' "$scratch/ktap"; then
		echo "ok $number tests inside the kernel, $cpus CPUs"
	else
		echo "not ok $number tests inside the kernel, $cpus CPUs: scripts/vm ended with $status"
		[ -s "$scratch/ktap" ] || tail -n 40 "$scratch/said" | sed 's/^/# /'
		failed=1
	fi
done
echo "1..$number"
exit $failed
