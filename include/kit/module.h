/* SPDX-License-Identifier: MIT */
/*
 * Kit: what makes a file a module: its start and end, its description, what it exports.
 *
 *	static int __init hello_init(void) { ... }
 *	static void hello_exit(void) { ... }
 *	module_init(hello_init);
 *	module_exit(hello_exit);
 *	MODULE_LICENSE("MIT");
 *
 * init: 0 or a negative errno, which insmod reports; what it had registered is released then. A module without exit cannot be unloaded.
 * Both may sleep. After exit the core cancels what the module left behind, and names it in the log.
 *
 * State: stable since kit 0.9.
 */
#ifndef KIT_MODULE_H
#define KIT_MODULE_H

#include <kit/abi.h>
#include <kit/param.h>
#include <kit/types.h>

struct module; /* opaque */
struct kit_export;

/* Written by the build into NAME.mod.c; the loader finds all of the module through it. */
struct kit_module {
	u32 size; /* of this structure */
	struct kit_marker kit_0_1;
	u16 kit_major, kit_minor; /* lowest that suffices */
	const char *name;
	int (*init)(void); /* may be NULL */
	void (*exit)(void);
	struct module **self;	    /* the loader stores THIS_MODULE here */
	unsigned long *stack_guard; /* and a random canary here */
	const struct kit_param *params, *params_end;
	const struct kit_export *exports, *exports_end;
};

/* Up to the end of kit 0.1's fields. */
#define KIT_MODULE_MIN_SIZE	(offsetof(struct kit_module, exports_end) + sizeof(void *))

extern struct module *kit_this_module __attribute__((visibility("hidden")));
#define THIS_MODULE	kit_this_module

#define module_init(function) \
	extern int kit_module_init(void) __attribute__((alias(#function), visibility("hidden")))
#define module_exit(function) \
	extern void kit_module_exit(void) __attribute__((alias(#function), visibility("hidden")))

/* Code and data that only init needs: freed after it. */
#ifdef __MODULE__
#define __init		__section(".init.text")
#define __initdata	__section(".init.data")
#define __exit
#endif

#define KIT_PASTE_(a, b)	a##b
#define KIT_PASTE(a, b)		KIT_PASTE_(a, b)
#define MODULE_INFO(tag, text) \
	static const char KIT_PASTE(kit_modinfo_, __COUNTER__)[] \
	__used __section(".modinfo") __aligned(1) = #tag "=" text

#define MODULE_LICENSE(text)		MODULE_INFO(license, text)
#define MODULE_AUTHOR(text)		MODULE_INFO(author, text)
#define MODULE_DESCRIPTION(text)	MODULE_INFO(description, text)
#define MODULE_VERSION(text)		MODULE_INFO(version, text)
/* A name that the module answers to: "platform:i8042", "fs-ext2". */
#define MODULE_ALIAS(text)		MODULE_INFO(alias, text)
#define MODULE_SOFTDEP(text)		MODULE_INFO(softdep, text)
#define MODULE_FIRMWARE(text)		MODULE_INFO(firmware, text)

/*
 * Which devices of a bus a module is for: the build makes an alias of each entry, by which modprobe finds the module. table is an array of the
 * bus's id structure: struct pci_id for pci.
 */
#define MODULE_DEVICE_TABLE(bus, table) \
	extern const __typeof__(table) kit_device_table_##bus##_##table __attribute__((alias(#table), visibility("hidden")))

/* Symbols that other modules may use. Also what the kernel's own tables consist of. */
enum kit_module_constants {
	KIT_EXPORT_KIT = 0,	 /* part of the kit, since major.minor */
	KIT_EXPORT_INTERNAL = 1, /* modules of the same build only */
	KIT_EXPORT_DEBUG = 2,	 /* run-time support of sanitizers */
	KIT_EXPORT_SHAPE =
		3, /* no symbol: the constants of a header (kit_header_NAME) or a table's layout (kit_table_TAG) */
	KIT_NAME_MAX = 55, /* characters of a symbol's or module's name */
};

/* The type that a symbol has had from one minor version of the kit on. */
struct kit_version {
	u16 major, minor;
	u32 crc;		   /* of the canonical type (tools/kitsyms/types.h) */
	struct kit_marker kit_0_1; /* at the end: an element of tables, which never grows */
};

/* Written by the build: kitsyms for the kernel's symbols, kitpost for a module's. */
struct kit_versions {
	u32 size; /* of all, with the list */
	struct kit_marker kit_0_1;
	u16 draft; /* number of the header's draft, 0: stable */
	u16 count;
	/* ascending; a module of kit 0.n matches the last that is not younger than 0.n */
	struct kit_version list[];
};

struct kit_export {
	u32 size;
	struct kit_marker kit_0_1;
	u8 export_class; /* KIT_EXPORT_* */
	u8 major, minor;
	u8 reserved;
	const void *address;
	const char *name;
	/* NULL: has no type (internal, debug, for compilers) */
	const struct kit_versions *versions;
};

/*
 * One entry of a table of exports; the linker sorts by the section's name, which ends in the symbol's.
 * symbol: its name in the object file; target: what stands for it in C.
 */
#define KIT_EXPORT_ENTRY_(symbol, target, class, since_major, since_minor, types)	\
	static const char kit_export_name_##symbol[] __used __aligned(1) = #symbol;	\
	static const struct kit_export kit_export_##symbol				\
	__used __section(".rodata.kit_exports." #symbol) __aligned(8) = {		\
		.size = sizeof(struct kit_export), .export_class = class,		\
		.major = since_major, .minor = since_minor, .address = target,		\
		.name = kit_export_name_##symbol, .versions = types,			\
	}
#define KIT_EXPORT_ENTRY(symbol, target, class, since_major, since_minor)		\
	extern const struct kit_versions kit_versions_##symbol __attribute__((visibility("hidden"))); \
	KIT_TYPE_OF(symbol, target);							\
	KIT_EXPORT_ENTRY_(symbol, (const void *)&target, class, since_major, since_minor, &kit_versions_##symbol)
/* A function declared with KIT_SYMBOL in a kit header. */
#define EXPORT_KIT(name, major, minor)		KIT_EXPORT_ENTRY(kit_##name, name, KIT_EXPORT_KIT, major, minor)
/* A symbol under its own name, which the compiler or C prescribes (memcpy). */
#define EXPORT_KIT_PLAIN(symbol, major, minor)	KIT_EXPORT_ENTRY(symbol, symbol, KIT_EXPORT_KIT, major, minor)
/* What only compilers refer to, and C has no type for. */
#define EXPORT_KIT_UNTYPED(symbol, major, minor) \
	KIT_EXPORT_ENTRY_(symbol, (const void *)&symbol, KIT_EXPORT_KIT, major, minor, NULL)
#define EXPORT_INTERNAL(symbol)	KIT_EXPORT_ENTRY_(symbol, (const void *)&symbol, KIT_EXPORT_INTERNAL, 0, 0, NULL)
#define EXPORT_DEBUG(symbol)	KIT_EXPORT_ENTRY_(symbol, (const void *)&symbol, KIT_EXPORT_DEBUG, 0, 0, NULL)
/* For the kernel's side of KIT_HEADER and KIT_TABLE. */
#define KIT_EXPORT_SHAPE_ENTRY(name) \
	KIT_EXPORT_ENTRY_(name, NULL, KIT_EXPORT_SHAPE, 0, 0, &kit_versions_##name)

KIT_TABLE(kit_module);
KIT_TABLE(kit_export);
KIT_TABLE(kit_versions);
KIT_HEADER(module, 0);

#endif
