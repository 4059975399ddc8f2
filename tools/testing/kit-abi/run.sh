#!/bin/sh
# SPDX-License-Identifier: MIT
# first: yes
# quiet: 900
#
# The kit's promise: abi.py tells what is tested.
exec /usr/bin/python3 tools/testing/kit-abi/abi.py
