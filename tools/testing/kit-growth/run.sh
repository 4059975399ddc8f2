#!/bin/sh
# SPDX-License-Identifier: MIT
# when: soak
# quiet: 3600
#
# The kit has grown, the modules have not: growth.py tells what is tested.
exec /usr/bin/python3 tools/testing/kit-growth/growth.py
