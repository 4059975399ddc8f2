#!/bin/sh
# SPDX-License-Identifier: MIT
# ACPI in guests: tables and interrupt routing against Linux's, the power button, power off with and without acpi.ko.
exec /usr/bin/python3 -B "$(dirname "$0")/acpi.py" "$@"
