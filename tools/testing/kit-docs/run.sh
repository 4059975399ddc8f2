#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The reference of the kit (scripts/kit/docs): docs.py tells what is tested.
exec /usr/bin/python3 tools/testing/kit-docs/docs.py
