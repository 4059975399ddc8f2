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
# comes CONDITION...: waits until it holds. The limit is for what never comes.
comes() {
	local looks=0
	until "$@"; do
		[ $looks -lt 300 ] || return 1
		sleep 0.1
		looks=$((looks + 1))
	done
}
logged() { dmesg | grep -qF "$1"; }
load() { $here/blocktest load "$@"; }
# under_load DEVICE PROCESSES: until they fail, in the background. Returns when each has done a transfer; failed_under_load NAME says what became of them.
under_load() {
	rm -f /tmp/moves
	mkfifo /tmp/moves
	$here/blocktest until "$@" >/tmp/until 2>&1 3>/tmp/moves &
	loaders=$!
	cat /tmp/moves
}
failed_under_load() {
	wait $loaders
	result $? "$1" "$(cat /tmp/until)"
}
