# SPDX-License-Identifier: MIT
#
# Runs in either guest, on the same disk: what Debian's tools say of it. run.sh compares.
modprobe nvme 2>/dev/null
until [ -b /dev/nvme0n1p2 ]; do sleep 0.1; done		# the guest's time limit is for a disk that never comes
t=/block-test/tools
say() {
	echo "== $*"
	"$@" 2>&1
}
say $t/lsblk -b -o NAME,MAJ:MIN,RM,SIZE,RO,TYPE,MOUNTPOINTS /dev/nvme0n1
say $t/lsblk -o NAME,ALIGNMENT,LOG-SEC,PHY-SEC,ROTA,RM,RO,TYPE,PKNAME /dev/nvme0n1
say $t/lsblk -f /dev/nvme0n1
say $t/blkid /dev/nvme0n1 /dev/nvme0n1p1 /dev/nvme0n1p2
say $t/blkid -p /dev/nvme0n1p1
say $t/sfdisk -l /dev/nvme0n1
say $t/sfdisk -d /dev/nvme0n1
say $t/blockdev --getsize64 --getss --getpbsz --getro --getalignoff --getdiscardzeroes --getra --getmaxsect /dev/nvme0n1
say $t/blockdev --report /dev/nvme0n1p1
say cat /proc/partitions
for f in size ro removable ext_range hidden nvme0n1p1/start nvme0n1p1/size nvme0n1p1/partition nvme0n1p2/start queue/logical_block_size \
	queue/hw_sector_size queue/physical_block_size queue/rotational queue/zoned queue/write_cache queue/fua; do
	say cat /sys/block/nvme0n1/$f
done
# A new table, seen at once.
printf 'label: dos\nlabel-id: 0x12345678\nstart=2048,size=8192\nstart=16384,type=5\nstart=18432\n' | $t/sfdisk -q -w always --force /dev/nvme0n1 >/dev/null 2>&1
say cat /proc/partitions
say $t/sfdisk --delete /dev/nvme0n1 5
say $t/lsblk -n -o NAME,TYPE /dev/nvme0n1
say sh -c 'exec 5</dev/nvme0n1p1; '$t'/blockdev --rereadpt /dev/nvme0n1'
say $t/mke2fs -q -F -t ext2 -U 11111111-2222-3333-4444-555555555555 -L again /dev/nvme0n1p1
say $t/blkid /dev/nvme0n1p1
