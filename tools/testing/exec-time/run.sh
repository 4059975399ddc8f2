#!/bin/sh
# SPDX-License-Identifier: MIT
# alone: yes
exec /usr/bin/python3 -B "$(dirname "$0")/exec-time.py" "$@"
