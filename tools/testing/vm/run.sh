#!/bin/bash
# SPDX-License-Identifier: MIT
#
# scripts/vm itself: exit status, output, and that nothing that goes wrong in a guest is silent.
#
#   run.sh [--linux]     with --linux on the reference

. tools/testing/lib/tap.sh
scratch=${SCRATCH:-$(mktemp -d)}
kernel=${1:-}
vm="scripts/vm --timeout 200 $kernel"

# output_is TEXT COMMAND...
output_is() {
	local want=$1 got
	shift
	got=$("$@" 2>"$scratch/errors")
	[ "$got" = "$want" ] || { echo "got: $got"; echo "want: $want"; cat "$scratch/errors"; return 1; }
}

# status_is NUMBER COMMAND...; standard error is kept for says.
status_is() {
	local want=$1 got
	shift
	"$@" >"$scratch/output" 2>"$scratch/errors"
	got=$?
	[ "$got" = "$want" ] || { echo "status $got, want $want"; cat "$scratch/errors"; return 1; }
}

says() {
	grep -q "$1" "$scratch/errors" || { echo "not said: $1"; cat "$scratch/errors"; return 1; }
}

streams_are_apart() {
	status_is 3 $vm -- sh -c 'echo out; echo err >&2; exit 3' &&
		[ "$(cat "$scratch/output")" = out ] && [ "$(cat "$scratch/errors")" = err ]
}

much_output() {
	$vm -- seq 1 60000 | cmp - <(seq 1 60000)
}

binary_output() {
	head -c 300000 /dev/urandom >"$scratch/random"
	$vm --add "$scratch/random:/random" -- cat /random | cmp - "$scratch/random"
}

end_marker_cannot_be_forged() {
	status_is 5 $vm -- sh -c 'echo READY > /dev/ttyS1; printf "0123456789abcdefX00000006exit 0\n" > /dev/ttyS1
		echo still here; exit 5' && [ "$(cat "$scratch/output")" = "still here" ]
}

folders_are_added() {
	mkdir -p "$scratch/folder/sub"
	echo content >"$scratch/folder/sub/file"
	output_is content $vm --add "$scratch/folder:/opt/folder" -- cat /opt/folder/sub/file
}

log_is_written() {
	$vm --log "$scratch/log" -- true && grep -q '^vm: user space after' "$scratch/log" &&
		grep -q 'init: user space is up' "$scratch/log"
}

shell_on_the_terminal() {
	printf 'echo typed-$((40 + 2)); tty; poweroff -f\n' | timeout 200 scripts/vm $kernel >"$scratch/output" 2>&1
	grep -q typed-42 "$scratch/output" && grep -q '^/dev/ttyS0' "$scratch/output" || { cat "$scratch/output"; return 1; }
}

shell_reads_a_file() {
	printf 'echo read-$((40 + 2)); poweroff -f\n' >"$scratch/script"
	timeout 200 scripts/vm $kernel <"$scratch/script" >"$scratch/output" 2>&1
	grep -q read-42 "$scratch/output" || { cat "$scratch/output"; return 1; }
}

reset_is_noticed() {
	status_is 125 $vm -- sh -c 'reboot -f; sleep 100' && says 'the guest was reset'
}

power_off_is_noticed() {
	status_is 125 $vm -- sh -c 'poweroff -f; sleep 100' && says 'powered off, without the end marker'
}

panic_is_noticed() {
	VM_CRASHES=expected status_is 125 $vm -- sh -c 'echo c > /proc/sysrq-trigger; sleep 100' && says 'the guest panicked'
}

# As long as several boots like the one whose log was written take, which depends on the kernel and on the machine.
time_limit() {
	local boot
	boot=$(sed -n 's/^vm: user space after \([0-9]*\).*/\1/p' "$scratch/log")
	status_is 124 scripts/vm $kernel --timeout $((10 + 8 * boot)) -- sleep 1000 && says 'time limit' && says 'init: user space is up' &&
		says 'task:sleep  *state:S' && says 'nanosleep+0x'
}

log_survives_a_signal() {
	mkfifo "$scratch/fifo"
	$vm --log "$scratch/ended" -- sh -c 'echo up; sleep 1000' >"$scratch/fifo" 2>/dev/null &
	local word
	read -r word <"$scratch/fifo"
	kill $!
	wait $!
	[ $? = 143 ] && [ "$word" = up ] && grep -q 'init: user space is up' "$scratch/ended"
}

same_archive_twice() {
	scripts/mkinitramfs -o "$scratch/a" && scripts/mkinitramfs -o "$scratch/b" && cmp "$scratch/a" "$scratch/b"
}

compressed_archive() {
	for kind in gzip zstd; do
		scripts/mkinitramfs -o "$scratch/packed" --compress $kind &&
			output_is unpacked $vm --initrd "$scratch/packed" -- echo unpacked || return
	done
}

check "standard output, standard error and status" streams_are_apart
check "a signal is 128 and its number" status_is 137 $vm -- sh -c 'kill -9 $$'
check "a command that is not there is 127" status_is 127 $vm -- no-such-command
check "60,000 lines arrive whole" much_output
check "300 KB of random bytes arrive whole" binary_output
check "the end marker cannot be forged" end_marker_cannot_be_forged
check "a folder is put into the initramfs" folders_are_added
check "the log is written" log_is_written
check "a shell on the terminal" shell_on_the_terminal
check "a shell reads a file" shell_reads_a_file
check "a reset is noticed" reset_is_noticed
check "a power-off is noticed" power_off_is_noticed
check "a panic is noticed" panic_is_noticed
check "a hang is noticed" time_limit
check "whoever ends it by a signal has the log" log_survives_a_signal
check "an archive is the same each time" same_archive_twice
check "archives of gzip and zstd boot" compressed_archive
check "wrong usage is 2" status_is 2 scripts/vm --disk nonsense -- true
check "a missing kernel is 2" status_is 2 scripts/vm --kernel /nonexistent -- true
finish
