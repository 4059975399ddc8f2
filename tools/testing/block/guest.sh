# SPDX-License-Identifier: MIT
#
# Runs in the guest: the block class on a disk in memory and on one with faults, and NVMe.

. /block-test/common.sh
P=/sys/module/faulty/parameters
counts() { is "$(cat $P/violations)" 0; }

# --- a disk in memory ---

check "a RAM disk is loaded" insmod $here/ramdisk.ko disks=2 size_kb=16384
check "it is there" test -b /dev/ram0 -a -b /dev/ram1 -a -e /sys/block/ram1/queue/logical_block_size
check "calls at the edges" $here/blocktest rules /dev/ram0
check "4 processes, cached and direct" load /dev/ram0 4 150
printf 'label: gpt\nstart=2048,size=4096,name=one\nstart=8192,name=two\n' | $here/tools/sfdisk -q /dev/ram0 >/dev/null 2>&1
check "a GPT by sfdisk" is "$(cat /sys/block/ram0/ram0p2/start) $(cat /sys/block/ram0/ram0p1/size)" "8192 4096"
check "load on a partition" load /dev/ram0p2 2 60
exec 5</dev/ram0p1
check "partitions in use are not read again" is "$($here/tools/blockdev --rereadpt /dev/ram0 2>&1 | grep -c busy)" 1
exec 5<&-
dd if=/dev/zero of=/dev/ram0 bs=512 seek=1 count=1 conv=notrunc 2>/dev/null
check "and are read when free" $here/tools/blockdev --rereadpt /dev/ram0
check "a damaged GPT is read from its copy" is "$(cat /sys/block/ram0/ram0p2/start)" 8192
check "and the log says so" logged "its copy at the end"
printf 'label: dos\nstart=2048,size=4096\nstart=8192,type=5\nstart=10240,size=2048\nstart=16384,size=2048\n' |
	$here/tools/sfdisk -q -w always /dev/ram0 >/dev/null 2>&1
check "an MBR with an extended partition" is "$(ls -d /sys/block/ram0/ram0p* | tr -d '\n' | sed 's,/sys/block/ram0/,,g')" "ram0p1ram0p2ram0p5ram0p6"
check "nobody unloads it in use" sh -c "exec 5</dev/ram1; ! rmmod ramdisk"
check "it is unloaded" rmmod ramdisk
check "nothing remains" is "$(ls /dev | grep -c ram)$(grep -c ram /proc/partitions)" 00

# --- a disk with faults ---

check "the faulty disk is loaded" insmod $here/faulty.ko
check "calls at the edges, ended late" $here/blocktest rules /dev/faulty
check "4 processes on one queue of 4" load /dev/faulty 4 100
check "its limits were kept" counts
check "requests were merged and cut" is "$(cat $P/most_bytes)" 32768
echo 5 >$P/busy_every
check "a driver that is busy at times" load /dev/faulty 4 60
echo 0 >$P/busy_every
echo 7 >$P/again_every
check "requests that are tried again" load /dev/faulty 4 60
echo 0 >$P/again_every
echo 3 >$P/lose
check "requests that are lost" load /dev/faulty 4 40
check "the driver was told of them twice" at_least "$(cat $P/timeouts)" 6
echo 8001 >$P/bad_sector
check "a bad sector is an error" sh -c "! dd if=/dev/faulty of=/dev/null bs=512 skip=8001 count=1 iflag=direct 2>/dev/null"
check "its neighbour is not" dd if=/dev/faulty of=/dev/null bs=4096 skip=1001 count=1
check "nor when it was read ahead" dd if=/dev/faulty of=/dev/null bs=4096 skip=999 count=1
echo -1 >$P/bad_sector
flushes=$(cat $P/flushes)
check "fsync writes" dd if=/dev/zero of=/dev/faulty bs=4096 count=1 conv=fsync,notrunc
check "and flushes" at_least "$(cat $P/flushes)" $((flushes + 1))
rmmod faulty
check "awkward limits" insmod $here/faulty.ko queues=2 block=4096 max_segments=3 virtual_boundary=4096 segment_boundary=65536 dma_mask=0xffffff
check "load with them: everything bounces" load /dev/faulty 4 80
check "they were kept" counts
rmmod faulty
insmod $here/faulty.ko
under_load /dev/faulty 3
echo y >$P/gone
failed_under_load "pulled out under load"
check "and unloaded" rmmod faulty

# --- NVMe ---

poke() { $here/nvmepoke "$device" "$@"; }
rmmod nvme 2>/dev/null		# loaded already by its alias
modprobe nvme io_timeout_ms=400
device=$(readlink -f /sys/block/nvme0n1/device)
check "an NVMe disk is there" test -b /dev/nvme0n1
check "its partition, made on the host" is "$(cat /sys/block/nvme0n1/nvme0n1p1/start)" 2048
check "what mke2fs wrote on the host" is "$($here/tools/blkid -o value -s LABEL /dev/nvme0n1p1)" made-on-host
check "calls at the edges" $here/blocktest rules /dev/nvme0n1p2
check "load from every CPU" load /dev/nvme0n1p2 6 60
check "an interrupt for each queue" is "$(ls $device/msi_irqs | wc -l)" $(($(nproc) + 1))
poke mask 1
check "a lost interrupt" taskset 1 dd if=/dev/nvme0n1 of=/dev/null bs=4096 count=1 iflag=direct
check "is noticed" comes logged "was lost"	# said behind the end of the read
poke unmask 1
check "and things go on" load /dev/nvme0n1p2 2 20
poke disable
check "a controller that forgot everything" dd if=/dev/nvme0n1 of=/dev/null bs=4096 count=4 iflag=direct
check "was reset" logged "reset (status 0x0)"
# QEMU 7.2 itself crashes now and then when its controller is broken with commands under way.
poke fatal
check "a controller that says it is broken: load from every CPU" load /dev/nvme0n1p2 4 100
check "it was reset" logged "reset (status 0x2)"
check "a queue that is stuck" poke stick 1 /dev/nvme0n1
check "its command was aborted" logged "of queue 1 is aborted"
check "and the controller reset" logged "reset (status 0x1)"
check "data are whole afterwards: load from every CPU" load /dev/nvme0n1p2 4 60
check "nobody unloads it in use" sh -c "exec 5</dev/nvme0n1; ! rmmod nvme"
rmmod nvme && modprobe nvme io_timeout_ms=400
check "unloaded and loaded again" test -b /dev/nvme0n1p1
dd if=/dev/urandom of=/tmp/pattern bs=64k count=16 2>/dev/null
dd if=/tmp/pattern of=/dev/nvme0n1 bs=1M seek=20 conv=fsync,notrunc 2>/dev/null
echo "# pattern $(md5sum </tmp/pattern | cut -c1-32)"
under_load /dev/nvme0n1p2 4
echo 1 >"$device/remove"
failed_under_load "removed under load"
check "its nodes are gone" is "$(ls /dev | grep -c nvme)" 0
echo 1 >/sys/bus/pci/rescan
check "found again by rescan" comes test -b /dev/nvme0n1p1
check "and works" dd if=/dev/nvme0n1 of=/dev/null bs=1M count=4
device=$(readlink -f /sys/block/nvme0n1/device)
under_load /dev/nvme0n1p2 4
poke blind
failed_under_load "gone without a word, under load"
check "it was given up" logged "cannot be brought back"
check "programs get errors" sh -c "! dd if=/dev/nvme0n1 of=/dev/null bs=4096 count=1 iflag=direct 2>/dev/null"
echo 1 >"$device/remove"
echo 1 >/sys/bus/pci/rescan
comes test -b /dev/nvme0n1
check "plugged in again" dd if=/dev/nvme0n1 of=/dev/null bs=1M count=4
check "unloaded" rmmod nvme
echo "# end"
exit $failed
