# SPDX-License-Identifier: MIT
#
# TAP for suites in shell. Source it, call check for each test and finish at the end:
#
#     . tools/testing/lib/tap.sh
#     check "true is true" true
#     finish

tap_count=0
tap_failed=0

# check NAME COMMAND...: one test, passed when the command succeeds. Its output is shown if it fails.
check() {
	tap_name=$1
	shift
	tap_count=$((tap_count + 1))
	if tap_output=$("$@" 2>&1); then
		echo "ok $tap_count $tap_name"
	else
		tap_failed=$((tap_failed + 1))
		echo "not ok $tap_count $tap_name"
		echo "$tap_output" | tail -n 40 | sed 's/^/# /'
	fi
}

# fails COMMAND...: succeeds when the command fails.
fails() {
	! "$@"
}

# cpu_ms COMMAND...: runs it and prints how many milliseconds of processor time it took, with its children: what else the machine does, or
# that it does not get on, is no part of that. Bash alone.
cpu_ms() {
	local TIMEFORMAT='%3U %3S' times
	times=$({ time "$@" >/dev/null 2>&1; } 2>&1) || return
	times=${times//./}
	echo $((10#${times% *} + 10#${times#* }))
}

# skip NAME REASON
skip() {
	tap_count=$((tap_count + 1))
	echo "ok $tap_count $1 # SKIP $2"
}

# number_on LABEL FILE: the results of another run of tests, a guest's, numbered on; its other lines as they are.
number_on() {
	local line
	while IFS= read -r line; do
		case $line in
		"ok "* | "not ok "*)
			tap_count=$((tap_count + 1))
			case $line in not*) tap_failed=$((tap_failed + 1)) ;; esac
			echo "${line%%ok *}ok $tap_count $1: $(echo "$line" | sed 's/^[a-z ]*ok [0-9]* //')"
			;;
		*) echo "$line" ;;
		esac
	done <"$2"
}

finish() {
	echo "1..$tap_count"
	[ "$tap_failed" = 0 ]
	exit
}
