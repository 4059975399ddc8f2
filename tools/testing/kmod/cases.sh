# SPDX-License-Identifier: MIT
#
# Runs in the guest, on Mortise and on Linux alike: each case prints its name and what the tools of Debian's kmod say and return.
# compare.py compares the two.
#
#	t NAME [WORDS]	begins a case; WORDS must be in what it prints, on both
#	r COMMAND...	runs it, with its messages and exit status

# The shell of busybox has some of these itself, and takes those first.
for tool in insmod rmmod lsmod modinfo modprobe depmod; do
	eval "$tool() { /sbin/$tool \"\$@\"; }"
done
t() { echo "== $1"; [ $# = 1 ] || echo "? $2"; }
r() { "$@" 2>&1; echo "-> $?"; }
loaded() { lsmod | awk '/^km_/ { print $1, $3, $4 }' | sort; }
clean() { for m in km_top km_base km_plain km_soft km_params km_fail km_open; do rmmod $m 2>/dev/null; done; rm -f /etc/modprobe.d/*; }
conf() { printf '%s\n' "$@" >/etc/modprobe.d/test.conf; }
value() { cat /sys/module/km_params/parameters/"$1" 2>&1; }

release=$(uname -r)
echo "release $release"
folder=/lib/modules/$release
ko=/kmod/modules
rm -rf $folder/kernel $folder/extra $folder/modules.*
mkdir -p $folder/extra /tmp/bad
cp $ko/km_*.ko $folder/extra/
cp /kmod/index/modules.* $folder/
read -r builtin </kmod/index/builtin
depmod
cd /tmp

# ---- insmod: files ----
t "insmod" "km_plain 0"
r insmod $ko/km_plain.ko
r loaded
t "insmod of what is loaded" "File exists"
r insmod $ko/km_plain.ko
t "rmmod" "-> 0"
r rmmod km_plain
r loaded
t "rmmod of what is not loaded" "not currently loaded"
r rmmod km_plain
t "rmmod of several, one of them not loaded"
insmod $ko/km_plain.ko; insmod $ko/km_base.ko
r rmmod km_plain km_absent km_base
r loaded
t "rmmod by the file's name" "-> 0"
insmod $ko/km_plain.ko
r rmmod $ko/km_plain.ko
t "rmmod -v" "-> 0"
insmod $ko/km_plain.ko
r rmmod -v km_plain
t "rmmod -f"
insmod $ko/km_plain.ko
r rmmod -f km_plain
t "rmmod of a part of the kernel" "builtin"
r rmmod $builtin
t "insmod without a file" "-> 1"
r insmod
t "insmod: no such file" "No such file"
r insmod /none.ko
t "insmod of a folder" "-> 1"
r insmod /kmod
t "insmod of an empty file" "-> 1"
r insmod /kmod/bad/empty.ko
for file in text short10 short64 short200 half cut program machine type; do
	t "insmod of a bad file: $file" "Invalid module format"
	r insmod /kmod/bad/$file.ko
done
t "insmod of a 32-bit file"
r insmod /kmod/bad/class.ko
rmmod km_plain 2>/dev/null
t "insmod of another version magic" "Invalid module format"
r insmod /kmod/bad/vermagic.ko
t "insmod of another symbol version" "-> 1"
insmod $ko/km_base.ko
r insmod /kmod/bad/crc.ko
clean
t "insmod without what it imports from" "Unknown symbol in module"
r insmod $ko/km_top.ko
r loaded
t "insmod as a user" "Operation not permitted"
r su user -c "/sbin/insmod $ko/km_plain.ko"
t "rmmod as a user" "Operation not permitted"
insmod $ko/km_plain.ko
r su user -c "/sbin/rmmod km_plain"
t "modprobe as a user" "Operation not permitted"
r su user -c "/sbin/modprobe km_base"
clean
for errno in 1 2 3 5 12 13 16 17 19 22 28 38 95 110; do
	t "init returns errno $errno" "-> 1"
	r insmod $ko/km_fail.ko errno=$errno
	r modprobe km_fail errno=$errno
	r loaded
done

# ---- parameters ----
p() { # NAME ARGUMENTS...: insmod with them, and what became of all
	t "parameters: $1"
	shift
	r insmod $ko/km_params.ko "$@"
	[ ! -e /sys/module/km_params ] || for name in number count flag wide uwide text chars list names pair; do echo "$name=$(value $name)"; done
	rmmod km_params 2>/dev/null
}
p "none"
p "an int" number=-12
p "in hexadecimal" number=0x7f count=0x10
p "in octal" number=010
p "a sign" number=+3
p "an int that is none" number=many
p "an int with a tail" number=12x
p "an int that is empty" number=
p "an int without a value" number
p "the largest int" number=2147483647
p "an int too large" number=2147483648
p "the smallest int" number=-2147483648
p "an int too small" number=-2147483649
p "an unsigned int below zero" count=-1
p "the largest unsigned int" count=4294967295
p "an unsigned int too large" count=4294967296
p "a bool" flag=1
p "a bool by its name" flag
p "a bool: y" flag=y
p "a bool: on" flag=on
p "a bool: off" flag=off
p "a bool: N" flag=N
p "a bool that is none" flag=2
p "a bool that is empty" flag=
p "a long" wide=-9223372036854775808
p "a long too small" wide=-9223372036854775809
p "an unsigned long" uwide=18446744073709551615
p "an unsigned long too large" uwide=18446744073709551616
p "a text" text=other
p "a text that is empty" text=
p "a text without a value" text
p "a text in quotes" text='"two words"'
p "a text with an equals sign" text=a=b
p "quotes around it all" '"text=two words"'
p "a text of 1023 characters" text=$(printf %01023d 0)
p "a text of 1024 characters" text=$(printf %01024d 0)
p "chars" chars=seven77
p "chars too long" chars=eight888
p "an array" list=5,6,7
p "an array of one" list=9
p "an array that is full" list=1,2,3,4
p "an array too long" list=1,2,3,4,5
p "an array that is empty" list=
p "an array with a hole" list=1,,3
p "an array with a word" list=1,two
p "an array of texts" names=a,bc,def
p "an array of texts, shorter than it was" names=a
p "an array of texts with a hole" names=a,,c
p "an array of texts that is empty" names=
p "an array of texts without a value" names
p "an array of texts too long" names=a,b,c,d
p "an array of texts in quotes" names='"a b,c d"'
p "an array of texts, twice" names=a,b,c names=d,e
p "an array of texts without a count" pair=one,two
p "an array of texts without a count, half" pair=one
p "an unknown name" nonsense=1
p "an unknown name and a good one" nonsense=1 number=4
p "twice the same" number=1 number=2
p "dashes are underscores" nr-list=3 number=8
p "what init refuses" hidden=101
p "behind two dashes" number=1 -- number=9
p "spaces" "number=3   count=4"

t "parameters in sysfs: names and modes" "number"
insmod $ko/km_params.ko
r stat -c '%a %n' /sys/module/km_params/parameters/*
t "parameters in sysfs: writing" "-> 0"
for pair in number=17 number=x number= wide=-1 flag=Y flag=z flag= text=new text= chars=abc chars=muchtoolong list=4,3,2,1 list=1,2,3,4,5 list=7,x list=x; do
	r sh -c "echo ${pair#*=} >/sys/module/km_params/parameters/${pair%%=*}"
	echo "$pair: $(value ${pair%%=*})"
done
t "parameters in sysfs: a text of two lines"
r sh -c "printf 'two\nlines\n' >/sys/module/km_params/parameters/text"
value text
t "parameters in sysfs: without an end of line"
r sh -c "printf 23 >/sys/module/km_params/parameters/number"
value number
r sh -c "printf ' 24 ' >/sys/module/km_params/parameters/number"
value number
t "parameters in sysfs: an array of texts" "-> 0"
for pair in names=a,b,c names=new,bc names= names=1,2,3,4 names=z pair=x,y pair=z; do
	r sh -c "printf '%s' '${pair#*=}' >/sys/module/km_params/parameters/${pair%%=*}"
	echo "$pair: $(value ${pair%%=*})"
done
t "parameters in sysfs: an empty array" "-> 0"
r sh -c "echo x >/sys/module/km_params/parameters/list"
r sh -c "cat /sys/module/km_params/parameters/list | wc -c"
r sh -c "cat /sys/module/km_params/parameters/names | wc -c"
t "parameters in sysfs: one that is for reading" "-> 1"
r su user -c "echo 1 >/sys/module/km_params/parameters/number"
r sh -c "echo 1 >/sys/module/km_params/parameters/count"
value count
clean

# ---- use ----
t "in use: an open device" "is in use"
insmod $ko/km_open.ko
exec 5</dev/km_open
r loaded
r rmmod km_open
r modprobe -r km_open
cat /sys/module/km_open/refcnt
exec 5<&-
cat /sys/module/km_open/refcnt
r rmmod km_open
t "in use by another module" "is in use by: km_top"
insmod $ko/km_base.ko
insmod $ko/km_top.ko
r loaded
r rmmod km_base
r modprobe -r km_base
ls /sys/module/km_base/holders
readlink /sys/module/km_base/holders/km_top
cat /sys/module/km_base/refcnt /sys/module/km_top/refcnt
r rmmod km_top
ls /sys/module/km_base/holders
r rmmod km_base
t "rmmod of both in one call" "-> 0"
modprobe km_top
r rmmod km_top km_base
t "no way out" "-> 1"
insmod $ko/km_noexit.ko
r rmmod km_noexit
r modprobe -r km_noexit
r loaded

# ---- modprobe ----
t "modprobe" "-> 0"
r modprobe km_plain
r modprobe km_plain
r loaded
t "modprobe --first-time" "already"
r modprobe --first-time km_plain
r modprobe -r km_plain
r modprobe -r km_plain
r modprobe -r --first-time km_plain
t "modprobe of an unknown name" "not found in directory"
r modprobe km_absent
r modprobe -r km_absent
t "modprobe -q of an unknown name" "-> 1"
r modprobe -q km_absent
t "modprobe with a dependency, -v" "extra/km_base.ko"
r modprobe -v km_top
r loaded
t "modprobe -r with a dependency, -v" "rmmod km_top"
r modprobe -r -v km_top
r loaded
t "modprobe -r of a dependency that is used"
modprobe km_top
r modprobe -r km_base
t "modprobe -r --remove-holders"
r modprobe -r -v --remove-holders km_base
r loaded
t "modprobe -r keeps a dependency that another uses"
modprobe km_top; modprobe km_open
r modprobe -r -v km_top km_open
r loaded
t "modprobe -a" "-> 0"
r modprobe -a km_plain km_base km_absent
r loaded
r modprobe -r -a km_plain km_base
t "modprobe with arguments" "-> 0"
r modprobe -v km_params number=3 text='"a b"'
value number; value text
clean
t "modprobe -n -v" "extra/km_top.ko"
r modprobe -n -v km_top
r loaded
t "modprobe --show-depends" "extra/km_top.ko"
r modprobe --show-depends km_top
r modprobe --show-depends km_absent
t "modprobe --show-depends of a part of the kernel" "builtin"
r modprobe --show-depends $builtin
t "modprobe of a part of the kernel" "-> 0"
r modprobe $builtin
r modprobe -r $builtin
r modprobe --first-time $builtin
t "modprobe by an alias of the module" "km_plain"
r modprobe km-alias-one
r loaded
r modprobe -r km-wild-anything
r loaded
t "modprobe -R" "km_plain"
r modprobe -R km-alias-one
r modprobe -R km-wild-x
r modprobe -R km_top
r modprobe -R km_absent
t "modprobe takes dashes for underscores" "-> 0"
r modprobe km-plain
r loaded
clean
t "modprobe by a path"
r modprobe ./km_plain.ko
r modprobe $ko/km_plain.ko
r loaded
clean
t "a soft dependency" "km_base"
r modprobe -v km_soft
r loaded
r modprobe -r -v km_soft
r loaded
clean
t "modprobe.d: options" "-> 0"
conf "options km_params number=31 flag=1" "options km_params text=conf"
r modprobe -v km_params count=2
value number; value flag; value text; value count
clean
t "modprobe.d: a bad option" "Invalid argument"
conf "options km_params number=x"
r modprobe km_params
clean
t "modprobe.d: alias" "-> 0"
conf "alias km-given km_top" "alias net-pf-77 km_plain"
r modprobe -v km-given
r modprobe net-pf-77
r loaded
clean
t "modprobe.d: blacklist" "-> 0"
conf "blacklist km_plain"
r modprobe km-alias-one
r modprobe -b km_plain
r loaded
r modprobe km_plain
r loaded
clean
t "modprobe.d: softdep" "-> 0"
conf "softdep km_open pre: km_plain"
r modprobe -v km_open
r loaded
clean
t "modprobe.d: install" "-> 0"
conf "install km_plain /bin/busybox echo installing; /sbin/modprobe -i km_base"
r modprobe km_plain
r modprobe -n -v km_plain
r loaded
r modprobe -i km_plain
r loaded
clean
t "modprobe.d: an install line that fails" "-> 1"
conf "install km_plain /bin/busybox false"
r modprobe km_plain
clean
t "modprobe.d: remove" "-> 0"
conf "remove km_plain /bin/busybox echo removing; /sbin/rmmod km_plain"
modprobe km_plain
r modprobe -r km_plain
r loaded
clean
t "modprobe.d: a line that is wrong"
conf "nonsense km_plain" "options"
r modprobe km_plain
clean
t "modprobe -C" "-> 0"
echo "options km_params number=99" >/tmp/other.conf
r modprobe -C /tmp/other.conf km_params
value number
clean
t "modprobe -c" "alias km_alias_one km_plain"
conf "options km_params number=1" "blacklist km_open"
r sh -c "/sbin/modprobe -c | grep km"
clean
t "command line: modprobe.blacklist=" "-> 0"
r modprobe -b km_listed
r loaded
t "command line: module_blacklist=" "Operation not permitted"
r modprobe km_blocked
r insmod $ko/km_blocked.ko
t "command line: module.parameter=" "77"
r insmod $ko/km_params.ko
value number
rmmod km_params
r insmod $ko/km_params.ko number=78
value number
rmmod km_params
r modprobe km_params
value number
value text
clean
t "modprobe --dump-modversions" "km_base_value"
r sh -c "/sbin/modprobe --dump-modversions $ko/km_top.ko | grep km_base"
t "modprobe --show-exports" "km_base_value"
r sh -c "/sbin/modprobe --show-exports $ko/km_base.ko | grep km_base"
t "modprobe --force-vermagic"
cp /kmod/bad/vermagic.ko $folder/extra/km_plain.ko
r modprobe km_plain
r modprobe --force-vermagic km_plain
r loaded
cp $ko/km_plain.ko $folder/extra/
clean
t "modprobe --force-modversion"
r modprobe --force-modversion km_top
r loaded
clean

# ---- modinfo ----
for field in author description license version alias depends softdep name intree firmware nothing; do
	t "modinfo -F $field"
	r modinfo -F $field $ko/km_plain.ko
	r modinfo -F $field $ko/km_top.ko
	r modinfo -F $field $ko/km_soft.ko
done
t "modinfo -F vermagic" "-> 0"
r modinfo -F vermagic $ko/km_plain.ko
t "modinfo -F parm, -F parmtype" "text:a text"
r sh -c "/sbin/modinfo -F parm $ko/km_params.ko | sort"
r sh -c "/sbin/modinfo -F parmtype $ko/km_params.ko | sort"
t "modinfo -p" "count:an unsigned int (uint)"
r sh -c "/sbin/modinfo -p $ko/km_params.ko | sort"
t "modinfo -a, -d, -l, -n" "Dual MIT/GPL"
for option in -a -d -l -n; do r modinfo $option km_plain; done
t "modinfo -0" "-> 0"
r sh -c "/sbin/modinfo -0 -F author $ko/km_plain.ko | tr '\\000' '|'"
t "modinfo by name" "A plain module"
r sh -c "/sbin/modinfo km_plain | sed 's/:.*//' | sort -u"
r modinfo -F description km_plain
t "modinfo by alias" "A plain module"
r modinfo -F description km-alias-one
t "modinfo of what is not there" "not found"
r modinfo km_absent
r modinfo /none.ko
t "modinfo of a bad file" "-> 1"
r modinfo /kmod/bad/empty.ko
r modinfo /kmod/bad/text.ko
t "modinfo of a part of the kernel" "-> 0"
r modinfo -F name $builtin
r modinfo -F filename $builtin
r modinfo -F license $builtin
t "modinfo -b -k" "A plain module"
r modinfo -b / -k $release -F description km_plain

# ---- depmod ----
t "depmod" "-> 0"
rm -f $folder/modules.*.bin $folder/modules.dep
r depmod
r cat $folder/modules.dep $folder/modules.softdep
r sh -c "grep km $folder/modules.alias; grep km $folder/modules.symbols"
t "depmod: the indexes" "modules.dep.bin"
r sh -c "cd $folder; md5sum modules.dep.bin modules.alias.bin modules.symbols.bin modules.softdep"
r sh -c "cd $folder; ls modules.*"
t "depmod -n" "extra/km_top.ko: extra/km_base.ko"
r sh -c "/sbin/depmod -n | grep km"
t "depmod -A" "-> 0"
r depmod -A
touch -t 203001010000 $folder/extra/km_plain.ko
r depmod -A
t "depmod of some files" "km_top.ko: "
r sh -c "/sbin/depmod -n $release $folder/extra/km_base.ko $folder/extra/km_top.ko | grep '\.ko:'"
t "depmod of another release" "-> 1"
r depmod 9.9.9
t "depmod -e" "km_base_value"
mkdir -p /tmp/root/lib/modules/1.2.3/extra
cp $ko/km_top.ko /tmp/root/lib/modules/1.2.3/extra/
: >/tmp/symbols
r sh -c "/sbin/depmod -e -F /tmp/symbols -n -b /tmp/root 1.2.3 2>&1 >/dev/null | grep km_base"
t "depmod -w, a name twice"
mkdir -p $folder/updates
cp $ko/km_plain.ko $folder/updates/
r sh -c "/sbin/depmod -w -n | grep km_plain.ko:"
rm -rf $folder/updates
depmod
t "modprobe -S -d" "-> 0"
cp $ko/km_plain.ko /tmp/root/lib/modules/1.2.3/extra/
depmod -b /tmp/root 1.2.3
r modprobe -d /tmp/root -S 1.2.3 -v km_plain
r loaded
clean

# ---- what the tools read ----
t "lsmod" "Module                  Size  Used by"
modprobe km_top; modprobe km_plain
r sh -c "/sbin/lsmod | grep -E '^(Module|km_(top|base|plain))'"
t "/proc/modules" "Live"
r grep -E "^km_(top|base|plain) " /proc/modules
t "/sys/module: a module's files" "initstate"
r sh -c "cd /sys/module; find km_base km_top km_plain -not -path '*/sections/*' -not -path '*/notes/*' | sort"
r sh -c "cd /sys/module; find km_base km_top km_plain -type f -not -path '*/sections/*' -not -path '*/notes/*' -exec stat -c '%a %n' {} + | sort -k 2"
t "/sys/module: contents" "live"
r sh -c "cd /sys/module/km_plain; cat initstate refcnt taint version initsize"
r sh -c "cd /sys/module/km_plain; [ \$(cat coresize) -ge 4096 ] && [ \$((\$(cat coresize) % 4096)) = 0 ] && lsmod | grep -q \"^km_plain *\$(cat coresize) \""
t "/sys/module: uevent" "-> "
r sh -c "stat -c %a /sys/module/km_plain/uevent; cat /sys/module/km_plain/uevent"
t "/sys/module: sections and notes" ".data"
modprobe km_params
r sh -c "cd /sys/module/km_params; ls -a sections | grep -xE '.init.text|.data|.bss|.note.gnu.build-id'"
r sh -c "cd /sys/module/km_params; stat -c '%a %n' sections sections/.data notes notes/.note.gnu.build-id"
r sh -c "cat /sys/module/km_params/sections/.data | tr 1-9a-f 0 "
r su user -c "cat /sys/module/km_params/sections/.data"
r sh -c "cd /sys/module/km_plain; head -c 16 notes/.note.gnu.build-id | hexdump -C"
t "/sys/module: a part of the kernel"
r sh -c "ls -d /sys/module/$builtin; ls /sys/module/$builtin/initstate"
clean

# ---- the kernel asks ----
t "/proc/sys/kernel/modprobe" "/sbin/modprobe"
r cat /proc/sys/kernel/modprobe
r stat -c %a /proc/sys/kernel/modprobe
r su user -c "echo x >/proc/sys/kernel/modprobe"
printf '#!/bin/sh\necho "$@" >>/tmp/asked\nexit 1\n' >/tmp/asked.sh
chmod +x /tmp/asked.sh
t "an unknown file system is asked for" "fs-nosuchfs"
echo /tmp/asked.sh >/proc/sys/kernel/modprobe
rm -f /tmp/asked
r sh -c "mount -t nosuchfs none /mnt 2>&1 | sed 's/.*: //'"
r cat /tmp/asked
t "an unknown device is asked for" "char-major-240-7"
rm -f /tmp/asked
mknod /dev/absent c 240 7
r sh -c "cat /dev/absent"
r cat /tmp/asked
t "/proc/sys/kernel/modules_disabled" "-> 0"
r cat /proc/sys/kernel/modules_disabled
r stat -c %a /proc/sys/kernel/modules_disabled
echo "" >/proc/sys/kernel/modprobe
t "no modprobe, no asking" "-> "
rm -f /tmp/asked
r sh -c "mount -t nosuchfs none /mnt 2>&1 | sed 's/.*: //'"
r cat /tmp/asked
echo /sbin/modprobe >/proc/sys/kernel/modprobe
t "autoload by alias, with a dependency" "km_top"
conf "alias fs-kmtest km_top"
r sh -c "mount -t kmtest none /mnt 2>&1 | sed 's/.*: //'"
r loaded
clean

t "uevents of a module" "add /module/km_plain"
uevent sh -c 'case $DEVPATH in /module/*) echo "$ACTION $DEVPATH $SUBSYSTEM" >>/tmp/events ;; esac' &
listener=$!
# Until it listens, and has told all: each event that is looked for below, a removal behind the addition.
until sed -n '/^add .*km_plain/,$p' /tmp/events 2>/dev/null | grep -q '^remove .*km_plain' && grep -q change /tmp/events; do
	echo change >/sys/module/km_noexit/uevent
	modprobe km_plain
	modprobe -r km_plain
done
kill $listener
r sh -c "grep km_plain /tmp/events | sort -u"
r sh -c "grep -c 'change /module/km_noexit module' /tmp/events | sed 's/[1-9][0-9]*/some/'"
t "system calls" "init_module of nothing: ENOEXEC"
r /kmod/calls $ko/km_plain.ko
r loaded
clean
t "taint" "-> 0"
r sh -c "echo \$((\$(cat /proc/sys/kernel/tainted) & 0x1000))"
t "modules_disabled is for good" "Operation not permitted"
modprobe km_plain
echo 1 >/proc/sys/kernel/modules_disabled
r insmod $ko/km_base.ko
r rmmod km_plain
r sh -c "echo 0 >/proc/sys/kernel/modules_disabled"
r cat /proc/sys/kernel/modules_disabled
echo "== end"
