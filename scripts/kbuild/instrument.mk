# SPDX-License-Identifier: MIT
#
# What compilers add to the code so that it checks or counts itself: KASAN, UBSAN, KCOV, GCOV (kernel/Kconfig.sanitize). With an option
# off nothing of it is on any command line, so the objects are those of a tree without the option.
#
# A folder's Makefile takes itself or one object out:
#     KASAN_SANITIZE := n            what the checks themselves are made of, or what runs where they cannot
#     KASAN_SANITIZE_foo.o := n      and y takes it back in
# and likewise UBSAN_SANITIZE, KCOV_INSTRUMENT, GCOV_PROFILE.

comma := ,
instruments := KASAN_SANITIZE UBSAN_SANITIZE KCOV_INSTRUMENT GCOV_PROFILE

ifdef CONFIG_KASAN
# Inline checks while a function has at most so many accesses; 0: always calls.
kasan-inline-limit := $(if $(CONFIG_KASAN_INLINE),10000,0)
kasan-parameters := asan-globals=1 asan-stack=1 asan-instrumentation-with-call-threshold=$(kasan-inline-limit)
flags-KASAN_SANITIZE := -fsanitize=kernel-address $(if $(cc-is-clang),\
	-mllvm -asan-mapping-offset=$(CONFIG_KASAN_SHADOW_OFFSET) \
	$(foreach p,$(kasan-parameters) asan-instrument-dynamic-allocas=1,-mllvm -$p),\
	-fasan-shadow-offset=$(CONFIG_KASAN_SHADOW_OFFSET) -fsanitize-address-use-after-scope \
	$(foreach p,$(kasan-parameters) asan-instrument-allocas=1,--param $p))
endif

# Not signed-integer-overflow: the tree is compiled with -fwrapv, which defines it. Not null: with -fno-delete-null-pointer-checks the address
# of a null pointer's field is one like any other (programs give us such pointers), and a use of it traps by itself. Not alignment: x86 has no
# bad one, and packed tables of firmware and disks are read in place. clang's bounds would bring its local-bounds with it, which do not report but trap.
ifdef CONFIG_UBSAN
flags-UBSAN_SANITIZE := $(foreach s,shift integer-divide-by-zero $(if $(cc-is-clang),array-bounds,bounds) bool enum unreachable,-fsanitize=$s)
endif

ifdef CONFIG_KCOV
flags-KCOV_INSTRUMENT := -fsanitize-coverage=trace-pc$(if $(CONFIG_KCOV_COMPARISONS),$(comma)trace-cmp)
endif

# Counters for each line; where they lie is in a section that the host reads (tools/coverage).
ifdef CONFIG_GCOV_KERNEL
flags-GCOV_PROFILE := -fprofile-arcs -ftest-coverage -fprofile-info-section=.gcov_info -fprofile-update=atomic -fno-tree-loop-im
endif

# The added code makes compilers see values that are not set where they are.
instrument-warnings := $(if $(flags-KASAN_SANITIZE)$(flags-UBSAN_SANITIZE)$(flags-GCOV_PROFILE),$(if $(cc-is-clang),\
	-Wno-frame-larger-than,-Wno-maybe-uninitialized -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread))

# Of the object $@ (counters: of modules only if they are built in, the others lie where each guest has put them); off-OBJECT lists the instruments that its folder refuses.
instrument-flags = $(if $(filter-out %.mod.o %.types.o,$(if $(instrument-on),$@)),$(foreach i,$(filter-out $(off-$@) $(if $(is-module),$(if $(filter $@,$(builtin-leaves)),,GCOV_PROFILE)),$(instruments)),$(flags-$i)) $(instrument-warnings))
instrument-on := $(strip $(foreach i,$(instruments),$(flags-$i)))

# $(call read-instruments,FOLDER/,NAME.o): what the folder said of its object.
read-instruments = $(if $(instrument-on),$(eval off-$(to)$1$2 := $(foreach i,$(instruments),$(if $(filter n,$(or $($i_$2),$($i))),$i))))
