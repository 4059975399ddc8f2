# SPDX-License-Identifier: MIT
#
# Configuration goals, and cleaning. scripts/kconfig.py does the work.

export KCONFIG_CONFIG := $(out).config
export srctree := .
export OUT := $(out)
export RELEASE CC

# Source of Debian packages that options build on. Kconfig asks for it as $(have-source,NAME).
third-party := $(out).third-party
third-party-packages := zlib libzstd linux-source-6.1
export THIRD_PARTY := $(third-party)
third-party-wanted := $(patsubst %,$(third-party)/%/.,$(third-party-packages))
KCONFIG = $(if $(filter-out $(wildcard $(third-party-wanted)),$(third-party-wanted)),\
	scripts/fetch-source $(third-party) $(third-party-packages) || :;) $(PYTHON) scripts/kconfig.py

# A make in the O= folder is passed on to the sources.
ifneq ($(out),)
ifeq ($(wildcard $(out)Makefile),)
$(shell mkdir -p $(out); sed 's|SOURCES|$(CURDIR)|' scripts/kbuild/out.mk >$(out)Makefile)
endif
endif

# Kconfig goals that take no argument go straight to the script.
.PHONY: menuconfig oldconfig olddefconfig savedefconfig listnewconfig defconfig \
	allnoconfig allyesconfig allmodconfig alldefconfig randconfig config
menuconfig oldconfig olddefconfig savedefconfig listnewconfig \
allnoconfig allyesconfig allmodconfig alldefconfig randconfig config:
	$(Q)$(KCONFIG) $@
defconfig:
	$(Q)$(KCONFIG) defconfig arch/$(ARCH)/configs/defconfig

# make NAME.config merges a fragment (arch/*/configs or kernel/configs) into the configuration.
%.config: FORCE
	$(Q)$(KCONFIG) fragment $(firstword $(wildcard arch/$(ARCH)/configs/$@ kernel/configs/$@ $@) $@)

.PHONY: FORCE
FORCE:

ifneq ($(clean-goals),)
include scripts/kbuild/clean.mk
endif
