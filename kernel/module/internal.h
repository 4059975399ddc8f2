/* SPDX-License-Identifier: MIT */
/* What the files of kernel/module share. */
#ifndef KERNEL_MODULE_INTERNAL_H
#define KERNEL_MODULE_INTERNAL_H

#include <kernel/module.h>
#include <kit/param.h>

#define MODULE_REF_BASE	1

extern struct mutex module_mutex;
extern struct list_head modules;	/* RCU; module_mutex */
extern wait_queue_head_t module_wait;	/* some module has changed its state, or is idle */

/* symbols.c */
struct symbol_lookup {
	const struct kit_export *export;
	struct module *provider;	/* NULL: the image */
};
/* 0, -ENOENT (nobody has it) or -EPERM (not for this module). module_mutex held. */
int symbol_find(const char *name, struct symbol_lookup *found);
/* The first export of `module` that somebody else exports already, NULL: none. module_mutex held. */
const char *symbol_duplicate(const struct kit_module *descriptor);
int module_use(struct module *user, struct module *provider);	/* -ENOMEM, -ENODEV when it is going; module_mutex held */
void module_drop_uses(struct module *user);			/* module_mutex held */
int module_sort_symbols(struct module *module);

/* params.c */
/* Sets what "name=value name2=value2" says; unknown names are a warning, as on Linux. -EINVAL, -ERANGE, -ENOSPC, -ENOENT, -ENOMEM. */
int module_parse_arguments(struct module *module, char *arguments);
int module_boot_arguments(struct module *module);	/* name.param=value of the command line */
void module_params_free(struct module *module);
unsigned int module_nr_params(const struct module *module);
int module_params_sysfs(struct module *module);
static inline const struct kit_param *param_next(const struct kit_param *p)
{
	return (const struct kit_param *)((const u8 *)p + p->size);
}

/* load.c */
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
/* report.c: the reason of a refusal for the log; also kept for whoever asks later. */
void module_refuse(const char *module, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* sysfs.c */
int module_sysfs_add(struct module *module);
void module_sysfs_remove(struct module *module);
void module_sysfs_holder(struct module *provider, struct module *user, bool add);

/* report.c */
void module_report_init(void);

/* main.c */
int module_set_up(struct module *module);	/* fields of every module; -ENOMEM */
int module_start(struct module *module);	/* runs init and makes it live, or undoes all */
void module_seed(struct module *module);	/* canary and THIS_MODULE */

/* kit_time.c, kit_work.c: what a module left running. How many there were. */
unsigned int kit_cancel_timers(struct module *module);
unsigned int kit_cancel_works(struct module *module);

#endif
