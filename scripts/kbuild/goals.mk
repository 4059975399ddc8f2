# SPDX-License-Identifier: MIT
#
# What can be asked for by name, once all rules are known.

object-goals := $(addprefix $(to),$(filter %.o %.i %.s %.ko,$(goals)))
all-targets += $(object-goals)

# O= needs the folders.
ifneq ($(to),)
$(shell mkdir -p $(sort $(dir $(all-targets))))
endif

modules-order := $(to)$(if $(M),$(M)/)modules.order
modules-builtin-list := $(out)modules.builtin

# modules.order keeps the link order for depmod; modules.builtin tells modprobe what is in vmlinux.
label-list = LIST
cmd-list = { :; $(if $(modules-ko),printf '%s\n' $(patsubst $(to)%,%,$(modules-ko));) } >$@
$(modules-order): FORCE
	$(call make-if-changed,list)
label-builtin-list = LIST
cmd-builtin-list = { :; $(if $(modules-y),printf '%s\n' $(patsubst $(to)%.o,kernel/%.ko,$(modules-y));) } >$@
$(modules-builtin-list): FORCE
	$(call make-if-changed,builtin-list)
all-targets += $(modules-order) $(modules-builtin-list)


# What modinfo knows of built-in modules: each line of .modinfo behind the module's name.
modules-builtin-modinfo := $(out)modules.builtin.modinfo
label-modinfo = LIST
cmd-modinfo = { :; $(foreach m,$(modules-y:.o=.full.o),\
	$(OBJCOPY) -O binary --only-section=.modinfo $m $@.one; \
	tr '\0' '\n' <$@.one | sed -n '/=/s/^/$(subst -,_,$(notdir $(m:.full.o=))).\&/p' | tr '\n' '\0';) } >$@; rm -f $@.one
$(modules-builtin-modinfo): $(modules-y:.o=.full.o) FORCE
	$(call make-if-changed,modinfo)
all-targets += $(modules-builtin-modinfo)

module-files := $(modules-ko) $(modules-order) $(if $(M),,$(modules-builtin-list) $(modules-builtin-modinfo) $(kit-symtypes) $(kit-golden-checked)) \
	$(if $(modules-m),$(symvers))

.PHONY: all modules modules_install compile_commands.json
modules: $(module-files)
	@$(if $(built),:,$(call say,FRESH,modules))

ifdef M
all: modules
else
all: vmlinux modules $(kit-golden-checked)
ifneq ($(out),)
.PHONY: vmlinux
vmlinux: $(out)vmlinux ; @:
endif
endif

# --- dir/ and, with O=, dir/file.o ---

folder-goals := $(filter %/,$(goals))
.PHONY: $(folder-goals)
$(foreach g,$(folder-goals),$(eval $g: $(filter $(to)$g%,$(core-objects) $(modules-builtin) $(modules-ko))))
$(folder-goals):
	@$(if $(built),:,$(call say,FRESH,$@))
ifneq ($(to),)
.PHONY: $(object-goals:$(to)%=%)
$(object-goals:$(to)%=%): %: $(to)% ; @:
endif

# --- installation ---

DEPMOD := PATH=$$PATH:/usr/sbin:/sbin depmod
install-root := $(INSTALL_MOD_PATH)/lib/modules/$(RELEASE)
install-folder := $(install-root)/$(if $(outside),$(if $(INTERNAL),updates,extra),kernel)
# Modules from elsewhere serve every release: each one's extra is a link to their folder. Those that use what is internal serve this build alone.
installed-extra := $(if $(outside),$(if $(INTERNAL),,$(INSTALL_MOD_PATH)/lib/modules/*/extra))

# Builds nothing, so that what is installed is what was built and perhaps tested.
modules_install:
	@for file in $(module-files); do [ -e $$file ] || \
	  { echo "modules_install: no $$file: make modules first" >&2; exit 1; }; done
	@$(call say,INSTALL,$(install-folder))
	$(Q)$(if $(M),,rm -rf $(install-root)/kernel;) mkdir -p $(install-root) $(INSTALL_MOD_PATH)/lib/modules/kit-1/extra
	$(Q)[ -e $(install-root)/extra ] || ln -s ../kit-1/extra $(install-root)/extra
	$(Q)mkdir -p $(install-folder)
	$(Q)set -e; for ko in $(patsubst $(or $(outside:%=%/),$(to))%,%,$(modules-ko)); do \
	  mkdir -p $(install-folder)/$$(dirname $$ko); \
	  $(if $(INSTALL_MOD_STRIP),$(STRIP) --strip-debug -o,cp) \
	    $(if $(INSTALL_MOD_STRIP),$(install-folder)/$$ko) $(or $(outside:%=%/),$(to))$$ko \
	    $(if $(INSTALL_MOD_STRIP),,$(install-folder)/$$ko); \
	done
ifndef M
	$(Q)sed 's,^.,kernel/&,' $(modules-order) >$(install-root)/modules.order
	$(Q)cp $(modules-builtin-list) $(modules-builtin-modinfo) $(install-root)/
endif
	$(Q)kit=$$(ls -d $(INSTALL_MOD_PATH)/usr/share/mortise-kit-* 2>/dev/null | tail -n 1); \
	  kit=$${kit:-$(if $(INSTALL_MOD_PATH)$(out)$(M),,$(CURDIR))}; \
	  [ -z "$$kit" ] || [ -e $(install-root)/build ] || ln -sfnr "$$kit" $(install-root)/build
	$(Q)set -e; for extra in $(or $(installed-extra),$(install-root)/extra); do [ -d $$extra ] || continue; \
	  release=$${extra%/extra}; release=$${release##*/}; [ $$release = kit-1 ] || \
	  $(DEPMOD) $(if $(INSTALL_MOD_PATH),-b $(INSTALL_MOD_PATH)) $$release; \
	done

# --- the kit for third parties ---

.PHONY: kit-package
kit-package: vmlinux modules
	$(Q)scripts/kit-package '$(out)' $(RELEASE)

# Its reference, from the comments of the headers: HTML and manual pages.
.PHONY: kit-docs
kit-docs:
	@$(call say,DOCS,$(out)kit-docs)
	$(Q)scripts/kit/docs --check --html $(out)kit-docs/html --man $(out)kit-docs/man/man9 \
	  --version $(kit-major).$(shell sed -n 's/^.define KIT_MINOR[ \t]*//p' include/kit/abi.h)

# make M=FOLDER check: runs the tests of its modules, NAME_test.ko.
ifdef M
.PHONY: check
check: modules
	$(Q)$(firstword $(wildcard scripts/test-module scripts/kit/test-module)) $(filter %_test.ko,$(modules-ko))
endif

# --- for editors and checkers ---

compile_commands.json: all
	@$(call say,JSON,$(out)$@)
	$(Q)$(PYTHON) scripts/compile-commands $(out)$@ $(foreach o,$(core-objects) $(module-leaves),$(call cmd-file,$o))

# What scripts/lint is told: the flags of each source, without what instruments add, and the flags that its list may name. Compiles nothing
# but a program that check-kit runs.
ifndef M
.PHONY: lint-units
lint-units: instrument-flags = $(instrument-warnings)
lint-units: $(generated) $(kitsyms)
	@$(call say,LIST,$(out)$@)
	$(file >$(out)$@,$$kernel:$(kernel-flags)$(newline)$$module:$(filter-out -Werror,$(module-flags))$(newline)$$host:$(host-flags)$(newline)$$third_party:$(third-party))
	$(foreach @,$(core-objects) $(module-leaves),$(file >>$(out)lint-units,$(patsubst $(out)%.o,%.c,$@):$(c-flags)))
endif
