#!/bin/bash
# SPDX-License-Identifier: MIT
#
# KASLR: at each boot image and modules are somewhere else, in each way of booting; nokaslr leaves them.
. tools/testing/lib/tap.sh

# Addresses of the image and of the first module, one boot.
places() { # OPTION...
	scripts/vm "$@" -- sh -c "sed -n 's/ . kernel_map_base$//p' /proc/kallsyms
		sed -n '1s/.*Live //p' /proc/modules" 2>/dev/null | tr '\n' ' '
}

# Five boots: the chance that two images fall together is 4 % with 256 places, that all do is nothing.
differ() { # OPTION...
	local i seen=
	for i in 1 2 3 4 5; do seen+="$(places "$@")"$'\n'; done
	echo "$seen" | sed 's/^/# /'
	! grep -q 'ffffffff80000000' <<<"$seen" || return 1
	[ "$(grep -cE '^ffffffff[89][0-9a-f]{7} 0xffffffffa[0-9a-f]{7} ' <<<"$seen")" = 5 ] || return 1
	[ "$(cut -d' ' -f1 <<<"$seen" | sort -u | grep -c .)" -ge 3 ] || return 1
	[ "$(cut -d' ' -f2 <<<"$seen" | sort -u | grep -c .)" -ge 3 ]
}

check "PVH: somewhere else at each boot" differ
check "GRUB: somewhere else at each boot" differ --fw bios
check "nokaslr: where it was linked" grep -q '^ffffffff80000000 0xffffffffa00[0-9a-f]* ' <(places --append nokaslr)
check "a word that only contains it counts for nothing" \
	eval 'seen=$(places --append "nokaslr=1 nokaslrs"); echo "$seen"; grep -qE "^ffffffff[89]" <<<"$seen" && ! grep -q ffffffff80000000 <<<"$seen"'
hidden() {
	scripts/vm -- su -s /bin/sh nobody -c 'cut -d" " -f1 /proc/kallsyms | sort -u
		sed "s/.*Live //" /proc/modules | sort -u' 2>/dev/null | tr '\n' ' '
}
check "without privilege no address is seen" [ "$(hidden | sed 's/ *$//')" = "0000000000000000 0x0000000000000000" ]
finish
