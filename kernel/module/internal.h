/* SPDX-License-Identifier: MIT */
/* What the files of kernel/module share. */
#ifndef KERNEL_MODULE_INTERNAL_H
#define KERNEL_MODULE_INTERNAL_H

#include <fs/sysfs.h>
#include <kernel/module.h>
#include <kit/param.h>

#define MODULE_REF_BASE	1

extern struct mutex module_mutex;
extern struct list_head modules;      /* RCU; module_mutex */
extern wait_queue_head_t module_wait; /* some module has changed its state, or is idle */

/* exports.c */
struct module_version;

struct exported {	       /* a symbol in the table of all; module_mutex */
	struct exported *next; /* in its bucket */
	u32 hash, length;      /* of the name */
	const struct kit_export *export;
	struct module *provider; /* NULL: the image */
	/* what the module that is being resolved says of it, if `load` is its number */
	const struct module_version *wanted;
	u64 load;
};

struct exported *symbol_find(const char *name); /* NULL: nobody has it. module_mutex held */
int module_exports_add(struct module *module);	/* -ENOMEM; module_mutex held */
/* module_mutex held; nothing if none were added */
void module_exports_remove(struct module *module);
void module_exports_init(void);
/* The first export of `module` that somebody else exports already, NULL: none. module_mutex held. */
const char *symbol_duplicate(const struct kit_module *descriptor);
/* types.c */
/* The type in words: of a symbol, kit_header_NAME, kit_table_TAG or "struct TAG"; NULL: not of the kit. */
const char *symbol_type(const char *name);
extern const char *const kit_type_words[][2]; /* name and type, sorted; made by kitsyms */
extern const unsigned int nr_kit_type_words;

/* symbols.c */
/* -ENOMEM, -ENODEV when it is going; module_mutex held */
int module_use(struct module *user, struct module *provider);
void module_drop_uses(struct module *user); /* module_mutex held */
int module_sort_symbols(struct module *module);

/* params.c */
/* Sets what "name=value name2=value2" says; unknown names are a warning, as on Linux. -EINVAL, -ERANGE, -ENOSPC, -ENOENT, -ENOMEM. */
int module_parse_arguments(struct module *module, char *arguments);
int module_boot_arguments(struct module *module); /* name.param=value of the command line */
void module_params_free(struct module *module);
unsigned int module_nr_params(const struct module *module);
int module_params_sysfs(struct module *module);
/* The type that a symbol has for modules built for a minor of the kit; NULL: it has none, or is younger. */
static inline const struct kit_version *symbol_version(const struct kit_export *export,
						       u16 kit_minor)
{
	const struct kit_versions *versions = export->versions;
	u32 newest = (u32)KIT_MAJOR << 16 | kit_minor;

	/* Ascending: most often it is the last one. */
	for (unsigned int i = versions ? versions->count : 0; i-- > 0;)
		if (((u32)versions->list[i].major << 16 | versions->list[i].minor) <= newest)
			return &versions->list[i];
	return NULL;
}

static inline const struct kit_param *param_next(const struct kit_param *p)
{
	return (const struct kit_param *)((const u8 *)p + p->size);
}

/* Entries of a module's table say their size: those of a later kit may be larger. */
static inline const struct kit_export *export_next(const struct kit_export *e)
{
	return (const struct kit_export *)((const u8 *)e + e->size);
}

/* Whether a build id, as text, is that of this kernel. */
bool module_is_own_build(const char *id);

/* signature.c: bytes of a file without the signature behind it. */
size_t module_signed_size(const void *image, size_t size);

/* load.c: whether a name is in a list with commas; - and _ are the same. */
bool module_is_named(const char *list, const char *name);
#ifdef CONFIG_MODULES
void module_free_memory(struct module *module);
void module_free_init(struct module *module);
void modprobe_init(void);
#else
static inline void module_free_memory(struct module *module) { }
static inline void module_free_init(struct module *module) { }
static inline void modprobe_init(void) { }
#endif
const char *modinfo_get(const char *modinfo, size_t size, const char *tag, const char *after);
/*
 * refusal.c: the reason of a refusal, for the log and for /sys/kernel/kit/last_error; there with the detail too: what was wanted and
 * found, what to do (lines of text, may be NULL). Returns the error.
 */
int module_refuse(const char *module, int error, const char *detail, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
void module_refusal_init(void);
extern sysfs_dir_t *sysfs_kit; /* /sys/kernel/kit */
/* neither coming nor going: live, dead for good, or not there */
bool module_is_settled(const char *name);

/* sysfs.c */
int module_sysfs_add(struct module *module);
/* bytes of memory of these regions */
size_t module_pages_size(const struct module *module, int first, int last);
void module_sysfs_remove(struct module *module);
void module_sysfs_holder(struct module *provider, struct module *user, bool add);

/* report.c */
void module_report_init(void);
/* it is about to be freed; module_mutex held */
void module_report_gone(const struct module *module);
/* "O": built out of tree. Room for 8. */
void module_taint_flags(const struct module *module, char *flags);

/* main.c */
int module_set_up(struct module *module); /* fields of every module; -ENOMEM */
int module_start(struct module *module);  /* runs init and makes it live, or undoes all */
/* published, but not to be started: off the list and freed */
void module_withdraw(struct module *module);
void module_seed(struct module *module); /* canary and THIS_MODULE */

/*
 * kit/time.c, kit/work.c: what a module left running: how many there were. With a range only what lies in it, whose memory is about to be freed;
 * without, all, and nothing is started any more.
 */
struct kit_range {
	struct list_head node; /* module->kit_ranges, by kit_lock */
	const u8 *start;
	size_t size;
};

unsigned int kit_cancel_timers(struct module *module, const struct kit_range *range);
unsigned int kit_cancel_works(struct module *module, const struct kit_range *range);

/* The log names a timer or work item that was left behind, by its function; the first few of those that one owner left. */
void kit_say_cancelled(const struct module *module, const char *kind, const void *function,
		       unsigned int before);

static inline bool kit_in_range(const struct kit_range *range, const void *object)
{
	return !range || (size_t)((const u8 *)object - range->start) < range->size;
}

/*
 * Whose lists the timers and work items of a function stand on: its module's, or for what is part of the image, whichever driver there it
 * belongs to, those of kit_image.
 */
extern struct module kit_image;
struct module *kit_owner(const void *function);

/* kit_lock held: may a timer or a work item be started? */
bool kit_may_start(const struct module *module, const void *object);

#endif
