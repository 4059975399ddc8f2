#!/bin/bash
# SPDX-License-Identifier: MIT
# when: soak
# quiet: 1200
#
# The shell's work a hundred times on 1, 2 and 8 CPUs, and all self-tests ten times on 8.
cd "$(dirname "$0")/../selftests" || exit 1
rounds=${ROUNDS:-100}
{
	LINUX=0 ./run.sh --smp "1 2 8" --rounds "$rounds" shell
	LINUX=0 ./run.sh --smp 8 --rounds $((rounds / 10))
} | awk '
	/^1\.\./ { next }
	/^(not )?ok / { n++; bad += /^not/; sub(/ok [0-9]+/, "ok " n) }
	{ print; fflush() }
	END { print "1.." n; exit bad > 0 }'
