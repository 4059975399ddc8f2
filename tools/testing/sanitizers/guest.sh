# SPDX-License-Identifier: MIT
# In the guest: guest.sh CRIME...: commits each, behind a line in the log that says which. Its output is what insmod says, for reports.py.
for crime in "$@"; do
	module=crimes
	[ "$crime" = division ] && module=fatal
	echo "CRIME $crime" >/dev/kmsg
	insmod "/sanitizers/$module.ko" "crime=$crime" && rmmod "$module"
	echo "$crime: $?"
done
echo "CRIME none" >/dev/kmsg
