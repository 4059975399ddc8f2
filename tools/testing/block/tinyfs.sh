# SPDX-License-Identifier: MIT
#
# Runs in the guest: the filesystem class by samples/tinyfs on an NVMe disk. run.sh checks the image afterwards.
. /block-test/common.sh
t=/mnt/t
mkdir -p $t /lib/modules/$(uname -r)/extra
cp $here/tinyfs.ko /lib/modules/$(uname -r)/extra/ && /sbin/depmod
modprobe nvme
comes test -b /dev/nvme0n1
again() { umount $t && mount -t tinyfs /dev/nvme0n1 $t; }
mode_of() { stat -c "%a %U %h %s" "$1"; }
sum() { (cd "$1" && find . -type f | sort | xargs md5sum | md5sum); }

check "mount loads the module by its alias" mount -t tinyfs /dev/nvme0n1 $t
check "it is there" grep -q "tinyfs" /proc/filesystems
check "nobody else takes the device" sh -c "! $here/tools/mke2fs -q -t ext2 /dev/nvme0n1 >/tmp/said 2>&1 && grep -q 'is mounted\|in use' /tmp/said"
check "nobody unloads it" sh -c "! rmmod tinyfs"
check "an empty root" is "$(ls -A $t)" ""
touch $t/x && rm $t/x		# the root gets its first block
free=$(stat -f -c "%f %d" $t)
echo hello >$t/a && mkdir -p $t/d/e/f && ln $t/a $t/d/hard && ln -s ../a $t/d/soft && mknod $t/d/null c 1 3 && chmod 640 $t/a
check "a file" is "$(cat $t/a)" hello
check "attributes" is "$(mode_of $t/a)" "640 root 2 6"
check "links of a folder" is "$(stat -c %h $t/d)" 3
check "a symbolic link" is "$(readlink $t/d/soft) $(cat $t/d/soft)" "../a hello"
check "a device node" sh -c "echo x >$t/d/null"
check "rmdir of a full folder" sh -c "! rmdir $t/d 2>/dev/null"
check "all of it after a new mount" sh -c "umount $t && mount -t tinyfs /dev/nvme0n1 $t && test \"\$(cat $t/d/hard)\" = hello -a -d $t/d/e/f -a -L $t/d/soft"
mv $t/d/e/f $t/moved && mv $t/a $t/d/hard2 && echo other >$t/o && mv $t/o $t/d/hard2
check "renames, over a file too" is "$(cat $t/d/hard2) $(cat $t/d/hard) $(stat -c %h $t/d/hard)" "other hello 1"
check "a name too long" sh -c "! touch $t/$(printf %0200d 1) 2>/dev/null"
i=0
while [ $i -lt 300 ]; do echo $i >$t/d/file-$i; i=$((i + 1)); done
check "a folder of several blocks" is "$(ls $t/d | grep -c file-) $(cat $t/d/file-299)" "300 299"
rm $t/d/file-*
cp -r /lib/modules $t/ && mkdir $t/bin && cp /bin/busybox $t/bin/
before=$(sum $t)
again
check "a copied tree is the same after a new mount" is "$(sum $t)" "$before"
check "a program runs from it" $t/bin/busybox true
dd if=/dev/zero of=$t/load bs=1M count=8 2>/dev/null
check "4 processes on one file, cached and direct" load $t/load 4 100
truncate -s 100 $t/load && truncate -s 8192 $t/load
check "a hole reads as zeroes" is "$(dd if=$t/load bs=1 skip=100 count=8092 2>/dev/null | tr -d '\0' | wc -c)" 0
echo x | dd of=$t/sparse bs=1 seek=10000000 2>/dev/null
check "a sparse file takes one block" is "$(stat -c %b $t/sparse)" 8
exec 7<$t/sparse
rm $t/sparse
check "unlinked, it lives while it is open" is "$(dd bs=1000000 skip=10 <&7 2>/dev/null)" x
exec 7<&-
check "no room is ENOSPC" sh -c "! dd if=/dev/zero of=$t/big bs=1M 2>/tmp/err; grep -q 'No space' /tmp/err"
check "and what was written is there" at_least "$(stat -c %s $t/big)" 1000000
rm $t/big
check "read-only" sh -c "mount -o remount,ro $t && ! touch $t/x 2>/dev/null && mount -o remount,rw $t && touch $t/x && rm $t/x"
# A file of tinyfs has at most 355 pieces, and each page of copies made at once may be one: larger files may be EFBIG.
cp -r /lib/modules /tmp/ && find /tmp/modules -type f -size +1400k -exec rm {} +
check "there is something to copy" at_least "$(find /tmp/modules -type f | wc -l)" 5
load $t/load 2 30 >/tmp/load 2>&1 &
loaders=$!
cp -r /tmp/modules $t/one & cp -r /tmp/modules $t/two & cp -r /tmp/modules $t/three
wait $loaders
result $? "a file under load beside them" "$(cat /tmp/load)"
wait
check "three copies at once" is "$(sum $t/one) $(sum $t/two)" "$(sum $t/three) $(sum $t/three)"
check "sync" sync
mkdir /mnt/u && mount -t tinyfs /dev/nvme0n1 /mnt/u
check "the same device twice is the same instance" is "$(ls -i $t)" "$(ls -i /mnt/u)"
umount /mnt/u
rm -rf $t/* 
again
check "everything is free again" is "$(stat -f -c "%f %d" $t)" "$free"
cp -r /lib/modules $t/kept && mkdir $t/last
insmod $here/ramdisk.ko
check "not a tinyfs" is "$(mount -t tinyfs /dev/ram0 /mnt/u 2>&1 | sed 's/.*: //')" "Invalid argument"
rmmod ramdisk
umount $t
check "unloaded" rmmod tinyfs
echo "# end"
exit $failed
