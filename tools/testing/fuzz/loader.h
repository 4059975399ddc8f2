/* SPDX-License-Identifier: MIT */
/* The kernel round the module loader (loader_kernel.c), as the loader's fuzz target sees it. */
#ifndef LOADER_H
#define LOADER_H

#include "../../../kernel/module/calls.h"
#include "fuzz.h"

/* What the first bytes of an input say. */
struct loader_setting {
	bool sign_enforced, wrap, init_fails, provider_coming, provider_died, provider_settles;
	u32 fail_at; /* the n-th allocation fails; 0: none */
};

/* Once, before all else. */
void loader_kernel_start(void);
/* Before a load, and afterwards: everything must be as it was before. */
void loader_kernel_begin(const struct loader_setting *setting);
void loader_kernel_end(void);
/* The module that has been started, NULL: none. And its end. */
struct module *loader_started(void);
void loader_unload(struct module *module);
/* Reads every file of /sys that the module has, and writes `text` to those that may be written. */
void loader_use_files(const char *text);
bool loader_has_file(const char *name);

#define LOADER_MODULE_MOST	(1u << 20) /* bytes of a region; a larger one finds no memory */

/* host.c: a place for modules below 2 GiB; protection: 0 none, 1 read, 3 read and write. */
void *fuzz_arena(size_t size);
void fuzz_protect(void *start, size_t size, int protection);

#endif
