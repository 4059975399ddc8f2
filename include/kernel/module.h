/* SPDX-License-Identifier: MIT */
/*
 * Modules (kernel/module): loading, symbols, references, unloading.
 *
 * The loader takes a byte buffer. A module's states: coming (checked, its init runs), live, going. References keep a live module from
 * being unloaded: open files, mounts, bound requests hold them, taken by the core and never by a driver.
 *
 * Locking: module_mutex guards the list and all changes of state; readers of the list use RCU. refs is atomic: MODULE_REF_BASE while
 * loading or live, the unloader takes the base away and thereby stops new references.
 */
#ifndef KERNEL_MODULE_H
#define KERNEL_MODULE_H

#include <kit/list.h>
#include <kit/module.h>
#include <drivers/device.h>
#include <kernel/atomic.h>
#include <kernel/mutex.h>
#include <kernel/rcu.h>
#include <kernel/wait.h>
#include <lib/sized.h>

struct seq_file;
struct exported;
struct module_call;

enum module_state { MODULE_COMING, MODULE_LIVE, MODULE_GOING };

enum module_region_kind {
	REGION_TEXT,
	REGION_RODATA,
	REGION_DATA,
	REGION_INIT_TEXT,
	REGION_INIT_DATA,
	REGION_STUBS, /* in front of wrapped calls */
	NR_REGIONS,
};

struct module_region { /* memory of one protection */
	u8 *base;
	size_t size; /* bytes in use */
};

struct module_section { /* for gdb: /sys/module/NAME/sections, and notes */
	const char *name;
	unsigned long address;
	u32 size;
	bool is_note;
};

struct module_symbol { /* function and data symbols, sorted by address */
	unsigned long address;
	const char *name;
	u32 size;
	char type;
};

struct module_use {				   /* user imports from provider */
	struct list_head user_node, provider_node; /* module_mutex */
	struct module *user, *provider;
};

struct param_string { /* the core's copy of a text that a charp parameter, or one element of an array of them, has had */
	struct param_string *next;
	char text[];
};

struct module {
	struct list_head node;	 /* RCU; module_mutex */
	enum module_state state; /* module_mutex; readers READ_ONCE */
	struct thread *caller;	 /* in init or exit now; module_mutex */
	/* that thread died there: it never becomes live, and is never freed; module_mutex */
	bool died;
	atomic_t refs;
	const char *name; /* immutable, like all below that has no mark */
	const struct kit_module *descriptor;
	struct kit_module descriptor_copy; /* of a loaded one */
	struct module_region regions[NR_REGIONS];
	bool builtin;
	const char *version, *srcversion; /* from .modinfo, NULL: none */
	bool out_of_tree;
	char *modinfo; /* copy of .modinfo */
	size_t modinfo_size;
	struct module_symbol *symbols; /* RCU: freed with the module */
	unsigned int nr_symbols;
	char *strings;
	struct module_section *sections;
	unsigned int nr_sections;
	struct sysfs_attribute *section_attributes;
	struct sysfs_bin_attribute *note_attributes; /* by the numbers of sections */
	struct exported *exported; /* its entries in the table of symbols; module_mutex */
	/* wrapped ones: imports, then callbacks by address; NULL: it is not wrapped */
	struct module_call *calls;
	unsigned int nr_calls, nr_import_calls;
	struct list_head providers; /* module_use.user_node; module_mutex */
	struct list_head users;	    /* module_use.provider_node; module_mutex */
	struct resource_owner resources;
	sysfs_dir_t *dir, *holders_dir;
	struct param_string *param_strings; /* param_lock */
	struct sysfs_attribute *param_attributes;
	struct mutex param_lock;
	spinlock_t kit_lock;			/* timers and work items that are armed or queued */
	struct list_head kit_timers, kit_works; /* kit_lock */
	struct list_head
		kit_running; /* kit_lock: struct kit_running: work functions that run now */
	struct list_head
		kit_ranges; /* kit_lock: struct kit_range: memory that is about to be freed */
	bool kit_closed;    /* kit_lock: nothing is armed or queued any more */
	bool kit_used;	    /* it has set up a timer or a work item */
	struct rcu_head rcu;
};

/* A reference, unless the module is going (or its init failed). NULL, the image itself, is always there. */
bool try_module_get(struct module *module);
/* The same, but not while its init runs, which may fail: for what would hold it then, a mount. */
bool module_get_live(struct module *module);
void module_put(struct module *module);
struct resource_owner *module_resources(struct module *module);

/* Loads a module from a buffer, which stays the caller's. 0 or the errno that insmod shall print (kit/module.h). */
extern int modules_disabled; /* nothing is loaded or unloaded any more */
int module_load(const void *image, size_t size, const char *arguments, unsigned int flags);
/* O_NONBLOCK, O_TRUNC as delete_module(2) */
int module_unload(const char *name, unsigned int flags);
struct module *module_find(const char *name); /* RCU or module_mutex held */
/* The module in whose memory an address lies; RCU held. */
struct module *module_at(unsigned long address);
/* Symbol of a module's text or data for backtraces; NULL when it is not in a module. RCU or panic. */
const char *module_symbol_lookup(unsigned long address, unsigned long *offset, unsigned long *size,
				 const char **module);

/*
 * Structures of modules, copied (lib/sized.h); struct TAG is what they are. -E2BIG gets its reason into the log and into last_error.
 */
#define KIT_COPY(tag, to, from, last) \
	KIT_TAKEN(tag, to, from, SIZED_COPY(to, from, last))
#define KIT_COPY_TABLE(tag, to, from, nr, last) \
	KIT_TAKEN(tag, to, from, SIZED_COPY_TABLE(to, from, nr, last))
#define KIT_TAKEN(tag, to, from, copied) ({						\
	int error_ = copied;								\
	if (unlikely(error_ == -E2BIG))							\
		module_structure_refused(tag, from, sizeof(*(to)));			\
	error_;										\
})
/* It uses fields behind the bytes that are known. */
void module_structure_refused(const char *tag, const void *structure, size_t known);

/* Starts the modules that are part of the image. */
void module_init_builtin(void);
void module_core_init(void); /* /proc/modules, /sys/module */
/* Runs modprobe for an alias and waits: 0, or -errno. At most 50 at once (-EBUSY). */
int request_module(const char *name_fmt, ...) __attribute__((format(printf, 1, 2)));
/* Has modprobe run for the alias of a device soon, and does not wait. May sleep. */
#ifdef CONFIG_MODULES
void request_driver(const char *alias);
#else
static inline void request_driver(const char *alias) { }
#endif

#endif
