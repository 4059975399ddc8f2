# SPDX-License-Identifier: MIT
#
# In the guest: commits the crimes named on the command line, one after the other, and prints for each a line
# "crime NAME" with what the log said meanwhile behind it: the log is emptied before each, so that the reports of many
# do not push the first out. Crimes that hang are told to stop as soon as their report stands in the log; a limit
# counts looks, not time, so that a slow host changes nothing.
insmod /crimes.ko || exit 1

# hang NAME PATTERN PLACE: commits it in the background and waits until PATTERN is said and, behind it, PLACE: who
# reports may sleep between the two, and a crime that has ended has no place any more.
hang() {
	{ echo "$1" >/dev/crimes || echo "failed: $1"; } &
	looks=0
	while [ $looks -lt "${LOOKS:-100}" ] && ! dmesg | sed -n "/$2/,\$p" | grep -q -- "$3"; do
		sleep 0.3
		looks=$((looks + 1))
	done
	echo stop >/dev/crimes
	[ -z "$busy" ] || kill $busy
	busy=
	wait
}

for crime; do
	dmesg -c >/dev/null
	case $crime in
	soft-lockup) hang "$crime" 'soft lockup' '\[crimes\]' ;;
	hard-lockup) hang "$crime" 'hard lockup' '\[crimes\]' ;;
	hung-task) hang "$crime" 'blocked for more' 'hung_task+' ;;
	rcu-stall) hang soft-lockup 'rcu: INFO: stall' soft_lockup ;;
	# The ticks of the other CPU report: it must have some. Whose timer is on the held CPU waits until the crime has ended.
	rcu-asleep | rcu-under-spin)
		for cpu in 1 2; do
			rm -f /tmp/busy
			taskset $cpu sh -c ': >/tmp/busy; while :; do :; done' &
			busy="$busy $!"
			until [ -e /tmp/busy ]; do sleep 0.1; done
		done
		hang "$crime" 'rcu: INFO: stall' spin_until_stop
		;;
	# On one CPU: what it frees comes again out of that CPU's own lists, and its timers run before its sleep ends.
	*) (taskset 1 sh -c "echo $crime >/dev/crimes") 2>/dev/null || echo "failed: $crime" ;;
	esac
	echo "crime $crime"
	dmesg
done
echo "crime end"
# The system goes on: processes, memory, modules.
(exit 7)
[ $? = 7 ] && echo "alive"
