/* SPDX-License-Identifier: MIT */
/* One load under way: what the loader's files share. Lives for the load only; the file itself stays the caller's. */
#ifndef KERNEL_MODULE_LOAD_H
#define KERNEL_MODULE_LOAD_H

#include "internal.h"

#include <lib/elf_module.h>

/* What to do, in many a refusal. */
#define BUILD_ANEW	"build it anew with the kit of this kernel"

/* An entry of __versions, in Linux's layout, which kmod reads: the module's own view of an import. */
struct module_version {
	u64 crc;
	char name[56];
};

/* What follows the file when it is signed, in Linux's layout (signature.c). */
struct module_signature_info {
	u8 algorithm, hash, id_type, signer_length, key_id_length, padding[3];
	__be32 signature_length;
};

enum info_field {
	INFO_NAME,
	INFO_VERMAGIC,
	INFO_KIT,
	INFO_DRAFT,
	INFO_ISOLATION,
	INFO_RECOVER,
	INFO_BUILDID,
	INFO_VERSION,
	INFO_SRCVERSION,
	INFO_INTREE,
	NR_INFO_FIELDS,
};

struct load_info {
	struct elf_module elf;
	struct module *module;
	const char *name; /* for messages; from .modinfo, "module" without one that is sound */
	const char *modinfo;
	size_t modinfo_size;
	const char *fields[NR_INFO_FIELDS]; /* in modinfo, NULL: it has none */
	const struct module_version *versions;
	size_t nr_versions;
	u64 drafts;	  /* numbers of drafts that it records, of whatever headers, as bits */
	u16 kit_minor;	  /* the module was built for */
	bool same_build;  /* made by this kernel's own build */
	char awaited[56]; /* a provider that is just starting */
	u64 *symbols;	  /* address of each symbol */
	u64 *sections;	  /* address of each section that is loaded, 0: not */
	u64 *taken;	  /* functions whose addresses are taken (call_wrap.c) */
	size_t nr_taken;
	u8 *region_of; /* of each section */
};

/* signature.c: -EKEYREJECTED when policy wants a signature and there is none that fits. */
int load_check_signature(const char *name, const void *image, size_t size);

/* check.c */
/* finds .modinfo and the name for messages; nothing of it is checked yet */
void load_find_modinfo(struct load_info *info);
int load_check_modinfo(struct load_info *info);
/* sizes and types, before anything is relocated */
int load_check_descriptor(struct load_info *info);
/* where it points to, after that; fills module->descriptor and name */
int load_take_descriptor(struct load_info *info);

/* import.c. Addresses of imports; the module holds those that it uses. */
int load_resolve(struct load_info *info);

/* place.c */
int load_lay_out(struct load_info *info); /* memory for each section */
void load_copy(struct load_info *info);
int load_relocate(struct load_info *info);
int load_seal(struct module *module);
/*
 * Instrumented modules have constructors: -EINVAL when one lies elsewhere than in the module's code. They are code of the module like its
 * init: called when nothing is left to be refused.
 */
#ifdef CONFIG_CONSTRUCTORS
int load_check_constructors(const struct load_info *info);
void load_construct(const struct load_info *info);
#else
static inline int load_check_constructors(const struct load_info *info) { return 0; }
static inline void load_construct(const struct load_info *info) {}
#endif
/* symbols, sections and .modinfo, for people */
int load_keep(struct load_info *info);

#endif
