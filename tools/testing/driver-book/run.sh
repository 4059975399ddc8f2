#!/bin/sh
# SPDX-License-Identifier: MIT
# quiet: 400
#
# Documentation/driver-book.md, typed as it stands: book.py tells how.
exec /usr/bin/python3 tools/testing/driver-book/book.py
