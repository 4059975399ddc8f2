# SPDX-License-Identifier: MIT
#
# Flags of the compilers. module-flags is the kit's frozen compile ABI (see the kit's policy): a
# change there is a change of every module that was ever shipped.

cc-is-clang := $(findstring clang,$(CC_VERSION))
cc-include := $(shell $(CC) -print-file-name=include)

# What kernel and modules share: the compile ABI first, then language and warnings.
abi-flags := -m64 -mcmodel=kernel -mno-red-zone -mgeneral-regs-only -fno-pic -fno-pie \
	-fno-omit-frame-pointer -fcf-protection=branch \
	$(if $(cc-is-clang),-mstack-alignment=16,-mpreferred-stack-boundary=4) \
	-fstack-protector-strong -mstack-protector-guard=global
language-flags := -std=gnu11 -ffreestanding -nostdinc -isystem $(cc-include) \
	-fno-strict-aliasing -fno-common -fwrapv -fno-delete-null-pointer-checks \
	-fno-asynchronous-unwind-tables -O2 -g
warning-flags := -Wall -Wextra -Wno-unused-parameter -Wno-sign-compare -Wmissing-prototypes \
	-Wstrict-prototypes -Wvla -Wundef
# Not for modules elsewhere, whose compiler may be a younger one than we know: a warning must not end what builds today. WERROR=1 wants it. What is a mistake
# in every compiler's eyes remains one.
always-mistakes := implicit-function-declaration implicit-int int-conversion incompatible-pointer-types return-type
warning-flags += $(if $(and $(outside),$(filter-out 1,$(or $(WERROR),0))),$(always-mistakes:%=-Werror=%),-Werror)
# clang counts the markers of kit structures as fields that a positional initializer left out.
warning-flags += $(if $(cc-is-clang),-Wno-missing-field-initializers)
ifeq ($(W),1)
warning-flags := $(filter-out -Werror,$(warning-flags)) -Wunused-parameter -Wsign-compare \
	-Wshadow -Wcast-align -Wmissing-declarations -Wredundant-decls -Wformat=2
endif

# The same source gives the same binary, wherever it lies and wherever it is built.
path-flags := $(if $(out),-ffile-prefix-map=$(out)=) -ffile-prefix-map=$(CURDIR)=. $(if $(M),-ffile-prefix-map=$(M)=.) \
	$(if $(cc-is-clang),-fdebug-compilation-dir=.,-gno-record-gcc-switches)

include-flags := -I$(out)include -Iinclude -Iarch/$(ARCH)/include -I$(out)include/generated
common-flags := $(abi-flags) $(language-flags) $(warning-flags) $(path-flags)

kernel-flags := $(common-flags) $(include-flags) -D__KERNEL__ \
	-include $(out)include/generated/autoconf.h -include include/kernel/kconfig.h
kernel-asflags := -m64 $(if $(cc-is-clang),,-Wa,--fatal-warnings) -g -nostdinc \
	-isystem $(cc-include) $(path-flags) $(include-flags) -D__KERNEL__ -D__ASSEMBLY__ \
	-include $(out)include/generated/autoconf.h -include include/kernel/kconfig.h -fcf-protection=branch

# Part of the compile ABI too: every indirect branch of a module goes through a thunk of the kernel's.
thunk-flags := $(if $(cc-is-clang),-mretpoline-external-thunk,-mindirect-branch=thunk-extern -mindirect-branch-register)

kernel-flags += $(if $(CONFIG_RETPOLINE),$(thunk-flags))

kit-root := $(out)include/generated/kit-root
module-flags := $(common-flags) $(thunk-flags) -I$(kit-root) -D__MODULE__
module-asflags := -m64 -g -nostdinc $(path-flags) -I$(kit-root) -D__MODULE__ -D__ASSEMBLY__ \
	-fcf-protection=branch

host-flags := -O2 -D_GNU_SOURCE -Wall -Wextra -Werror
