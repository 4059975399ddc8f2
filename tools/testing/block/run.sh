#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The block class in a guest: a RAM disk, a disk with faults, NVMe; and Debian's tools on the same disk here and on Linux.
#
#	run.sh [CPUS]
set -u
here=$(dirname "$0")
scratch=${SCRATCH:-$(mktemp -d)}
smp=${1:-4}
stage=$scratch/block-test
number=0
failed=0

say() {		# STATUS NAME
	number=$((number + 1))
	[ "$1" = 0 ] && echo "ok $number $2" && return
	echo "not ok $number $2"
	failed=1
}

# A program with the libraries that it asks for.
stage() {
	cp -L "$1" "$stage/tools/"
	ldd "$1" | awk '/=> \//{print $3} /ld-linux/{print $1}' | while read -r library; do
		mkdir -p "$scratch/root$(dirname "$library")"
		cp -Ln "$library" "$scratch/root$library"
	done
}

make_disk() {
	rm -f "$1"
	truncate -s 64M "$1"
	printf 'label: gpt\nlabel-id: 01234567-89ab-cdef-0123-456789abcdef\nstart=2048,size=16384,name=first,uuid=01234567-0000-0000-0000-000000000001\nstart=20480,name=second,uuid=01234567-0000-0000-0000-000000000002\n' |
		PATH=$PATH:/sbin sfdisk -q "$1"
	PATH=$PATH:/sbin mke2fs -q -F -t ext2 -L made-on-host -U 76543210-89ab-cdef-0123-456789abcdef -E offset=1048576 "$1" 8m 2>"$scratch/mke2fs"
}

mkdir -p "$stage/tools" "$scratch/root"
cp -r samples/ramdisk samples/tinyfs "$here/faulty" "$scratch/"
if ! make -s ${O:+O="$O"} M="$scratch/ramdisk" >"$scratch/build" 2>&1 || ! make -s ${O:+O="$O"} M="$scratch/faulty" >>"$scratch/build" 2>&1 ||
   ! make -s ${O:+O="$O"} M="$scratch/tinyfs" >>"$scratch/build" 2>&1 ||
   ! gcc -static -O1 -Wall -Werror -o "$stage/blocktest" "$here/blocktest.c" ||
   ! gcc -static -O1 -Wall -Werror -o "$stage/nvmepoke" "$here/nvmepoke.c"; then
	sed 's/^/# /' "$scratch/build"
	echo "not ok 1 the modules and programs of the test are built"
	echo "1..1"
	exit 1
fi
cp "$scratch"/{ramdisk/ramdisk,faulty/faulty,tinyfs/tinyfs}.ko "$here"/{common,guest,tinyfs,tools}.sh "$stage/"
for program in sfdisk lsblk blkid mke2fs blockdev; do
	stage "$(PATH=$PATH:/sbin command -v $program)"
done
add=(--add "$stage:/block-test")
for folder in "$scratch"/root/*; do
	add+=(--add "$folder:/$(basename "$folder")")
done
make_disk "$scratch/disk"
scripts/vm --smp "$smp" --log "$scratch/log" --disk "nvme:$scratch/disk" "${add[@]}" -- sh /block-test/guest.sh 2>"$scratch/errors" | tee "$scratch/tap"
status=${PIPESTATUS[0]}
number=$(grep -cE '^(not )?ok' "$scratch/tap")
if [ $status -gt 1 ] || ! grep -q '^# end' "$scratch/tap"; then
	sed 's/^/# /' "$scratch/errors" | tail -n 40
	say 1 "the guest ended with status $status"
fi
pattern=$(sed -n 's/^# pattern //p' "$scratch/tap")
[ "$(dd if="$scratch/disk" bs=1M skip=20 count=1 status=none | md5sum | cut -c1-32)" = "$pattern" ]
say $? "the host reads what the guest wrote"
dd if="$scratch/disk" bs=1M skip=1 count=8 status=none of="$scratch/first"
PATH=$PATH:/sbin e2fsck -fn "$scratch/first" >"$scratch/fsck" 2>&1
say $? "and its file system is whole"

# A file system as a module; its own checker looks at the image.
samples/tinyfs/mktinyfs "$scratch/tiny" 64
scripts/vm --smp "$smp" --log "$scratch/log.tinyfs" --disk "nvme:$scratch/tiny" "${add[@]}" -- sh /block-test/tinyfs.sh \
	2>"$scratch/errors" | tee "$scratch/tap.tinyfs" | sed -u "s/^ok [0-9]*/ok/; s/^not ok [0-9]*/not ok/" | while IFS= read -r line; do
	case $line in
	ok* | "not ok"*) number=$((number + 1)) && echo "${line%%ok*}ok $number tinyfs:${line#*ok}" ;;
	*) echo "$line" ;;
	esac
done
status=${PIPESTATUS[0]}
number=$((number + $(grep -cE '^(not )?ok' "$scratch/tap.tinyfs")))
if [ $status -gt 1 ] || ! grep -q '^# end' "$scratch/tap.tinyfs"; then
	tail -n 40 "$scratch/errors" | sed 's/^/# /'
	say 1 "tinyfs: the guest ended with status $status"
fi
samples/tinyfs/mktinyfs --check "$scratch/tiny" >"$scratch/check"
say $? "tinyfs: the image is whole"
sed 's/^/# /' "$scratch/check"

# The same disk, here and on Linux.
for kernel in "" --linux; do
	make_disk "$scratch/same"
	scripts/vm $kernel --smp 2 --disk "nvme:$scratch/same" "${add[@]}" --log "$scratch/log$kernel" -- sh /block-test/tools.sh \
		>"$scratch/tools$kernel" 2>"$scratch/errors$kernel"
done
# Linux has loop and ram disks of its own, pads the model, and gives a deleted partition's number out again only some time later.
for kernel in "" --linux; do
	grep -vE ' (loop|ram)[0-9]+$' "$scratch/tools$kernel" | sed -E 's/ +$//; s/^( 259) +[0-9]+ /\1 N /' >"$scratch/seen$kernel"
done
if [ "$(wc -l <"$scratch/seen--linux")" -gt 60 ] && diff -u "$scratch/seen--linux" "$scratch/seen" >"$scratch/diff"; then
	say 0 "lsblk, blkid, sfdisk, blockdev say what they say on Linux"
else
	sed 's/^/# /' "$scratch/diff" "$scratch/errors--linux" | head -n 60
	say 1 "lsblk, blkid, sfdisk, blockdev say what they say on Linux"
fi
echo "1..$number"
[ "$failed" = 0 ] && ! grep -q '^not ok' "$scratch/tap" "$scratch/tap.tinyfs" && [ "$number" -gt 80 ]
