#!/bin/bash
# SPDX-License-Identifier: MIT
#
# scripts/deps on made-up machines: a PATH of links to this machine's tools, some left out, and an apt-get of our own
# that "installs" by linking them.
. tools/testing/lib/tap.sh

bin=$SCRATCH/bin
held=$SCRATCH/held
mkdir -p "$bin" "$held"
export O=$SCRATCH/out
unset DEPS

# machine: all tools there, root, apt-get works
machine() {
	rm -rf "$bin" "$held" "$O"
	mkdir -p "$bin" "$held" "$O"
	local tool
	for tool in sh bash dirname cat cksum stat sort head tail tr cut grep sed ldd mkdir env printf ln cp rm mv chmod touch \
		gcc make ld dpkg-source depmod grub-file qemu-system-x86_64 grub-mkrescue xorriso mformat; do
		ln -s "$(PATH=$PATH:/usr/sbin:/sbin command -v $tool)" "$bin/$tool"
	done
	stub id 'echo ${FAKE_UID:-0}'
	stub apt-get 'echo "apt-get $*" >>'"$SCRATCH/calls"'
		[ "$2" != update ] || { touch '"$held"'/updated; exit 0; }
		[ ! -e '"$held"'/needs-update ] || [ -e '"$held"'/updated ] || exit 100
		mv '"$held"'/tools/* '"$bin"'/ 2>/dev/null || :'
	mkdir "$held/tools"
	rm -f "$SCRATCH/calls"
}
# The old one first goes: it is a link to the machine's own tool.
stub() { rm -f "$bin/$1"; printf '#!/bin/sh\n%s\n' "$2" >"$bin/$1"; chmod +x "$bin/$1"; }
remove() { mv "$bin/$1" "$held/tools/"; }
deps() { PATH=$bin scripts/deps "$@" >"$SCRATCH/said" 2>"$SCRATCH/errors"; local s=$?; cat "$SCRATCH/said" "$SCRATCH/errors"; return $s; }
said() { grep -q -- "$1" "$SCRATCH/said"; }
told() { grep -q -- "$1" "$SCRATCH/errors"; }
called() { grep -q -- "$1" "$SCRATCH/calls" 2>/dev/null; }

complete() { machine; deps build run && [ ! -s "$SCRATCH/said" ] && [ ! -s "$SCRATCH/errors" ] && ! called .; }
check "a complete machine is passed in silence" complete

quick() {
	local ms
	ms=$(PATH=$bin cpu_ms scripts/deps build run) && echo "$ms ms" && [ "$ms" -lt 300 ]
}
check "the second time in less than 0.3 s" quick

missing() { machine; remove xorriso; deps build run && told "xorriso .*writes the image" && called "install xorriso$" && [ -e "$bin/xorriso" ]; }
check "what is missing is installed, saying what and why" missing

only() { machine; remove xorriso; deps build && ! called .; }
check "only what the goal needs" only

two() { machine; remove xorriso; remove mformat; deps run && called "install mtools xorriso$"; }
check "several packages at once" two

checked() { machine; remove xorriso; ! DEPS=check deps run && said "^apt-get .*install xorriso$" && ! called . && [ "$(wc -l <"$SCRATCH/said")" = 1 ]; }
check "DEPS=check prints the command and fails" checked

skipped() { machine; remove xorriso; DEPS=skip deps run && ! called .; }
check "DEPS=skip looks up nothing" skipped

check_complete() { machine; DEPS=check deps run && [ ! -s "$SCRATCH/said" ]; }
check "DEPS=check passes when nothing is missing" check_complete

old() { machine; stub ld 'echo "GNU ld (GNU Binutils for Debian) 2.35.2"'; ! DEPS=check deps build && told "ld 2.38 or later, here is 2.35.2"; }
check "a tool that is too old is named with its version" old

stays() { machine; stub ld 'echo "GNU ld 2.35.2"'; ! deps build && told "still not there"; }
check "and is an error if the installation does not help" stays

as_user() { machine; remove xorriso; stub sudo 'echo "sudo $*" >>'"$SCRATCH/calls"'; exec "$@"'; FAKE_UID=1000 deps run && called "^sudo env DEBIAN_FRONTEND=noninteractive apt-get"; }
check "a user goes through sudo" as_user

no_sudo() { machine; remove xorriso; ! FAKE_UID=1000 deps run && told "run this as root.*apt-get.*xorriso"; }
check "a user without sudo is told what to run" no_sudo

update() { machine; remove xorriso; touch "$held/needs-update"; deps run && called "^apt-get -q update" && [ -e "$bin/xorriso" ]; }
check "an apt that knows no packages is updated first" update

no_update() { machine; remove xorriso; deps run && ! called update; }
check "and not otherwise" no_update

elsewhere() { machine; remove xorriso; rm "$bin/apt-get"; ! deps run && told "xorriso" && told "your distribution"; }
check "without apt the list is printed" elsewhere

again() { machine; deps run && remove xorriso && deps run && called "install xorriso"; }
check "a tool that went away is noticed" again

replaced() { machine; deps build && rm "$bin/ld" && stub ld 'echo "GNU ld 2.30"' && ! DEPS=check deps build && told "here is 2.30"; }
check "a tool that was replaced is noticed" replaced

# --- scripts/fetch-source ---

source_machine() {
	machine
	local tool
	for tool in awk find flock mktemp basename; do ln -sf "$(command -v $tool)" "$bin/$tool"; done
	stub dpkg-source 'mkdir unpacked && echo content >unpacked/file.c'
	stub apt-get 'echo "apt-get $*" >>'"$SCRATCH/calls"'; case " $* " in *" source "*) [ ! -e '"$held"'/offline ] && : >x.dsc ;; *) [ ! -e '"$held"'/offline ] ;; esac'
	rm -rf "$SCRATCH/cache" "$SCRATCH/third"
}
fetch() { PATH=$bin MORTISE_CACHE=$SCRATCH/cache scripts/fetch-source "$SCRATCH/third" "$@" >"$SCRATCH/said" 2>"$SCRATCH/errors"; local s=$?; cat "$SCRATCH/said" "$SCRATCH/errors"; return $s; }

fetched() { source_machine; fetch foo && [ "$(cat "$SCRATCH/third/foo/file.c")" = content ] && said "FETCH.*foo"; }
check "a source package is fetched and linked" fetched
once() { source_machine; fetch foo && rm -rf "$SCRATCH/calls" "$SCRATCH/third" && fetch foo && ! called . && [ -e "$SCRATCH/third/foo/file.c" ] && ! said .; }
check "once" once
offline() { source_machine; touch "$held/offline"; ! fetch foo && told "not to be had" && [ ! -e "$SCRATCH/third/foo" ]; }
check "what cannot be had is reported" offline
patient() { source_machine; touch "$held/offline"; ! fetch foo && rm "$SCRATCH/calls" && ! fetch foo && ! called .; }
check "and not tried again at once" patient
retry() { source_machine; touch "$held/offline"; ! fetch foo && rm "$held/offline" && MORTISE_FETCH=retry fetch foo; }
check "unless asked to" retry

only_checked() { DEPS=check make --no-print-directory "$1" >"$SCRATCH/said" 2>&1 && [ "$(cat "$SCRATCH/said")" = "deps: every tool for 'make $1' is there" ]; }
check "DEPS=check make qemu checks and stops" only_checked qemu
check "DEPS=check make test checks and stops" only_checked test

check "this machine has all that it needs" env DEPS=check scripts/deps build run test
finish
