#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What loading a module costs, in instructions, beside Linux: insmod_cost.py tells what is held.
exec /usr/bin/python3 -B "$(dirname "$0")/insmod_cost.py"
