#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Drivers on the fake kit, on the host under the sanitizers: fakekit.h tells what that is. Each NAME_test.c is a program; its comment
# "drivers: FOLDER..." names the folders whose .c files are linked into it, unchanged; "with: FILE..." more of its own; "needs: WORD..." what
# of packages it cannot do without (it is skipped then, and says so); "asl: NAME" a table of the firmware, which becomes NAME.h; "stride: N", of
# its faults every N-th is enough here (FAKE_STRIDE=1: all of them).
#
#	run.sh [NAME[_test.c]...]		FAKE_SEED=N another order of threads; FAKE_LOG=1 shows what the drivers log
#						COVERAGE=folder keeps there how often each line ran, for `make coverage`
set -u
CC=${CC:-gcc}
here=tools/testing/fakekit
scratch=${SCRATCH:-$(mktemp -d)}
root=$scratch/root
cpus=$(nproc)

sanitize="-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -pthread"
warn="-Wall -Wextra -Wno-unused-parameter -Wno-sign-compare -Wno-missing-field-initializers -Werror"
if [ -n "${COVERAGE:-}" ]; then
	scratch=$COVERAGE
	root=$scratch/root
	sanitize="$sanitize --coverage -fprofile-update=atomic -Wl,-u,__gcov_dump"
fi
mkdir -p "$root"
ln -sfn "$PWD/include/kit" "$root/kit"
ln -sfn "$PWD/include/uapi" "$root/uapi"
# clang would put a gap behind each parameter of a module, and they are read as a table.
case $($CC --version) in *clang*) sanitize="$sanitize -mllvm -asan-globals=0" ;; esac
kit_flags="-std=gnu11 -ffreestanding -fno-builtin -nostdinc -isystem $($CC -print-file-name=include) -I$root -I$PWD/$here -fno-strict-aliasing
	-fwrapv -Wa,--no-warn -DKIT_FAKE_MMIO -D__init= -D__exit= -D__initdata= $sanitize"

# ACPICA, on which modules/acpi stands: its files are not ours to make warn, and it reads tables at odd addresses by design.
acpica=${O:-.}/.third-party/linux-source-6.1
acpica_flags="-Imodules/acpi/shim -isystem $acpica/include -I$acpica/drivers/acpi/acpica"

kit_object() { # SOURCE OBJECT
	local flags=$warn
	case $1 in
	modules/acpi/acpica/*) flags="-w -O0 -fno-sanitize=undefined $acpica_flags" ;;
	modules/acpi/*) flags="$warn $acpica_flags" ;;
	esac
	$CC $kit_flags -I"$scratch" $flags -c -o "$2" "$1" && objcopy --rename-section .rodata.kit_params=kit_params "$2"
}
missing() { # TEST: why it cannot be built; nothing: it can
	local need
	for need in $(sed -n 's/^ \* needs: *//p' "$1"); do
		case $need in
		acpica) [ -d "$acpica" ] || echo "ACPICA's source could not be fetched" ;;
		iasl) command -v iasl >/dev/null || echo "iasl is not there (acpica-tools)" ;;
		esac
	done | head -n 1
}
# Bytes of the table as the array NAME[].
make_table() { # NAME
	iasl -ve -p "$scratch/$1" "$here/$1.asl" || return
	{ echo "static const u8 $1[] = {"; od -An -v -tu1 "$scratch/$1.aml" | sed 's/[0-9]\+/&,/g'; echo "};"; } >"$scratch/$1.h"
}
build_kit() {
	local f
	for f in $(cd $here && ls ./*.c | sed -n 's|^\./||; /_test\.c$/d; /_model\.c$/d; /^host\.c$/d; s/\.c$//p'); do
		kit_object $here/$f.c "$scratch/kit-$f.o" &
	done
	$CC -Wall -Wextra -Werror $sanitize -c -o "$scratch/kit-host.o" $here/host.c || return
	for f in $(jobs -p); do wait "$f" || return; done
	# An archive: a test takes of it what it needs, and what a driver brings itself (modules/pci) stays out.
	ar rcs "$scratch/kit.a" "$scratch"/kit-*.o
}
# NAME stands here; with a slash it is a file elsewhere, and folders that begin with a dot are seen from there.
build_test() { # NAME
	local source object folders more at=$here/$1 base objects= job jobs=
	base=$(basename "$1")
	case $1 in */*) at=$1 ;; esac
	folders=$(sed -n 's/.*drivers: *\([^*]*\).*/\1/p' "${at}_test.c" | sed -E "s#(^| )\.#\1$(dirname "$at")/.#g")
	more=$(sed -n "s|^ \* with: *|$here/|p" "${at}_test.c")
	for source in $(sed -n 's/^ \* asl: *//p' "${at}_test.c"); do
		make_table "$source" || return
	done
	case " $folders " in *" modules/acpi "*) more="$more $(ls modules/acpi/acpica/*.c)" ;; esac
	for source in "${at}_test.c" $more $(for d in $folders; do ls "$d"/*.c | grep -v '\.mod\.c$\|\.types\.c$\|_test\.c$'; done); do
		object=$scratch/$base-$(echo "$source" | tr / -).o
		kit_object "$source" "$object" &
		jobs="$jobs $!"
		objects="$objects $object"
		while [ "$(jobs -r | wc -l)" -ge "$cpus" ]; do wait -n; done
	done
	for job in $jobs; do wait "$job" || return; done
	# What a module exports has types that only the build of modules makes.
	nm -u $objects | sed -n 's/.* \(kit_versions_.*\)/.globl \1\n\1:/p' | sort -ru >"$scratch/$base-types.s"
	echo '.section .note.GNU-stack,"",@progbits' >>"$scratch/$base-types.s"
	$CC -c -o "$scratch/$base-types.o" "$scratch/$base-types.s" || return
	$CC $sanitize -o "$scratch/$base-test" "$scratch/$base-types.o" $objects "$scratch/kit.a"
}

names=$(for t in "${@:-}"; do echo "${t%_test.c}"; done)
[ -n "$names" ] || names=$(cd $here && ls ./*_test.c | sed 's|^\./||; s/_test\.c$//')
build_kit >"$scratch/build.log" 2>&1 || { sed 's/^/# /' "$scratch/build.log"; echo "not ok 1 the fake kit compiles"; echo "1..1"; exit 1; }
count=0 failed=0
for name in $names; do
	case $name in */*) reason= ;; *) reason=$(missing "$here/${name}_test.c") ;; esac
	if [ -n "$reason" ]; then
		echo "ok $((count += 1)) - $name # SKIP $reason"
		continue
	fi
	if ! build_test "$name" >"$scratch/build.log" 2>&1; then
		sed 's/^/# /' "$scratch/build.log"
		echo "not ok $((count += 1)) - $name: compiles with the fake kit"
		failed=1
		continue
	fi
	stride=
	case $name in */*) ;; *) stride=$(sed -n 's/^ \* stride: *//p' "$here/${name}_test.c") ;; esac
	name=$(basename "$name")
	for seed in ${FAKE_SEED:-0 1 2 3}; do
		FAKE_STRIDE=${FAKE_STRIDE:-$stride} FAKE_SEED=$seed "$scratch/$name-test" >"$scratch/$name.tap" 2>&1 || failed=1
		while IFS= read -r line; do
			case $line in
			"ok "*) echo "ok $((count += 1)) - $name, order $seed: ${line#* - }" ;;
			"not ok "*) echo "not ok $((count += 1)) - $name, order $seed: ${line#* - }" ;;
			"1.."* | *"ASan doesn't fully support makecontext"*) ;;
			*) echo "$line" ;;
			esac
		done <"$scratch/$name.tap"
		grep -q '^1\.\.' "$scratch/$name.tap" || { echo "not ok $((count += 1)) - $name, order $seed: ran to its end"; failed=1; }
	done
done
echo "1..$count"
exit $failed
