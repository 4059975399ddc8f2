# SPDX-License-Identifier: MIT
#
# The benchmark's program, static: make -f build.mk OUT=folder

CC := gcc
CFLAGS := -std=gnu11 -O2 -g -Wall -Wextra -Werror -fno-omit-frame-pointer -pthread
sources := $(sort $(wildcard guest/*.c))

$(OUT)/bench: $(sources) $(wildcard guest/*.h) build.mk
	mkdir -p $(OUT)
	$(CC) $(CFLAGS) -static -s -o $@ $(sources)
