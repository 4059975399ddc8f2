/* SPDX-License-Identifier: MIT */
/*
 * A file and arguments as init_module() hands them to the loader: refused or loaded, and then all that /sys shows
 * of it is read and written; nothing is left of it in the end. The first HEAD bytes of an input are flags, which
 * allocation fails, and the arguments; the file follows.
 *
 * Chance hardly ever hits what is behind the ELF headers, so inputs are mostly changed within one section, or one
 * field of one section's header.
 */
#include "loader.h"

#include <lib/err.h>

#define HEAD		64u
#define HEAD_TEXT	4u

enum {
	SIGN_ENFORCED = 1,
	WRAP = 2,
	INIT_FAILS = 4,
	PROVIDER_COMING = 8,
	PROVIDER_DIED = 16,
	PROVIDER_SETTLES = 32,
	ODD_FLAGS = 64,
	TWICE = 128,
};

/* ---- what must hold of a module that was loaded ---- */

static bool is_inside(const struct module *module, const void *p)
{
	for (int r = 0; r < NR_REGIONS; r++)
		if ((u64)p - (u64)module->regions[r].base < module->regions[r].size)
			return true;
	return false;
}

static void check_symbols(const struct module *module)
{
	unsigned long offset, size;
	const char *name;

	for (unsigned int i = 0; i < module->nr_symbols; i++) {
		PROMISE(!i || module->symbols[i - 1].address <= module->symbols[i].address);
		strlen(module->symbols[i].name);
	}
	module_symbol_lookup((unsigned long)module->regions[REGION_TEXT].base, &offset, &size,
			     &name);
	for (unsigned int i = 0; i < module->nr_sections; i++)
		strlen(module->sections[i].name);
}

static void check(const struct module *module)
{
	const struct kit_module *d = module->descriptor;

	PROMISE(!strcmp(module->name, d->name) && module_find(module->name) == module);
	PROMISE(!d->init || is_inside(module, (const void *)d->init));
	PROMISE(!d->exit || is_inside(module, (const void *)d->exit));
	PROMISE(is_inside(module, d->self) && is_inside(module, d->stack_guard));
	*d->self = (struct module *)module;
	*d->stack_guard = ~0ul;
	for (const struct kit_param *p = d->params; p < d->params_end; p = param_next(p))
		PROMISE(is_inside(module, p->value) && is_inside(module, p->name));
	for (const struct kit_export *e = d->exports; e < d->exports_end; e = export_next(e))
		PROMISE(is_inside(module, e->address) && symbol_find(e->name)->provider == module);
	check_symbols(module);
}

static bool is_refusal(int error)
{
	switch (-error) {
	case ENOEXEC:
	case ENOENT:
	case EPERM:
	case ESRCH:
	case EINVAL:
	case E2BIG:
	case ENOMEM:
	case ERANGE:
	case ENOSPC:
	case EEXIST:
	case EBUSY:
	case EKEYREJECTED:
	case ENODEV:
	case EIO: /* the init's own */
	case ERESTARTSYS: return true;
	default: return false;
	}
}

static void use(const u8 *image, size_t size, const char *arguments, bool twice)
{
	struct module *module = loader_started();
	int error;

	check(module);
	PROMISE(loader_has_file("initstate"));
	loader_use_files(arguments);
	/* As for a part of the image. */
	error = module_boot_arguments(module);
	PROMISE(!error || is_refusal(error));
	check(module);
	if (twice)
		PROMISE(module_load(image, size, arguments, 0) < 0 && loader_started() == module);
	/* What init alone needed goes first. */
	module_free_init(module);
	loader_unload(module);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static bool ready;
	struct loader_setting setting;
	char *arguments;
	u8 *image, flags;
	int error;

	if (!ready)
		loader_kernel_start();
	ready = true;
	if (size < HEAD)
		return 0;
	flags = data[0];
	setting = (struct loader_setting){
		.sign_enforced = flags & SIGN_ENFORCED,
		.wrap = flags & WRAP,
		.init_fails = flags & INIT_FAILS,
		.provider_coming = flags & PROVIDER_COMING,
		.provider_died = flags & PROVIDER_DIED,
		.provider_settles = flags & PROVIDER_SETTLES,
		.fail_at = data[1],
	};
	arguments = fuzz_string(data + HEAD_TEXT,
				strnlen((const char *)data + HEAD_TEXT, HEAD - HEAD_TEXT));
	image = fuzz_copy(data + HEAD, size - HEAD);
	loader_kernel_begin(&setting);
	error = module_load(image, size - HEAD, arguments, flags & ODD_FLAGS ? 1 : 0);
	PROMISE(!error == !!loader_started());
	if (!error)
		use(image, size - HEAD, arguments, flags & TWICE);
	else
		PROMISE(is_refusal(error));
	loader_kernel_end();
	PROMISE(!memcmp(image, data + HEAD, size - HEAD));
	fuzz_free(image);
	fuzz_free(arguments);
	return 0;
}

/* ---- how inputs are changed ---- */

size_t LLVMFuzzerMutate(u8 *data, size_t size, size_t most) __attribute__((weak));
size_t LLVMFuzzerCustomMutator(u8 *data, size_t size, size_t most, unsigned int seed);

static u64 state;

static u32 below(u64 n)
{
	state = state * 6364136223846793005ull + 1442695040888963407ull;
	return n ? (u32)((state >> 33) % n) : 0;
}

static u64 strange(u64 old, size_t size)
{
	static const u64 limits[] = { 0,	   1,	       8,	   0xff,       0x1000,
				      0xffff,	   0x7fffffff, 0x80000000, 0xffffffff, 1ull << 32,
				      64ull << 20, 1ull << 63, ~0ull,	   ~0ull - 7 };

	switch (below(5)) {
	case 0: return old + below(17) - 8;
	case 1: return old ^ 1ull << below(64);
	case 2: return below(size);
	case 3: return below(2) ? old * 2 : old / 2;
	default: return limits[below(ARRAY_SIZE(limits))];
	}
}

/* A number of 4 or 8 bytes at its place. */
static void spoil_number(u8 *at, size_t bytes, size_t size)
{
	u32 width = below(2) && bytes >= 8 ? 8 : 4;
	u64 value = 0;

	if (bytes < width)
		return;
	at += below(bytes / width) * width;
	memcpy(&value, at, width);
	value = strange(value, size);
	memcpy(at, &value, width);
}

/* Another entry of the same table in the place of one. */
static void copy_entry(u8 *at, size_t bytes, size_t entry)
{
	if (bytes >= entry)
		memmove(at + below(bytes / entry) * entry, at + below(bytes / entry) * entry,
			entry);
}

static void spoil_section(u8 *file, size_t size, const Elf64_Shdr *s)
{
	u8 *at = file + s->sh_offset;

	if (s->sh_type == SHT_NOBITS || s->sh_offset > size || s->sh_size > size - s->sh_offset ||
	    !s->sh_size)
		return;
	switch (below(4)) {
	case 0: spoil_number(at, s->sh_size, size); break;
	case 1:
		copy_entry(at, s->sh_size,
			   s->sh_entsize && s->sh_entsize <= 64 ? s->sh_entsize : 8);
		break;
	case 2: at[below(s->sh_size)] = (u8)below(256); break;
	default: LLVMFuzzerMutate(at, s->sh_size, s->sh_size); break;
	}
}

size_t LLVMFuzzerCustomMutator(u8 *data, size_t size, size_t most, unsigned int seed)
{
	Elf64_Ehdr header;
	Elf64_Shdr section;
	size_t file_size = size - HEAD, at;

	state = seed;
	if (size < HEAD + sizeof(header) || !below(12))
		return LLVMFuzzerMutate(data, size, most);
	memcpy(&header, data + HEAD, sizeof(header));
	if (!below(8)) {
		LLVMFuzzerMutate(data, HEAD, HEAD);
		return size;
	}
	if (!header.e_shnum || header.e_shoff > file_size ||
	    (u64)header.e_shnum * sizeof(section) > file_size - header.e_shoff)
		return LLVMFuzzerMutate(data, size, most);
	for (u32 times = 1 + below(2); times--;) {
		at = HEAD + header.e_shoff + below(header.e_shnum) * sizeof(section);
		if (!below(4)) {
			spoil_number(data + at, sizeof(section), file_size);
			continue;
		}
		memcpy(&section, data + at, sizeof(section));
		spoil_section(data + HEAD, file_size, &section);
	}
	return size;
}
