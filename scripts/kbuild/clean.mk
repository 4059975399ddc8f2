# SPDX-License-Identifier: MIT
#
# clean removes what the build made and keeps the configuration; mrproper removes that too.

clean-root := $(or $(patsubst %/,%,$(out)),.)
clean-patterns := *.o *.a *.s *.i *.ko *.mod.c *.types.c *.mod *.lds *.d .*.cmd .*.d *.order *.symvers *.map .kitpost.done .units.done .symvers.done

.PHONY: clean mrproper
clean:
	@$(call say,CLEAN,$(clean-root))
	$(Q)[ ! -d $(clean-root) ] || find $(clean-root) -name .git -prune -o -name .third-party -prune -o \
	  -type f \( $(patsubst %,-name '%' -o,$(clean-patterns)) -false \) -exec rm -f {} +
	$(Q)cd $(clean-root) && rm -rf mortise-kit-* kit-docs vmlinux vmlinux.* mortise.iso .iso-root .vm-modules .vm-modules.lock .kallsyms.room .relocs.room .deps.* \
	  modules.order modules.builtin modules.builtin.modinfo Module.symvers \
	  scripts/bin tags compile_commands.json .test

mrproper: clean
	$(Q)cd $(clean-root) && rm -rf .config .config.old include/config include/generated .third-party
