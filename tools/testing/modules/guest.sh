# SPDX-License-Identifier: MIT
#
# Runs in the guest: insmod, rmmod, lsmod, modinfo, modprobe and depmod of Debian's kmod on our modules.

# The shell of busybox has insmod and others of its own, and takes those first.
for tool in insmod rmmod lsmod modinfo modprobe depmod; do
	eval "$tool() { /sbin/$tool \"\$@\"; }"
done

number=0
failed=0
release=$(uname -r)
folder=/lib/modules/$release
hello=$(find $folder -name hello.ko)
echo_ko=$(find $folder -name echo.ko)

result() {
	number=$((number + 1))
	if [ "$1" = 0 ]; then
		echo "ok $number $2"
	else
		failed=1
		[ -n "$3" ] && echo "$3" | sed 's/^/# /'
		echo "not ok $number $2"
	fi
}

# check NAME COMMAND...: the command succeeds.
check() {
	local name=$1 said status
	shift
	said=$("$@" 2>&1)
	status=$?
	result $status "$name" "status $status, said: $said"
}

# refused NAME STATUS WORDS COMMAND...: fails with this status and these words among what it says.
refused() {
	local name=$1 want=$2 words=$3 said status
	shift 3
	said=$("$@" 2>&1)
	status=$?
	case $said in
	*"$words"*) [ $status = "$want" ] && result 0 "$name" && return ;;
	esac
	result 1 "$name" "status $status, want $want; said: $said; want the words: $words"
}

is() {
	[ "$1" = "$2" ] || { echo "got: $1"; echo "want: $2"; return 1; }
}

logged() {
	dmesg | tail -n 60 | grep -qF "$1" || { dmesg | tail -n 10; return 1; }
}

field() {
	modinfo -F "$1" "$2" 2>&1
}

loaded() {
	lsmod | grep -q "^$1 "
}

gone() {
	! loaded "$1" && ! [ -e /sys/module/"$1"/initstate ]
}

rmmod echo 2>/dev/null
rmmod hello 2>/dev/null

# ---- loading and unloading ----
check "insmod loads" insmod $hello
check "it is listed" loaded hello
check "its init ran" logged "hello, world"
check "/proc/modules has its line" grep -q '^hello [0-9]* 0 - Live 0x' /proc/modules
check "initstate is live" is "$(cat /sys/module/hello/initstate)" live
check "refcnt is 0" is "$(cat /sys/module/hello/refcnt)" 0
check "coresize is what lsmod shows" is "$(cat /sys/module/hello/coresize)" "$(lsmod | awk '$1 == "hello" { print $2 }')"
refused "a second time is refused" 1 "File exists" insmod $hello
check "rmmod unloads" rmmod hello
check "it is gone" gone hello
check "its exit ran" logged "goodbye, world"
refused "removing what is not there" 1 "is not currently loaded" rmmod hello
refused "loading what is not there" 1 "No such file or directory" insmod /nonexistent.ko

# ---- parameters ----
check "parameters are taken" insmod $hello whom=reader times=3
check "three greetings" is "$(dmesg | grep -c 'hello, reader')" 3
check "parameters are shown" is "$(cat /sys/module/hello/parameters/whom),$(cat /sys/module/hello/parameters/times)" reader,3
check "a writable one can be changed" sh -c 'echo writer > /sys/module/hello/parameters/whom'
check "and was" is "$(cat /sys/module/hello/parameters/whom)" writer
check "modes are those declared" is "$(stat -c %a /sys/module/hello/parameters/whom /sys/module/hello/parameters/times | tr '\n' ' ')" "644 444 "
rmmod hello
check "the changed value was used" logged "goodbye, writer"
refused "a value that init refuses" 1 "Invalid parameters" insmod $hello times=11
check "and the module is gone" gone hello
refused "a value that is no number" 1 "Invalid parameters" insmod $hello times=many
check "an unknown parameter is ignored" insmod $hello nonsense=1
check "with a line in the log" logged "nonsense"
rmmod hello

# ---- modinfo ----
check "modinfo: license" is "$(field license $hello)" MIT
check "modinfo: description" is "$(field description $hello)" "The smallest module"
check "modinfo: version" is "$(field version $hello)" 1.0
check "modinfo: vermagic" is "$(field vermagic $hello | tr -d ' ')" kit1x86_64
check "modinfo: parameters" sh -c "/sbin/modinfo -p $hello | grep -q '^times:how often, 1 to 10 (uint)'"
check "modinfo by name" is "$(field name hello)" hello

# ---- modprobe ----
check "modprobe loads by name" modprobe hello times=2
check "modprobe does nothing a second time" modprobe hello
check "modprobe -r unloads" modprobe -r hello
check "it is gone again" gone hello
refused "modprobe of an unknown name" 1 "not found in directory" modprobe no_such_module
echo "options hello whom=options" > /etc/modprobe.d/test.conf
modprobe hello
check "options of modprobe.d" logged "hello, options"
modprobe -r hello
echo "alias greeting hello" > /etc/modprobe.d/test.conf
check "an alias" modprobe greeting
check "loads the module" loaded hello
rmmod hello
echo "blacklist hello" >> /etc/modprobe.d/test.conf
check "a blacklisted module by alias" modprobe greeting
check "is not loaded" gone hello
check "by its name" modprobe hello
check "it is" loaded hello
rmmod hello
echo "install hello /bin/false" > /etc/modprobe.d/test.conf
refused "an install command that fails" 1 "" modprobe hello
rm /etc/modprobe.d/test.conf
check "depmod indexes" depmod
check "modules.dep names it" grep -q 'hello.ko:' $folder/modules.dep

# ---- bad files ----
cd /tmp
size=$(stat -c %s $hello)
: > bad.ko
refused "an empty file" 1 "Invalid parameters" insmod ./bad.ko
for part in 10 64 200 1000; do
	head -c $part $hello > bad.ko
	refused "a file of $part bytes" 1 "Invalid module format" insmod ./bad.ko
done
head -c $((size - 100)) $hello > bad.ko
refused "a file cut short" 1 "Invalid module format" insmod ./bad.ko
echo "no module" > bad.ko
refused "a text" 1 "Invalid module format" insmod ./bad.ko
cp /bin/busybox bad.ko
refused "a program" 1 "Invalid module format" insmod ./bad.ko
# The 19th byte begins e_machine.
{ head -c 18 $hello; printf '\267'; tail -c +20 $hello; } > bad.ko
refused "another machine's" 1 "Invalid module format" insmod ./bad.ko
sed 's/kit1 x86_64/kit9 x86_64/' $hello > bad.ko
refused "another kit's" 1 "Invalid module format" insmod ./bad.ko
check "with the reason in the log" logged "version magic"
check "nothing was left behind" gone hello

# ---- a device ----
cd /
check "insmod echo" insmod $echo_ko size=64
check "the device appears" test -c /dev/echo
check "in sysfs too" sh -c 'grep -q "^[0-9]*:[0-9]*$" /sys/class/*/echo/dev'
check "bytes come back" is "$(echo bytes > /dev/echo; head -n 1 /dev/echo)" bytes
check "poll, ioctl, blocking" /modules-test/echo-test

# What programs may do with a mapping of it, and with one of a file; the pci suite compares the latter with Linux.
check "mmap: rights, ends, futexes, copies, children" /modules-test/map-test buffer /dev/echo 0 16384
dd if=/dev/zero of=/tmp/file bs=4096 count=4 2>/dev/null
/modules-test/map-test facts /tmp/file 0 >/tmp/facts.file 2>&1
/modules-test/map-test facts /dev/echo 0 >/tmp/facts.device 2>&1
sed 's/^madvise, dodump: EINVAL$/madvise, dodump: 0/' /tmp/facts.device >/tmp/facts.echo
check "a mapping of the device is as one of a file" diff /tmp/facts.file /tmp/facts.echo
check "but that it stays out of core dumps" grep -q '^madvise, dodump: EINVAL' /tmp/facts.device
check "and there is something to compare" [ "$(grep -c ': ' /tmp/facts.echo)" -gt 60 ]
mkfifo /tmp/go
/modules-test/map-test hold /dev/echo 0 </tmp/go >/tmp/said &
exec 5>/tmp/go
until grep -qs mapped /tmp/said || ! kill -0 $!; do sleep 0.1; done
refused "in use it is by a mapping alone" 1 "in use" rmmod echo
echo >&5
wait $!
check "the mapping was good all the time" grep -qx done /tmp/said
exec 5>&-
rm /tmp/go

sh -c 'exec 3< /dev/echo; read wait' < /dev/zero &
exec 4< /dev/echo
refused "in use it stays" 1 "in use" rmmod echo
check "its reference is counted" [ "$(cat /sys/module/echo/refcnt)" -ge 1 ]
exec 4<&-
kill $! 2>/dev/null
wait
check "then it goes" rmmod echo
check "and its device" [ ! -e /dev/echo ]
check "a refused size leaves nothing" sh -c "! /sbin/insmod $echo_ko size=0 && [ ! -e /dev/echo ]"

# ---- again and again, while used ----
reader() {
	while [ ! -e /tmp/stop ]; do
		{ cat /sys/module/echo/refcnt; grep echo /proc/modules; lsmod; } >/dev/null 2>&1
	done
}
rm -f /tmp/stop
for i in 1 2 3; do /modules-test/echo-test /tmp/stop & done
reader &
cycles=0
i=0
while [ $i -lt 20 ]; do
	insmod $echo_ko && {
		tries=0
		until rmmod echo 2>/dev/null || [ $tries -ge 500 ]; do tries=$((tries + 1)); done
		[ $tries -lt 500 ] && cycles=$((cycles + 1))
	}
	i=$((i + 1))
done
: > /tmp/stop
wait
check "20 times in and out while 4 processes use it" is $cycles 20

# ---- a program that is told of a device ----
check "the node is there when a uevent tells of it" /modules-test/node-test $echo_ko echo

# ---- damage ----
check "no complaint in the log" sh -c '! dmesg | grep -E "BUG|WARNING|Oops|left behind"'
check "damaged modules" /modules-test/mutate $hello and-crash
# However long it is, with what the other CPU does; nothing has died before.
check "the report names the module's function" sh -c 'dmesg | grep -qF "[hello]"'
check "the dead module is listed" loaded hello
check "as coming" is "$(cat /sys/module/hello/initstate)" coming
refused "it cannot be unloaded" 1 "in use" rmmod hello
refused "nor loaded again, and nobody waits" 1 "Device or resource busy" timeout 20 /sbin/insmod $hello
check "the reason stands in last_error" sh -c 'tail -n 3 /sys/kernel/kit/last_error | grep -q "died in its init"'
for user in $(lsmod | awk '$1 == "pci" { gsub(",", " ", $4); print $4 }') pci; do rmmod $user 2>/dev/null; done
/modules-test/mutate $(find $folder -name pci.ko) die
check "a module that others import from is dead too" is "$(cat /sys/module/pci/initstate)" coming
refused "nobody waits for what it exports" 1 "Device or resource busy" timeout 20 /sbin/insmod $(find $folder -name nvme.ko)
check "nor is without the reason" sh -c 'tail -n 3 /sys/kernel/kit/last_error | grep -q "imports from, died in its init"'
check "the shell goes on" insmod $echo_ko
check "and modules too" rmmod echo
# A file system and a device that are not there make the kernel ask modprobe, by the path in /proc/sys/kernel/modprobe.
cat >/tmp/asked.sh <<'END'
#!/bin/sh
echo "$@" >>/tmp/asked
exit 1
END
chmod +x /tmp/asked.sh
old=$(cat /proc/sys/kernel/modprobe)
echo /tmp/asked.sh >/proc/sys/kernel/modprobe
mknod /dev/absent c 250 7
mount -t nosuchfs none /mnt 2>/dev/null
cat /dev/absent 2>/dev/null
echo "$old" >/proc/sys/kernel/modprobe
check "an unknown file system is asked for" grep -qx -- "-q -- fs-nosuchfs" /tmp/asked
check "an unknown device is asked for by its number" grep -qx -- "-q -- char-major-250-7" /tmp/asked
check "and by its major number" grep -qx -- "-q -- char-major-250" /tmp/asked


# At most 50 at once: each waits at a FIFO until all are let go. A program that is told "busy" ends without having waited.
mkfifo /tmp/gate
printf '#!/bin/sh\necho x >>/tmp/started\nread word </tmp/gate\nexit 1\n' >/tmp/slow.sh
chmod +x /tmp/slow.sh
: >/tmp/started
echo /tmp/slow.sh >/proc/sys/kernel/modprobe
for i in $(seq 55); do { mount -t nosuchfs$i none /mnt 2>/dev/null; echo x >>/tmp/ended; } & done
tries=0
until [ "$(wc -l </tmp/started)" -ge 50 ] && [ "$(wc -l </tmp/ended 2>/dev/null || echo 0)" -ge 5 ] || [ $tries -ge 600 ]; do
	sleep 0.1
	tries=$((tries + 1))
done
check "50 are asked for at once, the others not" is "$(wc -l </tmp/started) $(wc -l </tmp/ended)" "50 5"
check "with a line in the log" logged "modprobe are running"
exec 9<>/tmp/gate
while [ "$(wc -l </tmp/ended)" -lt 55 ] && [ $tries -lt 1200 ]; do
	echo >&9
	tries=$((tries + 1))
done
wait # with the gate open: who has not come to it yet finds it so
exec 9>&-
check "and all come to an end" is "$(wc -l </tmp/ended)" 55
echo "$old" >/proc/sys/kernel/modprobe

echo "# end"
exit $failed
