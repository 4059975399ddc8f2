# Made by the build: passes every goal on to the sources.
MAKEFLAGS += --no-print-directory
.PHONY: all pass-on $(MAKECMDGOALS)
all $(filter-out all,$(MAKECMDGOALS)): pass-on ; @:
pass-on: ; @$(MAKE) -C SOURCES O=$(CURDIR) $(MAKECMDGOALS)
