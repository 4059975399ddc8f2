#!/bin/sh
# SPDX-License-Identifier: MIT
# first: yes
exec /usr/bin/python3 -B "$(dirname "$0")/boot.py" "$@"
