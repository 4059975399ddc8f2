# SPDX-License-Identifier: MIT
#
# The configuration of a kernel that is kept from run to run.
#
#	. tools/testing/lib/configure.sh
#	configure FOLDER FRAGMENT [BUILTIN]
#
# defconfig with kernel/configs/FRAGMENT merged into it; with a third word all modules are built in. It is made beside the folder's own
# and put there only where it says something else than the last time: a second merge in place would touch every option twice, and with it
# all objects. So what comes to defconfig, the fragment or a Kconfig file later is in the kernel, too.
configure() {
	local folder=$1 fragment=$2 builtin=${3:-} fresh=$1/.configure cc=${CC:-gcc}
	mkdir -p "$fresh" || return
	make -s CC="$cc" O="$fresh" defconfig || return
	[ -z "$builtin" ] || sed -i 's/=m$/=y/' "$fresh/.config" || return
	make -s CC="$cc" O="$fresh" "$fragment" || return
	cmp -s "$fresh/.config" "$folder/.configured" || { cp "$fresh/.config" "$folder/.config" && cp "$fresh/.config" "$folder/.configured"; }
}
