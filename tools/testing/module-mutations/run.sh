#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Damaged modules against the loader: refused, never a crash, nothing written or registered elsewhere, nothing lost.
# mutations.c tells how. COUNT=N mutations in each guest (default 1000), one guest for each of SEEDS; KERNEL and
# MODULES: of another build.
. tools/testing/lib/tap.sh
here=tools/testing/module-mutations
scratch=${SCRATCH:-$(mktemp -d)}
mkdir -p "$scratch/mutations"
cp -r $here/guard "$scratch/"
clean() { env -u MAKEFLAGS -u MAKELEVEL -u O -u M "$@"; }
check "the modules are built" clean make -s ${O:+O="$O"} ${CC:+CC="$CC"} M="$scratch/guard"
cp "$scratch"/guard/*.ko "$scratch/mutations"
strip --strip-debug "$scratch"/mutations/*.ko
check "the program compiles" gcc -static -O1 -Wall -Werror -o "$scratch/mutations/mutations" $here/mutations.c
cat >"$scratch/mutations/guest.sh" <<'END'
# Modules before, between and behind the place where mutated ones come and go.
for name in guard1 victim guard2 guard3; do
	insmod /mutations/$name.ko || exit 2
done
rmmod guard2
insmod /mutations/guard2.ko
/mutations/mutations /mutations/victim.ko $1 $2 || exit 1
for name in guard1 victim guard2 guard3; do
	rmmod $name || exit 3
done
! dmesg | grep -E 'BUG|WARNING|Oops|lock checker|slab: '
END
for seed in ${SEEDS:-1}; do
	scripts/vm --smp 2 ${KERNEL:+--kernel "$KERNEL" --modules "$MODULES"} --timeout "${LIMIT:-300}" \
		--log "$scratch/log" --add "$scratch/mutations:/mutations" -- \
		sh /mutations/guest.sh "${COUNT:-1000}" "$seed" >"$scratch/said" 2>"$scratch/errors"
	status=$?
	grep '^#' "$scratch/said"
	check "${COUNT:-1000} mutations, seed $seed" sh -c "[ $status = 0 ] || { tail -n 30 $scratch/said $scratch/errors; false; }"
done
finish
