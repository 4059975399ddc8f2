# SPDX-License-Identifier: MIT
#
# From objects to vmlinux and modules.

# --- what modules may see ---

$(shell mkdir -p $(kit-root); for d in kit uapi; do [ -e $(kit-root)/$$d ] || \
  ln -sfn $(CURDIR)/include/$$d $(kit-root)/$$d; done)

# --- modules: the same relocatable object is NAME.ko or, its names made local, part of vmlinux ---

module-objects := $(modules-y) $(modules-m)
composites := $(foreach m,$(module-objects),$(if $(parts-$m),$m))
module-leaves := $(foreach m,$(module-objects),$(or $(parts-$m),$m))
modules-ko := $(modules-m:.o=.ko)
modules-builtin := $(modules-y:.o=.builtin.o)

label-ldr = LD [M]
cmd-ldr = $(LD) -r -o $@ $(filter %.o,$^)
$(foreach m,$(composites),$(eval $m: $(parts-$m)))
$(composites): FORCE
	$(call make-if-changed,ldr)

label-ko = LD [M]
cmd-ko = $(LD) -r --build-id=sha1 -o $@ $(filter %.o,$^)
$(modules-ko): %.ko: %.o FORCE
	$(call make-if-changed,ko)

label-builtin = LOCAL
cmd-builtin = $(OBJCOPY) --wildcard -w --keep-global-symbol='__kit_*' $< $@
$(modules-builtin): %.builtin.o: %.o FORCE
	$(call make-if-changed,builtin)

# --- vmlinux ---

vmlinux-objects := $(core-objects) $(modules-builtin)
lds-source := $(if $(M),,arch/$(ARCH)/boot/vmlinux.lds.S)
lds := $(out)arch/$(ARCH)/boot/vmlinux.lds

ifneq ($(wildcard $(lds-source)),)
label-lds = LDS
cmd-lds = $(CC) -E -P -x assembler-with-cpp $(filter-out -g,$(kernel-asflags)) -DLINKER_SCRIPT \
	-MD -MF $(depfile) -MT $@ -o $@ $<
$(lds): $(lds-source) $(fixdep) FORCE | $(generated)
	$(call compile-if-changed,lds)

# scripts/link-vmlinux says what these are.
link-flags := -m elf_x86_64 -z max-page-size=4096 -z noexecstack --build-id=sha1 \
	--fatal-warnings --no-undefined
kallsyms := $(out)scripts/bin/kallsyms
link-kallsyms := $(if $(CONFIG_KALLSYMS),$(kallsyms) $(if $(CONFIG_KALLSYMS_ALL),--all))

label-vmlinux = LINK
cmd-vmlinux = scripts/link-vmlinux '$@' '$(LD) $(link-flags) -T $(lds)' '$(CC) -m64' \
	'$(link-kallsyms)' '$(CONFIG_IMAGE_SIZE_LIMIT)' $(vmlinux-objects)
$(out)vmlinux: $(lds) $(vmlinux-objects) scripts/link-vmlinux $(if $(CONFIG_KALLSYMS),$(kallsyms)) FORCE
	$(call make-if-changed,vmlinux)
all-targets += $(lds) $(out)vmlinux $(kallsyms)
endif

all-targets += $(module-leaves) $(composites) $(modules-ko) $(modules-builtin) $(vmlinux-objects) $(generated)

$(sort $(module-leaves) $(filter-out $(modules-builtin),$(vmlinux-objects))): | $(generated)
