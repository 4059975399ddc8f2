# SPDX-License-Identifier: MIT
#
# From objects to vmlinux and modules.

# --- what modules may see ---

$(shell mkdir -p $(kit-root); for d in kit uapi; do [ -e $(kit-root)/$$d ] || \
  ln -sfn $(CURDIR)/include/$$d $(kit-root)/$$d; done)

# --- types of the kit ---
#
# One unit includes every kit header and is compiled as a module is: its debug information has the types of all that the kit has
# (tools/kitsyms). The kernel is linked with the checksums; symtypes has all in words, to be compared with the golden files.

kitsyms := $(out)scripts/bin/kitsyms
kit-types := $(out)include/generated/kit-types
kit-unit := $(kit-types)/unit.o
kit-versions := $(kit-types)/versions.o
kit-contracts := $(if $(CONFIG_MODULE_CALLS),$(kit-types)/contracts.o)
kit-symtypes := $(kit-types)/kit.symtypes
ifndef M
kit-headers := $(wildcard include/kit/*.h)
$(shell mkdir -p $(kit-types))

hostlibs-kitsyms := -ldw -lelf
$(kitsyms): tools/kitsyms/kitsyms.c tools/kitsyms/types.c tools/kitsyms/util.c tools/kitsyms/types.h tools/kitsyms/util.h FORCE
	$(call make-if-changed,hostcc)

label-unit = KITUNIT
cmd-unit = $(kitsyms) --unit $@ $(kit-headers); touch $@
$(kit-types)/unit.c: $(kit-headers) $(kitsyms) FORCE
	$(call make-if-changed,unit)
label-unit-cc = KITUNIT
cmd-unit-cc = $(CC) $(module-flags) -MD -MF $(depfile) -c -o $@ $<
$(kit-unit): $(kit-types)/unit.c $(fixdep) FORCE
	$(call compile-if-changed,unit-cc)

label-versions = KITSYMS
cmd-versions = $(kitsyms) --versions $(kit-unit) $@; touch $@
$(kit-types)/versions.c: $(kit-unit) $(kitsyms) FORCE
	$(call make-if-changed,versions)
label-versions-cc = KITSYMS
cmd-versions-cc = $(CC) $(kernel-flags) -MD -MF $(depfile) -c -o $@ $<
$(kit-versions): $(kit-types)/versions.c $(fixdep) FORCE | $(generated)
	$(call compile-if-changed,versions-cc)

label-contracts = CONTRACT
cmd-contracts = scripts/kit-contracts $@ $(kit-headers); touch $@
$(kit-types)/contracts.c: $(kit-headers) scripts/kit-contracts FORCE
	$(call make-if-changed,contracts)
$(kit-contracts): $(kit-types)/contracts.c $(fixdep) FORCE | $(generated)
	$(call compile-if-changed,versions-cc)

label-symtypes = KITSYMS
cmd-symtypes = $(kitsyms) --types $(kit-unit) $@; touch $@
$(kit-symtypes): $(kit-unit) $(kitsyms) FORCE
	$(call make-if-changed,symtypes)

# The golden file holds what is frozen: the build fails when a line of it has changed or is gone.
kit-major := $(shell sed -n 's/^.define KIT_MAJOR[ \t]*//p' include/kit/abi.h)
kit-golden := Documentation/abi/kit-$(kit-major).x.symtypes
kit-golden-checked := $(kit-types)/.golden.checked
label-golden = GOLDEN
cmd-golden = $(if $(wildcard $(kit-golden)),$(kitsyms) --check $(kit-golden) $(kit-unit);) touch $@
$(kit-golden-checked): $(kit-unit) $(kitsyms) $(wildcard $(kit-golden)) FORCE
	$(call make-if-changed,golden)
.PHONY: kit-golden
kit-golden: $(kit-unit) $(kitsyms)
	$(Q)scripts/kit-golden $(kitsyms) $(kit-unit) $(kit-golden) $(BREAK)
all-targets += $(kitsyms) $(kit-types)/unit.c $(kit-unit) $(kit-types)/versions.c $(kit-versions) \
	$(if $(kit-contracts),$(kit-types)/contracts.c $(kit-contracts)) $(kit-symtypes) $(kit-golden-checked)
endif

# --- modules ---
#
# parts -> NAME.o -> NAME.types.c -> NAME.types.o, the module's own view of what it imports (tools/kitpost)
#          NAME.o, NAME.types.o -> NAME.mod.c -> NAME.ko
# A built-in module is the same file with its names made local, all but what it exports.

module-objects := $(modules-y) $(modules-m)
composites := $(foreach m,$(module-objects),$(if $(parts-$m),$m))
module-leaves := $(foreach m,$(module-objects),$(or $(parts-$m),$m))
builtin-leaves := $(foreach m,$(modules-y),$(or $(parts-$m),$m))
modules-ko := $(modules-m:.o=.ko)
modules-builtin := $(modules-y:.o=.builtin.o)
modules-mod-o := $(module-objects:.o=.mod.o)
modules-types-o := $(modules-m:.o=.types.o)
kitpost := $(out)scripts/bin/kitpost
module-ld := scripts/module.ld

# The packaged kit has the program without its source.
ifneq ($(wildcard tools/kitpost/main.c),)
# One of its files is the loader's own check of ELF files and sees the kernel's headers, the others see the host's.
kitpost-sources := $(filter-out tools/kitpost/file.c,$(wildcard tools/kitpost/*.c)) tools/kitsyms/types.c \
	tools/kitsyms/util.c
label-kitpost-cc = HOSTCC
cmd-kitpost-cc = $(HOSTCC) -O2 -std=gnu11 -ffreestanding -nostdinc -isystem $$($(HOSTCC) -print-file-name=include) -Iinclude \
	-Iarch/$(ARCH)/include -I. -Wall -Wextra -Wno-sign-compare -Werror -c -o $@.file.o tools/kitpost/file.c; \
	$(HOSTCC) $(host-flags) -o $@ $(kitpost-sources) $@.file.o -lZydis -ldw -lelf; rm -f $@.file.o
$(kitpost): $(kitpost-sources) tools/kitpost/file.c tools/kitpost/kitpost.h tools/kitsyms/types.h tools/kitsyms/util.h lib/elf_module.c \
		include/lib/elf_module.h include/lib/module_words.h FORCE
	$(call make-if-changed,kitpost-cc)
endif

label-ldr = LD [M]
cmd-ldr = $(LD) -r -o $@ $(filter %.o,$^)
$(foreach m,$(composites),$(eval $m: $(parts-$m)))
$(composites): FORCE
	$(call make-if-changed,ldr)

# What the kernel exports, and with it what all modules of the tree export.
kernel-symvers := $(out)vmlinux.symvers
tree-symvers := $(out)Module.symvers
symvers := $(to)$(if $(M),$(M)/)Module.symvers

# The lists are only written when they change; stamps tell that they are up to date.
kernel-symvers-done := $(out).symvers.done
label-kernel-symvers = SYMVERS
cmd-kernel-symvers = $(kitsyms) --symvers $(kit-unit) $(out)vmlinux $(kernel-symvers); touch $@
ifndef M
$(kernel-symvers-done): $(out)vmlinux $(kit-unit) $(kitsyms) FORCE
	$(call make-if-changed,kernel-symvers)
$(kernel-symvers): $(kernel-symvers-done) ; @:
endif

in-symvers := $(if $(M),$(tree-symvers),$(kernel-symvers))
units-done := $(symvers:Module.symvers=.units.done)
# INTERNAL=1 with M=: a test module of this very build, which may see what is exported to such only.
internal := $(if $(M),$(if $(INTERNAL),--internal $(out)vmlinux))
label-units = KITPOST
cmd-units = OUT=$(out) FOLDER=$(M) $(kitpost) $(internal) --units $(in-symvers) $(modules-m); touch $@
$(units-done): $(modules-m) $(if $(M),,$(kernel-symvers)) $(kitpost) FORCE
	$(call make-if-changed,units)
$(modules-m:.o=.types.c): $(units-done) ; @:

label-types = TYPES
cmd-types = $(CC) $(c-flags) -I. -MD -MF $(depfile) -c -o $@ $<
$(modules-types-o): %.o: %.c $(fixdep) FORCE
	$(call compile-if-changed,types)

kitpost-done := $(symvers:Module.symvers=.kitpost.done)
label-kitpost = KITPOST
cmd-kitpost = OUT=$(out) $(kitpost) $(internal) $(if $(M),,--intree) --modules $(in-symvers) $(symvers) $(modules-m); touch $@
$(kitpost-done): $(modules-m) $(modules-types-o) $(if $(M),,$(kernel-symvers)) $(if $(internal),$(out)vmlinux) $(kitpost) FORCE
	$(call make-if-changed,kitpost)
$(modules-m:.o=.mod.c) $(symvers): $(kitpost-done) ; @:

label-kitpost-builtin = KITPOST
cmd-kitpost-builtin = OUT=$(out) $(kitpost) --builtin $<
$(modules-y:.o=.mod.c): %.mod.c: %.o $(kitpost) FORCE
	$(call make-if-changed,kitpost-builtin)

label-mod = MOD [M]
cmd-mod = $(CC) $(c-flags) -MD -MF $(depfile) -c -o $@ $<
$(modules-mod-o): %.o: %.c $(fixdep) FORCE
	$(call compile-if-changed,mod)

label-ko = LD [M]
cmd-ko = $(LD) -r --build-id=sha1 -T $(module-ld) -o $@ $(filter %.o,$^); $(kitpost) --check $@
$(modules-ko) $(modules-y:.o=.full.o): $(module-ld) $(kitpost)
$(modules-ko): %.ko: %.o %.mod.o FORCE
	$(call make-if-changed,ko)
$(modules-y:.o=.full.o): %.full.o: %.o %.mod.o FORCE
	$(call make-if-changed,ko)

label-builtin = LOCAL
cmd-builtin = { echo : ; $(NM) $< | sed -n 's/.* kit_export_//p'; } >$@.names; \
	$(OBJCOPY) --keep-global-symbols=$@.names $< $@; rm $@.names
$(modules-builtin): %.builtin.o: %.full.o FORCE
	$(call make-if-changed,builtin)

# --- vmlinux ---

vmlinux-objects := $(core-objects) $(if $(M),,$(kit-versions) $(kit-contracts)) $(modules-builtin)
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

relocs := $(if $(CONFIG_RANDOMIZE_BASE),$(out)scripts/bin/relocs)

label-vmlinux = LINK
cmd-vmlinux = RELOCS='$(relocs)' OBJCOPY='$(OBJCOPY)' scripts/link-vmlinux '$@' '$(LD) $(link-flags) -T $(lds)' '$(CC) -m64' \
	'$(link-kallsyms)' '$(CONFIG_IMAGE_SIZE_LIMIT)' $(vmlinux-objects)
$(out)vmlinux: $(lds) $(vmlinux-objects) scripts/link-vmlinux $(if $(CONFIG_KALLSYMS),$(kallsyms)) $(relocs) FORCE
	$(call make-if-changed,vmlinux)
all-targets += $(lds) $(out)vmlinux $(kallsyms) $(relocs)
endif

all-targets += $(module-leaves) $(composites) $(modules-ko) $(modules-y:.o=.full.o) $(modules-builtin) \
	$(modules-mod-o) $(modules-y:.o=.mod.c) $(modules-types-o) $(kernel-symvers-done) $(units-done) $(kitpost-done) $(kitpost) \
	$(vmlinux-objects) $(generated)

$(sort $(module-leaves) $(filter-out $(modules-builtin),$(vmlinux-objects))): | $(generated)
