#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Compares include/uapi with the headers of Linux 6.1 that Debian's linux-libc-dev installs: each constant,
# each structure's size, each field's offset and size. See compare.py.
exec /usr/bin/python3 tools/testing/uapi/compare.py "$@"
