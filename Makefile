# SPDX-License-Identifier: MIT
#
# The top Makefile. `make help` lists what it can do; Documentation/build.md tells how it works.
#
# One make process sees the whole tree: scripts/kbuild/tree.mk collects the folders' Makefiles,
# scripts/kbuild/rules.mk has the compile and link rules. Everything runs in the source folder;
# $(out) is empty or the O= folder with a slash, and stands before the name of each made file.

RELEASE := 6.1.0-mortise-0.1.0

MAKEFLAGS += -rR --no-print-directory
.SUFFIXES:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all
SHELL := /bin/sh
export LC_ALL := C

ARCH := x86_64
CC := gcc
HOSTCC := gcc
LD := ld
AR := ar
NM := nm
OBJCOPY := objcopy
STRIP := strip
PYTHON := /usr/bin/python3

# O=folder: build there instead of in the source folder. Only from the command line: programs hand O on
# to each other in the environment.
ifneq ($(origin O),command line)
  override O :=
endif
ifneq ($(filter-out . ./ $(CURDIR),$(O)),)
  out := $(patsubst $(CURDIR)/%,%,$(abspath $(O)))/
endif

# M=folder: build the modules of that folder against this tree. What is built for a folder of the source goes to its place in O=; a folder
# within O= is no folder of the source, even if O= is.
ifdef M
  override M := $(abspath $(M))
  ifeq ($(and $(out),$(filter $(abspath $(out))/%,$(M))),)
    override M := $(patsubst $(CURDIR)/%,%,$(M))
  endif
  outside := $(filter /%,$(M))
endif

# V=1 prints whole commands. `make -s` prints nothing but errors.
ifeq ($(V),1)
  Q :=
else
  Q := @
endif
silent := $(findstring s,$(filter-out --%,$(firstword $(MAKEFLAGS))))
say = $(if $(silent)$(filter 1,$(V)),:,printf '  %-7s %s\n' '$1' '$2')

# All processors, unless -j says otherwise.
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(shell nproc)
endif

# Installing takes what is there: it belongs to the compiler that made it.
ifneq ($(MAKECMDGOALS),)
ifeq ($(filter-out modules_install,$(MAKECMDGOALS)),)
CC := $(or $(shell head -n 1 $(out)include/config/inputs 2>/dev/null),$(CC))
endif
endif

# Goals that change the configuration or remove files run one after another, before the others.
goals := $(or $(MAKECMDGOALS),all)
config-goals := $(filter %config config,$(goals))
clean-goals := $(filter clean mrproper,$(goals))
first-goals := $(filter $(config-goals) $(clean-goals),$(goals))
build-goals := $(filter-out $(first-goals),$(goals))

ifneq ($(filter-out 1,$(words $(first-goals) $(if $(build-goals),$(if $(first-goals),x)))),)
ifneq ($(first-goals),)

.PHONY: $(goals) in-order
$(goals): in-order ; @:
in-order:
	$(Q)for goal in $(first-goals); do $(MAKE) $$goal || exit; done
	$(if $(build-goals),$(Q)+$(MAKE) $(build-goals))

mixed-goals := y
endif
endif

ifndef mixed-goals
# These run something that was built: they see to the tools, then call make for the building.
run-goals := iso qemu qemu-uefi qemu-gdb test test-configs test-debug soak bench lint coverage deps
ifneq ($(config-goals)$(clean-goals),)
include scripts/kbuild/config.mk
else ifneq ($(filter $(run-goals),$(goals)),)
include scripts/kbuild/run.mk
else ifneq ($(filter-out help tags,$(goals)),)
include scripts/kbuild/config.mk
include scripts/kbuild/build.mk
endif
include scripts/kbuild/help.mk
endif
