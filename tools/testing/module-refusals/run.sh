#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Every reason for which the loader refuses a module: its errno, its words, its turn. refusals.py has the list.
exec /usr/bin/python3 -B "$(dirname "$0")/refusals.py"
