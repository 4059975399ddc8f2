#!/bin/sh
# SPDX-License-Identifier: MIT
# when: soak
# quiet: 3600
#
# 100,000 damaged modules: see tools/testing/module-mutations/run.sh.
COUNT=10000 LIMIT=3600 SEEDS="1 2 3 4 5 6 7 8 9 10" exec tools/testing/module-mutations/run.sh
