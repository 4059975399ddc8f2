# SPDX-License-Identifier: MIT
#
# How one file is made. Each command is kept in a hidden .cmd file beside its target, and a target
# whose command changed is made again: write rules as
#
#     cmd-frob = frob -o $@ $<
#     $(out)file: source FORCE
#             $(call make-if-changed,frob)

squote := '
hash := \#
empty :=
define newline


endef

# What is made from the tree goes below $(out); an outside module is made where it lies.
to := $(if $(outside),,$(out))

cmd-file = $(dir $1).$(notdir $1).cmd
# The command as the shell gets it within single quotes, and as make reads it back.
quoted = $(subst $(squote),'\'',$1)
escaped = $(subst $(hash),\$(hash),$(subst $$,$$$$,$1))

# Nonempty when the strings differ.
differ = $(if $(and $(findstring x$(strip $1)x,x$(strip $2)x),$(findstring x$(strip $2)x,x$(strip $1)x)),,y)
newer-inputs = $(filter-out FORCE,$?)
stale = $(or $(newer-inputs),$(call differ,$(saved-$@),$(cmd-$1)),$(if $(wildcard $@),,y))

show = $(if $(Q),@$(call say,$(call label,$1),$@);,$(info $(strip $(cmd-$1)))@)
label = $(or $(label-$1),$1)

# $(call make-if-changed,NAME): run cmd-NAME when needed, and keep it.
make-if-changed = $(if $(call stale,$1),$(eval built := y)$(show)set -e; $(cmd-$1); \
	printf '%s\n' 'saved-$@ := $(call quoted,$(call escaped,$(strip $(cmd-$1))))' >$(call cmd-file,$@),\
	$(fresh))
# The same for a compiler that writes $(depfile): fixdep keeps the command and the files read.
compile-if-changed = $(if $(call stale,$1),$(eval built := y)$(show)set -e; $(cmd-$1); \
	$(fixdep) $(depfile) '$@' '$(out)' '$(call quoted,$(strip $(cmd-$1)))' >$(call cmd-file,$@); \
	rm -f $(depfile),$(fresh))
# A goal that needs no work says so.
fresh = @$(if $(filter $@,$(addprefix $(to),$(goals))),$(call say,FRESH,$@),:)
depfile = $(@D)/.$(@F).d

# --- programs that run on the build machine ---

fixdep := $(out)scripts/bin/fixdep
label-hostcc := HOSTCC
cmd-hostcc = $(HOSTCC) $(host-flags) -o $@ $(filter %.c,$^) $(hostlibs-$(@F))
$(out)scripts/bin/%: scripts/%.c FORCE
	$(call make-if-changed,hostcc)
$(out)scripts/bin/kallsyms $(out)scripts/bin/relocs: scripts/image.h
# Expanded at once, so that folders may add $(obj)/x.
all-targets := $(fixdep)

# --- C and assembly ---

# Objects under modules/ are compiled as a third party would compile them.
is-module = $(or $(M),$(filter $(addprefix $(out),modules/% tools/testing/modules/%),$@))
c-flags = $(filter-out $(noflags-$@),$(if $(is-module),$(module-flags),$(kernel-flags)) $(flags-$@) $(instrument-flags))
as-flags = $(if $(is-module),$(module-asflags),$(kernel-asflags)) $(flags-$@)

label-cc = $(if $(is-module),CC [M],CC)
cmd-cc = $(CC) $(c-flags) -MD -MF $(depfile) -c -o $@ $<
label-as = AS
cmd-as = $(CC) $(as-flags) -MD -MF $(depfile) -c -o $@ $<
label-cpp = CPP
cmd-cpp = $(CC) $(c-flags) -E -o $@ $<
label-asm = ASM
cmd-asm = $(CC) $(c-flags) -S -o $@ $<

# C=1 checks what is compiled, C=2 every file.
ifneq ($(filter 1 2,$(C)),)
SPARSE := sparse
check = $(Q)$(SPARSE) -D__CHECKER__ -Wbitwise -Wcontext -Wno-return-void \
	$(filter-out -mstack-protector-guard=% -fcf-protection=% -Werror,$(c-flags)) $<
endif

$(to)%.o: %.c $(fixdep) FORCE | $(generated)
	$(if $(check),$(if $(or $(filter 2,$(C)),$(call stale,cc)),$(check)))
	$(call compile-if-changed,cc)
$(to)%.o: %.S $(fixdep) FORCE | $(generated)
	$(call compile-if-changed,as)
ifneq ($(to),)
$(to)%.o: $(to)%.c $(fixdep) FORCE | $(generated)
	$(call compile-if-changed,cc)
endif
$(to)%.i: %.c FORCE | $(generated)
	$(call make-if-changed,cpp)
$(to)%.s: %.c FORCE | $(generated)
	$(call make-if-changed,asm)

# --- constants of C for assembly (include/kernel/kbuild.h) ---

asm-offsets-source := arch/$(ARCH)/asm-offsets.c
asm-offsets := $(out)include/generated/asm-offsets.h
ifneq ($(wildcard $(asm-offsets-source)),)
label-offsets = OFFSETS
cmd-offsets = $(CC) $(kernel-flags) -g0 -MD -MF $(depfile) -MT $@ -S -o $@.s $<; \
	{ echo '/* Made from $<; do not edit. */'; \
	sed -n 's/^[ \t]*\.ascii[ \t]*"->\([^ ]*\) \([^"]*\)".*/$(hash)define \1 \2/p' $@.s; } >$@; rm -f $@.s
$(asm-offsets): $(asm-offsets-source) $(fixdep) FORCE | $(filter-out $(asm-offsets),$(generated))
	$(call compile-if-changed,offsets)
endif
