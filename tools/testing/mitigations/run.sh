#!/bin/bash
# SPDX-License-Identifier: MIT
#
# mitigations=: which faults a processor has is compared with what Linux 6.1 says of the same model (LINUX=1 asks it again), and programs
# run with everything switched on.
. tools/testing/lib/tap.sh
folder=/sys/devices/system/cpu/vulnerabilities

# The files that do not say "Not affected".
affected() { # OPTION...
	scripts/vm --timeout 120 "$@" -- sh -c "cd $folder; for f in *; do case \$(cat \$f) in 'Not affected'*) ;; *) echo \$f;; esac; done" |
		grep -vE '^(indirect_target_selection|tsa|vmscape|ghostwrite)$' | tr '\n' ' '
}

common="l1tf mds meltdown mmio_stale_data"
models="
max:spectre_v1 spectre_v2
Penryn:itlb_multihit $common spec_store_bypass spectre_v1 spectre_v2
Haswell:itlb_multihit $common spec_store_bypass spectre_v1 spectre_v2 srbds
Skylake-Client:gather_data_sampling itlb_multihit $common retbleed spec_store_bypass spectre_v1 spectre_v2 srbds
Snowridge:$common reg_file_data_sampling spec_store_bypass spectre_v1 spectre_v2
Denverton:meltdown reg_file_data_sampling spec_store_bypass spectre_v1 spectre_v2
EPYC:retbleed spec_rstack_overflow spec_store_bypass spectre_v1 spectre_v2"

while IFS=: read -r model want; do
	[ -n "$model" ] || continue
	check "the faults of a $model" [ "$(affected --cpu "$model" 2>&1)" = "$want " ]
	[ "${LINUX:-}" != 1 ] || check "Linux says the same of a $model" [ "$(affected --linux --cpu "$model" 2>&1)" = "$want " ]
done <<<"$models"

states() { scripts/vm --timeout 120 --append "$1" -- sh -c "cat $folder/spectre_v1 $folder/spectre_v2" 2>&1; }
check "off: nothing is done" [ "$(states mitigations=off)" = "$(printf 'Vulnerable\nVulnerable')" ]
check "auto: barriers" grep -q '^Mitigation: usercopy/swapgs barriers$' <(states mitigations=auto)
check "all: IBRS, which QEMU lets be written" grep -q '^Mitigation: IBRS; ' <(states mitigations=all)
check "something else: auto" grep -q '^Mitigation: usercopy' <(states mitigations=maybe)

# Every way in and out, with everything switched on: system calls, faults, signals, bad IRETs, NMIs, threads, modules.
work='set -e
modprobe echo; echo hello >/dev/echo; [ "$(head -c 6 /dev/echo)" = hello ]; rmmod echo
for i in 1 2 3 4 5; do echo l >/proc/sysrq-trigger; done
exec selftests crashes signals threads fpu pipes'
everything() { # CPUS
	tools/testing/selftests/run.sh --only-build || return
	scripts/vm --smp "$1" --timeout 400 --append mitigations=all --log "$scratch/log" \
		--add "${O:-.}/tools/testing/selftests/selftests:/usr/bin/selftests" -- sh -c "$work" >"$scratch/out" 2>&1 ||
		{ grep -v '^ok' "$scratch/out"; return 1; }
}
scratch=${SCRATCH:-$(mktemp -d)}
for cpus in 1 2; do
	check "programs with mitigations=all, $cpus CPUs" everything $cpus
done
finish
