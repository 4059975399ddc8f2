// SPDX-License-Identifier: MIT
/*
 * Crimes with memory. In a kernel without detectors they must do no harm, so each stays within what
 * its size class leaves over, or puts back what it has broken.
 */
#include "crimes.h"

#include <kit/lock.h>
#include <kit/memory.h>
#include <kit/time.h>
#include <kit/work.h>

#define SIZE 40   /* of a class of 64 */
#define BIG  6000 /* of a class that hardly anybody else uses */

/* The compiler must not see what is done with freed memory. */
static void *hidden(void *p)
{
	__asm__ volatile("" : "+r"(p));
	return p;
}

static void behind_the_end(void)
{
	char *p = hidden(kzalloc(SIZE));

	if (p)
		p[SIZE] = 1;
	kfree(p);
}

/* Some byte in front of an object that is not a slab's first; put back, since it may be another's.
 */
static void in_front_of_the_start(void)
{
	char *p = hidden(kzalloc(SIZE)), *other = kzalloc(SIZE), was;

	if (p && other) {
		if (!((u64)p & 4095))
			p = hidden((void *)other), other = NULL;
		was = p[-1];
		p[-1] = ~was;
		kfree(p);
		p[-1] = was;
	}
	kfree(other);
}

static void after_free(void)
{
	char *p = hidden(kzalloc(BIG)), *again[16];
	int n = 0;

	kfree(p);
	p[5000] = 1;
	while (n < 15 && (again[n] = hidden(kzalloc(BIG))) && again[n] != p)
		n++;
	for (int i = 0; i <= n; i++)
		kfree(again[i]);
}

static spinlock_t here;

/*
 * Without a detector it then comes twice out of the allocator, at once, since nobody comes between:
 * one of them is never given back.
 */
static void double_free(void)
{
	char *p = hidden(kzalloc(BIG)), *a, *b;

	spin_lock(&here);
	kfree(p);
	kfree(hidden(p));
	a = hidden(kzalloc_atomic(BIG));
	b = hidden(kzalloc_atomic(BIG));
	spin_unlock(&here);
	if (a != b)
		kfree(b);
	kfree(a);
}

/* Likewise: what comes out is the middle of p, if it was taken. */
static void foreign(void)
{
	char *p = hidden(kzalloc(BIG)), *a;

	spin_lock(&here);
	kfree(hidden(p + 8));
	a = hidden(kzalloc_atomic(BIG));
	spin_unlock(&here);
	if (a != p + 8)
		kfree(a);
	kfree(p);
}

/* Pages of their own: freed, written, and got again. */
static void page_after_free(void)
{
	const size_t size = 64 << 10;
	char *p = hidden(kzalloc(size)), *again[16];
	int n = 0;

	kfree(p);
	p[5000] = 1;
	while (n < 15 && (again[n] = hidden(kzalloc(size))) && again[n] != p)
		n++;
	for (int i = 0; i <= n; i++)
		kfree(again[i]);
}

static void timer_function(struct timer *timer)
{
}
static void work_function(struct work *work)
{
}

static void timer_freed(void)
{
	struct timer *timer = hidden(kzalloc(BIG));

	timer_setup(timer, timer_function);
	timer_arm(timer, 3600ull * 1000000000);
	kfree(timer);
	timer_cancel(timer);
}

static void work_freed(void)
{
	struct work *work = hidden(kzalloc(BIG));

	work_setup(work, work_function);
	work_schedule_delayed(work, 3600ull * 1000000000);
	kfree(work);
	work_cancel(work);
}

static void work_queued_freed(void)
{
	void *memory = kzalloc(BIG);

	if (memory)
		crime_free_queued_work(memory, BIG);
}

static void leak(void)
{
	for (int i = 0; i < 8; i++)
		memset(hidden(kzalloc(1000)), 1, 1000);
}

static void kfree_foreign(void)
{
	char *p = hidden(kzalloc(64 << 10));

	if (!p)
		return;
	kfree(hidden(p + 16));
	kfree(p);
}

/* Pages of their own. */
static void leak_large(void)
{
	for (int i = 0; i < 8; i++) {
		void *p = hidden(kzalloc(64 << 10));

		if (p)
			memset(p, 1, 64 << 10);
	}
}

static void vfree_foreign(void)
{
	char *p = hidden(vzalloc(8192));

	vfree(hidden(p + 4096));
	vfree(p);
}

/* What others here do wrongly, done rightly: counts, a mutex, sleep, vmalloc. */
static void innocent(void)
{
	static struct mutex lock;
	static spinlock_t first, second;
	char *p = hidden(vzalloc(8192));

	crime_none();
	crime_none_sleeps();
	mutex_lock(&lock);
	msleep(1);
	mutex_unlock(&lock);
	mutex_lock(&lock);
	mutex_unlock(&lock);
	/* Against the order by trying: nobody waits so. */
	spin_lock(&second);
	if (spin_trylock(&first))
		spin_unlock(&first);
	spin_unlock(&second);
	spin_lock(&first);
	spin_lock(&second);
	spin_unlock(&second);
	spin_unlock(&first);
	vfree(p);
}

const struct crime memory_crimes[] = {
	{ "innocent", innocent },
	{ "slab-right", behind_the_end },
	{ "slab-left", in_front_of_the_start },
	{ "slab-after-free", after_free },
	{ "slab-double-free", double_free },
	{ "slab-foreign", foreign },
	{ "page-after-free", page_after_free },
	{ "timer-freed", timer_freed },
	{ "work-freed", work_freed },
	{ "work-queued-freed", work_queued_freed },
	{ "leak", leak },
	{ "kfree-foreign", kfree_foreign },
	{ "leak-large", leak_large },
	{ "vfree-foreign", vfree_foreign },
	{ NULL, NULL },
};
