#!/bin/sh
# SPDX-License-Identifier: MIT
# when: soak
# quiet: 3600
#
# Thirteen million inputs in all for the parsers of lib/ and the module loader: see tools/testing/fuzz/run.sh.
RUNS=1700000 exec tools/testing/fuzz/run.sh "$@"
