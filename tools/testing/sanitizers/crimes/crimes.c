// SPDX-License-Identifier: MIT
/*
 * crimes: commits one, as insmod's argument says, to see whether the kernel notices.
 *
 *	insmod crimes.ko crime=slab_right
 *
 * Each changes nothing that matters when nobody notices: bytes beside an object are read, or
 * written back as they were. The file is an ordinary module of the kit; what finds the crimes is in
 * it when the tree that builds it has KASAN or UBSAN on.
 */
#include <kit/errno.h>
#include <kit/lock.h>
#include <kit/log.h>
#include <kit/memory.h>
#include <kit/module.h>
#include <kit/param.h>

static const char *crime = "";
module_param(crime, charp, 0);
MODULE_PARM_DESC(crime, "which");

/* What the compiler must not see through. */
#define HIDE(x)                                       \
	({                                            \
		__typeof__(x) hidden_ = (x);          \
		__asm__ volatile("" : "+r"(hidden_)); \
		hidden_;                              \
	})
#define noinline __attribute__((noinline))

#define SIZE 40 /* not a size class: the redzone begins within one */

/* The reading or writing itself has a name of its own, for the report. */
static noinline char read_at(const char *p)
{
	return *(const volatile char *)p;
}

static noinline void write_at(char *p)
{
	*(volatile char *)p = 0x11;
}

static char *object(void)
{
	return HIDE((char *)kzalloc(SIZE));
}

static void slab_right(void)
{
	char *p = object();

	if (!p)
		return;
	write_at(p + SIZE);
	kfree(p);
}

/* Not the first one of a page: what lies in front of that belongs to others. */
static void slab_left(void)
{
	char *p[2] = { object(), object() };
	int other = !((unsigned long)p[0] & 4095);

	if (p[other])
		read_at(p[other] - 1);
	kfree(p[0]);
	kfree(p[1]);
}

static void use_after_free(void)
{
	char *p = object();

	kfree(p);
	if (p)
		read_at(p + 8);
}

/*
 * Where nobody notices, the object comes out of the allocator twice, at once, since nobody comes
 * between: one of them is never given back.
 */
static void double_free(void)
{
	static spinlock_t alone;
	char *p = object(), *a, *b;
	u64 flags = spin_lock_save(&alone);

	kfree(p);
	kfree(HIDE(p));
	a = HIDE((char *)kzalloc_atomic(SIZE));
	b = HIDE((char *)kzalloc_atomic(SIZE));
	spin_unlock_restore(&alone, flags);
	if (a != b)
		kfree(b);
	kfree(a);
}

static void large_right(void)
{
	char *p = HIDE((char *)kzalloc(10000));

	if (!p)
		return;
	read_at(p + 10000);
	kfree(p);
}

static noinline void stack_right(void)
{
	char array[SIZE];

	memset(HIDE(&array[0]), 1, SIZE);
	read_at(HIDE(&array[0]) + SIZE);
}

static noinline void stack_scope(void)
{
	char *p;

	{
		char inner[SIZE];

		p = HIDE(&inner[0]);
		memset(p, 1, SIZE);
	}
	read_at(HIDE(p));
}

static char global[SIZE + 3] = "a";

static void global_right(void)
{
	read_at(HIDE(&global[0]) + sizeof(global));
}

static void vmalloc_right(void)
{
	char *p = HIDE((char *)vzalloc(5000));

	if (!p)
		return;
	read_at(p + 5000);
	vfree(p);
}

/* The copy is the kernel's function: found in modules that are not instrumented too. */
static void memcpy_right(void)
{
	char *p = object(), to[SIZE + 1];

	if (!p)
		return;
	memcpy(HIDE(&to[0]), p, HIDE(SIZE + 1));
	kfree(p);
}

/* --- undefined behaviour --- */

static volatile int result;

static void shift(void)
{
	result = 1 << HIDE(40);
}

static void negative_shift(void)
{
	result = 1 << HIDE(-3);
}

static int row[4] = {1, 2, 3, 4}, behind[8];

static void bounds(void)
{
	result = row[HIDE(5)] + behind[0];
}

static void invalid_bool(void)
{
	static unsigned char storage = 3;
	bool *b = (bool *)HIDE(&storage);

	result = *b;
}

static int hidden_zero(void)
{
	return HIDE(0);
}

/* The processor notices this one by itself, after the report: it ends insmod. */
static void division(void)
{
	result = 7 / hidden_zero();
}

/* This one ends insmod too, where it is noticed; elsewhere the compiler has made it nothing. */
static void unreached(void)
{
	if (!hidden_zero())
		__builtin_unreachable();
}

static const struct {
	const char *name;
	void (*commit)(void);
} crimes[] = {
	{ "slab_right", slab_right },
	{ "slab_left", slab_left },
	{ "use_after_free", use_after_free },
	{ "double_free", double_free },
	{ "large_right", large_right },
	{ "stack_right", stack_right },
	{ "stack_scope", stack_scope },
	{ "global_right", global_right },
	{ "vmalloc_right", vmalloc_right },
	{ "memcpy_right", memcpy_right },
	{ "shift", shift },
	{ "negative_shift", negative_shift },
	{ "bounds", bounds },
	{ "invalid_bool", invalid_bool },
	{ "division", division },
	{ "unreached", unreached },
};

static int __init crimes_init(void)
{
	for (size_t i = 0; i < sizeof(crimes) / sizeof(crimes[0]); i++) {
		if (strcmp(crimes[i].name, crime))
			continue;
		crimes[i].commit();
		pr_info("%s is done\n", crime);
		return 0;
	}
	pr_err("there is no crime %s\n", crime);
	return -EINVAL;
}

static void crimes_exit(void)
{
}

module_init(crimes_init);
module_exit(crimes_exit);
MODULE_LICENSE("MIT");
MODULE_DESCRIPTION("Commits crimes against memory and the language");
