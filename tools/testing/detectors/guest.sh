# SPDX-License-Identifier: MIT
#
# In the guest: commits the crimes named on the command line, one after the other, and prints for each a line
# "crime NAME" with what the log said meanwhile behind it. Crimes that hang are told to stop as soon as WANT, a
# pattern, stands in the log; a limit counts looks, not time, so that a slow host changes nothing.
insmod /crimes.ko || exit 1

# The log from line $1 on.
since() {
	dmesg | tail -n +"$1"
}

# hang NAME PATTERN: commits it in the background and waits until PATTERN is said.
hang() {
	echo "$1" >/dev/crimes &
	looks=0
	while [ $looks -lt "${LOOKS:-100}" ] && ! since "$from" | grep -q "$2"; do
		sleep 0.3
		looks=$((looks + 1))
	done
	echo stop >/dev/crimes
	wait
}

for crime; do
	from=$(($(dmesg | wc -l) + 1))
	case $crime in
	soft-lockup) hang "$crime" 'soft lockup' ;;
	hard-lockup) hang "$crime" 'hard lockup' ;;
	hung-task) hang "$crime" 'blocked for more' ;;
	rcu-stall) hang soft-lockup 'rcu: INFO: stall' ;;
	*) (echo "$crime" >/dev/crimes) 2>/dev/null ;;
	esac
	echo "crime $crime"
	since "$from"
done
echo "crime end"
# The system goes on: processes, memory, modules.
(exit 7)
[ $? = 7 ] && echo "alive"
