# SPDX-License-Identifier: MIT

.PHONY: help
help:
	@cat scripts/kbuild/help.txt
