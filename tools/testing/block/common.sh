# SPDX-License-Identifier: MIT
# What the scripts in the guest share.

number=0
failed=0
here=/block-test

result() {
	number=$((number + 1))
	if [ "$1" = 0 ]; then
		echo "ok $number $2"
	else
		failed=1
		echo "$3" | sed 's/^/# /'
		dmesg | tail -n 8 | sed 's/^/# /'
		echo "not ok $number $2"
	fi
}

check() {
	local name=$1 said status
	shift
	said=$("$@" 2>&1)
	status=$?
	result $status "$name" "status $status, said: $said"
}

is() { [ "$1" = "$2" ] || { echo "got: $1; want: $2"; return 1; }; }
at_least() { [ "$1" -ge "$2" ] || { echo "got: $1; want at least: $2"; return 1; }; }
logged() { dmesg | grep -qF "$1"; }
load() { $here/blocktest load "$@"; }
