#!/bin/sh
# SPDX-License-Identifier: MIT
# SysRq by /proc, serial line and keyboard, and NMIs that nobody expects: the same questions to this kernel and to Linux.
VM_CRASHES=expected exec /usr/bin/python3 -B "$(dirname "$0")/sysrq.py" "$@"
