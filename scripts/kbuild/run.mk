# SPDX-License-Identifier: MIT
#
# Goals that run what was built. scripts/deps checks for the tools first and installs what is
# missing; the building is another make, so that it works from a machine with nothing but make.

build = $(MAKE) $(if $(out),O=$(patsubst %/,%,$(out))) CC=$(CC)
# A program that calls make begins a new one, which is no part of this one and shares no job slots with it.
run = env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL O=$(or $(patsubst %/,%,$(out)),.) CC=$(CC)
vm = $(run) scripts/vm $(VM)

.PHONY: $(run-goals) build
.NOTPARALLEL:

# DEPS=check only says what is missing, and stops.
ifeq ($(DEPS),check)
$(run-goals):
	$(Q)scripts/deps $(if $(filter deps,$@),all,build run $(filter test,$(@:soak=test) $(@:test-configs=test) $(@:lint=test) $(@:test-debug=test)))
	@echo "deps: every tool for 'make $@' is there"
else
deps:
	$(Q)scripts/deps all

build:
	$(Q)scripts/deps build run
	+$(Q)$(build) vmlinux modules

# The shell of the guest's serial console comes to this terminal; Ctrl-A X ends it. VM= adds options.
qemu: build
	$(Q)$(vm) --fw bios
qemu-uefi: build
	$(Q)$(vm) --fw uefi
qemu-gdb: build
	@echo "In another terminal: gdb $(out)vmlinux -x scripts/gdb/mortise.py -ex 'target remote :1234'"
	$(Q)$(vm) --gdb 1234 --append nokaslr

iso: build
	+$(Q)$(build) modules_install INSTALL_MOD_PATH=$(out).iso-root
	@$(call say,ISO,$(out)mortise.iso)
	$(Q)scripts/mkiso $(out)mortise.iso $(out)vmlinux $(out).iso-root

test:
	$(Q)scripts/deps build run test
	+$(Q)$(build) vmlinux modules
	$(Q)$(run) tools/testing/run $(T)

test-configs test-debug soak:
	$(Q)scripts/deps build run test
	$(Q)$(run) tools/testing/$@ $(T)

# LINT= names tools, or files behind a --. The configuration is one of its own, with everything on.
lint-folder := $(out).lint
lint:
	$(Q)scripts/deps build test
	+$(Q)mkdir -p $(lint-folder) && $(MAKE) -s O=$(lint-folder) CC=gcc allyesconfig && $(MAKE) -s O=$(lint-folder) CC=gcc lint-units
	$(Q)$(run) scripts/lint $(LINT)

# KERNEL=no: host tests alone; AREAS=: some of the self-tests; COVERAGE=--save: the numbers into the tree.
coverage:
	$(Q)scripts/deps build run coverage
	$(Q)$(run) tools/coverage/run.sh $(COVERAGE)

# BENCH= adds options: --quick, --pairs 30, --modes icount, --save, names of rows.
bench:
	$(Q)scripts/deps build run test
	+$(Q)$(build) vmlinux modules
	$(Q)$(run) tools/testing/bench/bench.py $(BENCH)
endif
