#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The benchmark is tested here, not the kernel's speed: `make bench` measures.
exec /usr/bin/python3 -B "$(dirname "$0")/quick_test.py" "$@"
