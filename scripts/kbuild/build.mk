# SPDX-License-Identifier: MIT
#
# Goals that compile. The configuration is read first; make starts over by itself when it was stale.

auto-conf := $(out)include/config/auto.conf

include $(auto-conf)
-include $(auto-conf).cmd

# A new or vanished Kconfig file, or another compiler or linker, makes the configuration stale too.
CC_VERSION := $(shell $(CC) --version 2>/dev/null | head -n 1)
ifeq ($(CC_VERSION),)
$(error no compiler: '$(CC) --version' says nothing)
endif
LD_VERSION := $(shell $(LD) --version 2>/dev/null | head -n 1)
config-inputs := $(CC_VERSION) $(LD_VERSION) $(wildcard Kconfig */Kconfig arch/*/Kconfig modules/*/Kconfig)
config-inputs-file := $(out)include/config/inputs
$(shell mkdir -p $(out)include/config $(out)include/generated $(out)scripts/bin; \
  printf '%s\n' '$(CC)' '$(config-inputs)' | cmp -s - $(config-inputs-file) || \
  printf '%s\n' '$(CC)' '$(config-inputs)' >$(config-inputs-file))

$(out).config:
	@echo "  There is no $@: taking defconfig."
	$(Q)$(KCONFIG) defconfig arch/$(ARCH)/configs/defconfig

$(auto-conf): $(out).config $(config-inputs-file) $(kconfig-files) scripts/kconfig.py
	$(Q)$(KCONFIG) sync

# Without a configuration there is no telling what to build: make comes back here when it has one.
ifneq ($(wildcard $(auto-conf)),)
include scripts/kbuild/flags.mk
include scripts/kbuild/instrument.mk
include scripts/kbuild/rules.mk
include scripts/kbuild/tree.mk
include scripts/kbuild/link.mk
include scripts/kbuild/goals.mk
include $(wildcard $(foreach t,$(all-targets),$(call cmd-file,$t)))
endif
