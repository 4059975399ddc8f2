# SPDX-License-Identifier: MIT
# check NAME COMMAND...: one test.
check() {
	name=$1
	shift
	n=$((n + 1))
	if "$@" >/tmp/output 2>&1; then
		echo "ok $n $name"
	else
		echo "not ok $n $name"
		sed 's/^/# /' /tmp/output
	fi
}
