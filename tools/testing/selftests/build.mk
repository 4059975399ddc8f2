# SPDX-License-Identifier: MIT
#
# One static program of all areas: make -f build.mk OUT=folder

CC := gcc
CFLAGS := -std=gnu11 -O1 -g -Wall -Wextra -Werror -Wno-nonnull -Wno-stringop-overread -Wno-stringop-overflow \
	-Wno-stringop-truncation -Wno-format-truncation -Wno-array-bounds -Wno-unused-result -fno-omit-frame-pointer -pthread
sources := $(sort $(wildcard *.c))
objects := $(sources:%.c=$(OUT)/%.o)

# Debian's static C library is what the guest runs; -s keeps the initramfs small.
$(OUT)/selftests: $(objects)
	$(CC) -static -pthread -s -o $@ $^

$(OUT)/%.o: %.c harness.h build.mk | $(OUT)
	$(CC) $(CFLAGS) -c -o $@ $<

$(OUT):
	mkdir -p $@
