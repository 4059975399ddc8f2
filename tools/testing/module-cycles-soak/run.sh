#!/bin/sh
# SPDX-License-Identifier: MIT
# when: soak
# quiet: 7200
#
# The long form of module-cycles: each module 1,000 times.
exec tools/testing/module-cycles/run.sh 1000
