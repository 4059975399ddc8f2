#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Build the self-tests, run them in guests and print TAP.
#
#   run.sh [--linux] [--smp LIST] [--rounds N] [--only-build] [AREA | AREA:TEST]...
#
# Without --linux: on Mortise, once for each number of CPUs in LIST (default "1 2"), and on the Linux
# reference unless these very tests have passed there before (LINUX=1 runs them again, LINUX=0 leaves
# them out). With --linux: on the reference alone. --rounds N runs everything N times in the same guest.
# O= names the build folder, as for make.
set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../../.." && pwd)
out=${O:-$top}
cache=${MORTISE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/mortise}
work=${SCRATCH:-}	# the runner's, which keeps it when something fails
[ -n "$work" ] || { work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT; }

linux=0 smp="1 2" rounds=1 build_only=0
while [ $# -gt 0 ]; do
	case $1 in
	--linux) linux=1 ;;
	--smp) smp=$2; shift ;;
	--rounds) rounds=$2; shift ;;
	--only-build) build_only=1 ;;
	--) shift; break ;;
	-*) sed -n '5,12s/^# \{0,1\}//p' "$0"; exit 2 ;;
	*) break ;;
	esac
	shift
done

binary=$out/tools/testing/selftests/selftests
# Two suites do not build it at once.
build() {
	mkdir -p "$(dirname "$binary")" && (flock 9 && make -s -f "$here/build.mk" -C "$here" "OUT=$(dirname "$binary")" >&2) 9>"$(dirname "$binary")/.lock"
}

# A kernel that looks for leaks does so when all is done (scripts/vmlib/reports.py): what it finds stands in the log, which is looked at here.
export VM_REPORTS=${VM_REPORTS:-$work/reports}

# Run in one guest. $1 names the run; the rest goes to scripts/vm. Output: TAP lines without numbers.
guest() {
	local name=$1 status planned ran
	shift
	"$top/scripts/vm" --timeout $((900 * rounds)) --log "$work/log" --add "$binary:/usr/bin/selftests" "$@" -- \
		sh -c "selftests $words" 2>"$work/errors" | tee "$work/tap" |
		sed -un "s/^\(not \)\{0,1\}ok [0-9]* - /\1ok - $name /p; /^#/p"
	status=${PIPESTATUS[0]}
	planned=$(sed -n 's/^1\.\.//p' "$work/tap")
	ran=$(grep -c '^\(not \)\{0,1\}ok ' "$work/tap")
	if [ "${planned:-0}" != "$ran" ] || { [ "$status" -gt 1 ]; }; then
		sed 's/^/# /' "$work/errors"
		echo "not ok - $name the guest ended with status $status after $ran of ${planned:-0} tests"
	fi
	if grep -aE '^(\[[^]]*\] ?)?(.{0,12} )?(BUG|UBSAN|WARNING|Oops|oops|panic|kmemleak: (unreferenced|[0-9]+ more)|init: no leak scan)\b' "$work/log" | sed 's/^/# /' | grep .; then
		echo "not ok - $name the kernel complained"
	else
		echo "ok - $name the kernel did not complain"
	fi
}

build || { echo "1..1"; echo "not ok 1 - selftests: build"; exit 1; }
[ $build_only = 1 ] && exit 0
areas=${*:-$("$binary" --list | tr '\n' ' ')}
words=$(for _ in $(seq "$rounds"); do echo -n "$areas "; done)

{
	if [ $linux = 0 ]; then
		for n in $smp; do
			guest "mortise smp $n:" --smp "$n"
		done
	fi
	key=$(cat "$binary" - <<<"$areas" | sha256sum | cut -c1-32)
	passed=$cache/selftests-$key.passed
	if [ $linux = 1 ] || [ "${LINUX:-}" = 1 ] || { [ "${LINUX:-}" != 0 ] && [ ! -e "$passed" ]; }; then
		guest "linux:" --linux | tee "$work/linux"
		grep -q '^not ok' "$work/linux" || { mkdir -p "$cache"; grep -c '^ok' "$work/linux" >"$passed"; }
	elif [ -e "$passed" ]; then
		echo "ok - linux: $(cat "$passed") tests passed there earlier, unchanged since"
	fi
} | awk '
	/^(not )?ok - / { n++; bad += /^not/; sub(/ok - /, "ok " n " - ") }
	{ print; fflush() }
	END { print "1.." n; exit bad > 0 }'
