#!/bin/sh
# SPDX-License-Identifier: MIT
VM_CRASHES=expected exec /usr/bin/python3 -B "$(dirname "$0")/panic.py" "$@"
