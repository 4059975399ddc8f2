/* SPDX-License-Identifier: MIT */
/* The module under test: loading and unloading it, its parameters, what it logs. */
#include <kit/log.h>
#include <kit/memory.h>
#include <kit/module.h>
#include <kit/param.h>
#include "internal.h"

static struct module this_module;
struct module *kit_this_module = &this_module;

extern int kit_module_init(void);
extern void kit_module_exit(void) __attribute__((weak));
/* The build renames the section of parameters so that the linker gives its ends. */
extern const struct kit_param __start_kit_params[] __attribute__((weak)),
	__stop_kit_params[] __attribute__((weak));

static bool loaded;
static char logged[65536];
static size_t nr_logged;

bool module_is_loaded(void) { return loaded; }

int fake_load(void)
{
	int error = kit_module_init();

	if (is_atomic())
		complain("init ended with a lock held");
	if (error > 0)
		complain("init returned %d: 0 or a negative errno", error);
	if (error)
		unbind_drivers();
	loaded = !error;
	return error;
}

void fake_unload(void)
{
	loaded = false;
	/* As the core does: drivers let go of their devices, then exit. */
	unbind_drivers();
	classes_before_exit();
	if (&kit_module_exit)
		kit_module_exit();
	if (is_atomic())
		complain("exit ended with a lock held");
}

static int set_value(const struct kit_param *p, const char *text)
{
	long number = host_number(text);

	switch (p->type) {
	case KIT_PARAM_bool:
		*(bool *)p->value = text[0] == 'y' || text[0] == '1' || !text[0];
		return 0;
	case KIT_PARAM_int:
	case KIT_PARAM_uint:
	case KIT_PARAM_u32: *(u32 *)p->value = (u32)number; return 0;
	case KIT_PARAM_long:
	case KIT_PARAM_ulong:
	case KIT_PARAM_u64: *(u64 *)p->value = (u64)number; return 0;
	case KIT_PARAM_u16: *(u16 *)p->value = (u16)number; return 0;
	case KIT_PARAM_u8: *(u8 *)p->value = (u8)number; return 0;
	case KIT_PARAM_charp: *(const char **)p->value = text; return 0;
	case KIT_PARAM_string: return strscpy(p->value, text, p->max) < 0 ? -ENOSPC : 0;
	}
	return -EINVAL;
}

int fake_param(const char *name, const char *value)
{
	/* lint: comparePointers: the linker's bounds of one area */
	for (const struct kit_param *p = __start_kit_params; p < __stop_kit_params; p++)
		if (!strcmp(p->name, name))
			return set_value(p, value);
	return -ENOENT;
}

static void log_args(const char *format, va_list args)
{
	size_t room = sizeof(logged) - nr_logged;
	int n = host_format(logged + nr_logged, room, format, args);

	if (host_variable("FAKE_LOG"))
		note("log: [%5llu.%06llu] %s", (unsigned long long)now() / 1000000000,
		     (unsigned long long)now() / 1000 % 1000000, logged + nr_logged);
	/* A full log keeps its beginning. */
	if (n > 0 && (size_t)n < room)
		nr_logged += (size_t)n;
}

void log_print(const struct module *module, u32 level, const char *format, ...)
{
	va_list args;

	enter_call("log_print", false);
	va_start(args, format);
	log_args(format, args);
	va_end(args);
}

void dev_print(u32 level, const struct device *device, const char *format, ...)
{
	va_list args;

	enter_call("dev_print", false);
	va_start(args, format);
	log_args(format, args);
	va_end(args);
}

int vsnprintf(char *buf, size_t size, const char *format, va_list args) { return host_format(buf, size, format, args); }

int snprintf(char *buf, size_t size, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = host_format(buf, size, format, args);
	va_end(args);
	return n;
}

bool fake_logged(const char *part)
{
	size_t n = strlen(part);

	for (size_t i = 0; i + n <= nr_logged; i++)
		if (!memcmp(logged + i, part, n))
			return true;
	return false;
}
