# SPDX-License-Identifier: MIT
# In the guest: tries each module of the folder and says what became of it.
for ko in /kit-abi/*.ko; do
	name=$(basename $ko .ko)
	dmesg -c >/dev/null	# so that a refusal without a reason does not have the last one's
	if said=$(/sbin/insmod $ko 2>&1); then
		/sbin/rmmod subject && echo "$name loaded"
	else
		echo "$name refused: $(dmesg | grep 'subject: ' | tail -n 1 | sed 's/.*subject: //')"
	fi
done
echo end
