/* SPDX-License-Identifier: MIT */
/*
 * Kit: module parameters.
 *
 *	static int limit = 8;
 *	module_param(limit, int, 0644);
 *	MODULE_PARM_DESC(limit, "how many at once");
 *
 * Set by `insmod x.ko limit=9`, by `x.limit=9` on the kernel's command line (which modprobe reads), and, where mode has write bits, in
 * /sys/module/x/parameters/limit; mode 0 hides it there. A bad value is EINVAL (ERANGE when it does not fit) and the module is not loaded.
 * Values change under the module's feet when written in /sys: read them once an operation.
 *
 * State: stable since kit 0.9.
 */
#ifndef KIT_PARAM_H
#define KIT_PARAM_H

#include <kit/abi.h>
#include <kit/types.h>

enum kit_param_constants {
	KIT_PARAM_bool = 1, /* y, n, 1, 0, on, off; the name alone means y */
	KIT_PARAM_int = 2,
	KIT_PARAM_uint = 3,
	KIT_PARAM_long = 4,
	KIT_PARAM_ulong = 5,
	KIT_PARAM_u8 = 6,
	KIT_PARAM_u16 = 7,
	KIT_PARAM_u32 = 8,
	KIT_PARAM_u64 = 9,
	/* const char *: the core's copy, valid until the module goes, also when it is set anew */
	KIT_PARAM_charp = 10,
	/* char[]: max bytes with the zero; longer ones are refused (ENOSPC) */
	KIT_PARAM_string = 11,
};

struct kit_param {
	u32 size; /* of this structure: the stride of the table */
	struct kit_marker kit_0_1;
	u16 mode; /* in /sys */
	u8 type;  /* KIT_PARAM_* */
	u8 reserved;
	const char *name;
	void *value;
	u32 *count; /* of an array: how many were given; may be NULL */
	/* elements of an array, bytes of a string; 0: a single value */
	u32 max;
	u32 element_size;
};

/* Short names of types as module_param takes them. */
typedef unsigned int kit_param_uint;
typedef int kit_param_int;
typedef long kit_param_long;
typedef unsigned long kit_param_ulong;
typedef bool kit_param_bool;
typedef u8 kit_param_u8;
typedef u16 kit_param_u16;
typedef u32 kit_param_u32;
typedef u64 kit_param_u64;
typedef const char *kit_param_charp;

#define KIT_PARAM_INFO(tag, name, text) \
	static const char kit_##tag##_##name[] __used __section(".modinfo") __aligned(1) = #tag "=" #name ":" text
#define KIT_PARAM_ENTRY(param_name, variable, param_type, param_mode, nr, number, bytes)	\
	_Static_assert(sizeof(#param_name) <= 56,					\
		       "module_param: the name " #param_name " is longer than 55 characters");	\
	static const struct kit_param kit_param_##param_name				\
	__used __section(".rodata.kit_params") __aligned(8) = {			\
		.size = sizeof(struct kit_param), .mode = param_mode, .type = param_type,	\
		.name = #param_name, .value = variable, .count = nr, .max = number, .element_size = bytes,	\
	}

#define KIT_PARAM_FITS(object, param_type, c_type)					\
	(__builtin_types_compatible_p(__typeof__(object), c_type) ||			\
	 (param_type == KIT_PARAM_charp &&						\
	  __builtin_types_compatible_p(__typeof__(object), char *)))
/* The type is pasted at once: bool is a macro, and would not be one word any more a level deeper. */
#define KIT_PARAM_VALUE(param_name, variable, param_type, c_type, type_name, mode)	\
	_Static_assert(KIT_PARAM_FITS(variable, param_type, c_type),			\
		       "module_param: " #variable " is not of the type " type_name);	\
	KIT_PARAM_ENTRY(param_name, &(variable), param_type, mode, NULL, 0, sizeof(variable));	\
	KIT_PARAM_INFO(parmtype, param_name, type_name)
#define module_param_named(param_name, variable, type, mode) \
	KIT_PARAM_VALUE(param_name, variable, KIT_PARAM_##type, kit_param_##type, #type, mode)
#define module_param(variable, type, mode) \
	KIT_PARAM_VALUE(variable, variable, KIT_PARAM_##type, kit_param_##type, #type, mode)
#define KIT_PARAM_ARRAY(array, param_type, c_type, type_name, count, mode)		\
	_Static_assert(KIT_PARAM_FITS((array)[0], param_type, c_type) && sizeof(array) > 0,	\
		       "module_param_array: " #array " is no array of the type " type_name);	\
	KIT_PARAM_ENTRY(array, array, param_type, mode, count,				\
			sizeof(array) / sizeof((array)[0]), sizeof((array)[0]));	\
	KIT_PARAM_INFO(parmtype, array, "array of " type_name)
#define module_param_array(array, type, count, mode) \
	KIT_PARAM_ARRAY(array, KIT_PARAM_##type, kit_param_##type, #type, count, mode)
#define module_param_string(param_name, array, mode)					\
	_Static_assert(sizeof(array) > 0, "module_param_string: " #array " has no room");	\
	KIT_PARAM_ENTRY(param_name, array, KIT_PARAM_string, mode, NULL, sizeof(array), 1);	\
	KIT_PARAM_INFO(parmtype, param_name, "string")
#define MODULE_PARM_DESC(param_name, text)	KIT_PARAM_INFO(parm, param_name, text)

KIT_TABLE(kit_param);
KIT_HEADER(param, 0);

#endif
