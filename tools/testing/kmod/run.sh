#!/bin/sh
# SPDX-License-Identifier: MIT
# first: yes
# quiet: 900
#
# Debian's kmod on Mortise and on Linux, case by case: kmod.py tells what is compared.
exec /usr/bin/python3 tools/testing/kmod/kmod.py
