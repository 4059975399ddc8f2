# SPDX-License-Identifier: MIT
#
# Configuration goals, and cleaning. scripts/kconfig.py does the work.

export KCONFIG_CONFIG := $(out).config
export srctree := .
export OUT := $(out)
export RELEASE CC
KCONFIG = $(PYTHON) scripts/kconfig.py

# Kconfig goals that take no argument go straight to the script.
.PHONY: menuconfig oldconfig olddefconfig savedefconfig listnewconfig defconfig \
	allnoconfig allyesconfig allmodconfig alldefconfig randconfig config
menuconfig oldconfig olddefconfig savedefconfig listnewconfig \
allnoconfig allyesconfig allmodconfig alldefconfig randconfig config: | out-folder
	$(Q)$(KCONFIG) $@
defconfig: | out-folder
	$(Q)$(KCONFIG) defconfig arch/$(ARCH)/configs/defconfig

# make NAME.config merges a fragment (arch/*/configs or kernel/configs) into the configuration.
%.config: | out-folder
	$(Q)$(KCONFIG) fragment $(firstword $(wildcard arch/$(ARCH)/configs/$@ kernel/configs/$@ $@) $@)

.PHONY: out-folder
out-folder:
	@$(if $(out),mkdir -p $(out))

ifneq ($(clean-goals),)
include scripts/kbuild/clean.mk
endif
