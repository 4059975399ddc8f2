#!/bin/sh
# SPDX-License-Identifier: MIT
exec /usr/bin/python3 -B "$(dirname "$0")/panic.py" "$@"
