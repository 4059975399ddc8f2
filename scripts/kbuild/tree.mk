# SPDX-License-Identifier: MIT
#
# The tree: what the folders' Makefiles say, in one namespace.
#
# A folder's Makefile holds
#     obj-y += a.o sub/              objects and folders, in link order
#     obj-$(CONFIG_FOO) += foo.o     m is for folders of modules only
#     foo-y := a.o b.o               foo.o is made of these
#     ccflags-y += -DX               flags for this folder
#     CFLAGS_a.o, CFLAGS_REMOVE_a.o  flags for one object
#     KASAN_SANITIZE := n            see instrument.mk
#     generated-y += include/generated/x.h   headers that must be there before anything is compiled
# and rules for what it generates, named by $(obj)/x (made) and $(src)/x (source). Rules are read
# together with all others: within a recipe use only $@, $< and $^.

ifdef M
top-folders :=
module-folders := $(M)/
else
top-folders := arch/$(ARCH) kernel lib mm fs drivers
# Buses come first: as parts of vmlinux, modules start in this order.
bus-folders := modules/acpi/ modules/pci/
module-folders := $(patsubst %Makefile,%,$(wildcard modules/*/Makefile))
module-folders := $(filter $(bus-folders),$(module-folders)) $(filter-out $(bus-folders),$(module-folders))
endif

# $(call read,FOLDER/): read its Makefile into entries-, modules-, parts- and flags- variables.
define read-folder
obj-y :=
obj-m :=
ccflags-y :=
ccflags-remove-y :=
generated-y :=
$(foreach i,$(instruments),$i :=
)src := $(patsubst %/,%,$1)
obj := $(to)$(patsubst %/,%,$1)
include $1Makefile
entries-$1 := $$(obj-y)
modules-$1 := $$(filter %.o,$$(obj-m))
entries-$1 += $$(filter %/,$$(obj-m))
generated += $$(addprefix $$(out),$$(generated-y))
$$(foreach o,$$(filter %.o,$$(obj-y) $$(obj-m)),$$(call read-object,$1,$$o))
endef

# $(call read-object,FOLDER/,NAME.o)
read-object = $(eval parts := $(or $($(2:.o=-y)),$($(2:.o=-objs))))$(if $(parts),\
  $(eval parts-$(to)$1$2 := $(addprefix $(to)$1,$(parts)))$(eval $(2:.o=-y) :=))\
  $(foreach o,$(or $(parts),$2),\
    $(eval flags-$(to)$1$o := $(strip $(ccflags-y) $(CFLAGS_$o)))\
    $(eval noflags-$(to)$1$o := $(strip $(ccflags-remove-y) $(CFLAGS_REMOVE_$o)))\
    $(call read-instruments,$1,$o))

# $(call walk,FOLDER/): the folder's objects in link order.
walk = $(eval $(call read-folder,$1))$(foreach e,$(entries-$1),\
  $(if $(filter %/,$e),$(call walk,$1$e),$(call object,$1,$e)))$(eval modules-m += $(addprefix $(to)$1,$(modules-$1)))
# A composite of the core is only a list; one of a module folder is a relocatable object.
object = $(if $(filter modules/% tools/%,$1),$(to)$1$2,$(or $(parts-$(to)$1$2),$(to)$1$2))

generated := $(if $(M),,$(if $(wildcard $(asm-offsets-source)),$(asm-offsets)))
modules-m :=
core-objects := $(strip $(foreach d,$(top-folders),$(if $(wildcard $d/Makefile),$(call walk,$d/))))
modules-y := $(strip $(foreach d,$(module-folders),$(call walk,$d)))
modules-m := $(strip $(modules-m))
$(if $(modules-y),$(if $(outside),$(error $(M)/Makefile: outside modules are obj-m, not obj-y)))
