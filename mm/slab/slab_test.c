/* SPDX-License-Identifier: MIT */
/* Slab caches and kmalloc. */
#include "slab.h"
#include <kernel/ktest.h>
#include <kernel/rcu.h>
#include <lib/kernel.h>
#include <lib/string.h>
#include <mm/kasan.h>
#include <mm/stat.h>

KTEST_SUITE("slab");

KTEST_CASE(every_size_has_its_class)
{
	for (size_t size = 1; size <= KMALLOC_MAX_CACHED; size += size < 300 ? 1 : 61) {
		unsigned int class = kmalloc_class(size);

		KTEST_EXPECT(kmalloc_sizes[class] >= size);
		KTEST_EXPECT(class == 0 || kmalloc_sizes[class - 1] < size);
	}
}

KTEST_CASE(kmalloc_is_aligned_and_large_enough)
{
	for (size_t size = 1; size <= 256 * 1024; size = size * 3 / 2 + 1) {
		u8 *p = kmalloc(size, GFP_KERNEL);

		if (!p) {
			KTEST_FAIL("no memory for %zu bytes", size);
			continue;
		}
		KTEST_EXPECT(ksize(p) >= size);
		KTEST_EXPECT(IS_ALIGNED((unsigned long)p, size >= 4096 ? 4096 : size >= 8 ? 8 : 1));
		memset(p, 0xa5, size);
		kfree(p);
	}
	for (size_t size = 8; size <= 4096; size *= 2) {
		void *p = kmalloc(size, GFP_KERNEL);

		KTEST_EXPECT(IS_ALIGNED((unsigned long)p, min(size, (size_t)64)));
		kfree(p);
	}
}

KTEST_CASE(kzalloc_is_zero)
{
	for (int round = 0; round < 200; round++) {
		size_t size = 1 + round * 37 % 5000;
		u8 *p = kzalloc(size, GFP_KERNEL);

		KTEST_ASSERT(p);
		for (size_t i = 0; i < size; i++)
			if (p[i])
				KTEST_FAIL("byte %zu of %zu is %x", i, size, p[i]);
		memset(p, 0xff, size);
		kfree(p);
	}
}

KTEST_CASE(krealloc_keeps_the_contents)
{
	u8 *p = kmalloc(10, GFP_KERNEL);

	KTEST_ASSERT(p);
	for (int i = 0; i < 10; i++)
		p[i] = i;
	p = krealloc(p, 10000, GFP_KERNEL);
	KTEST_ASSERT(p);
	for (int i = 0; i < 10; i++)
		KTEST_EXPECT_EQ(p[i], i);
	kfree(p);
}

/* Where ends are watched, the end moves with the size: kfree() and KASAN go by it. */
KTEST_CASE(krealloc_keeps_the_size)
{
	static const size_t sizes[] = { 40, 60, 42, 300, 20000, 21000, 20008, 9000, 17 };
	bool exact = slab_debug_space() || kasan_slab_space();
	size_t size = 33;
	u8 *p = kmalloc(size, GFP_KERNEL);

	KTEST_ASSERT(p);
	memset(p, 33, size);
	for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++) {
		size_t kept = min(size, sizes[i]);

		p = krealloc(p, sizes[i], GFP_KERNEL);
		KTEST_ASSERT(p);
		KTEST_EXPECT(!memchr_inv(p, size, kept));
		size = sizes[i];
		KTEST_EXPECT(ksize(p) >= size);
		if (exact && size <= KMALLOC_MAX_CACHED)
			KTEST_EXPECT_EQ(ksize(p), size);
		memset(p, size, size);
	}
	kfree(p);
}

KTEST_CASE(impossible_sizes_are_refused)
{
	size_t much = ~0ul / 2 + 1;

	KTEST_EXPECT(!kmalloc_array(much, 2, GFP_KERNEL));
	KTEST_EXPECT(!kmalloc(much, GFP_KERNEL | __GFP_NOWARN));
	KTEST_EXPECT(!kcalloc(~0ul, ~0ul, GFP_KERNEL));
}

static unsigned int constructed;

static void construct(void *object)
{
	*(u64 *)object = 0x600d;
	constructed++;
}

KTEST_CASE(constructed_objects_stay_constructed)
{
	struct kmem_cache *cache = kmem_cache_create("test_ctor", 200, 0, 0, construct);
	void *objects[100];

	KTEST_ASSERT(cache);
	ktest_stay_on(0); /* each CPU that it comes to keeps some */
	constructed = 0;
	for (int round = 0; round < 3; round++) {
		for (unsigned int i = 0; i < ARRAY_SIZE(objects); i++) {
			objects[i] = kmem_cache_alloc(cache, GFP_KERNEL);
			KTEST_ASSERT(objects[i]);
			KTEST_EXPECT_EQ(*(u64 *)objects[i], 0x600d);
		}
		for (unsigned int i = 0; i < ARRAY_SIZE(objects); i++)
			kmem_cache_free(cache, objects[i]);
		kasan_quarantine_empty();
	}
	KTEST_EXPECT(constructed >= ARRAY_SIZE(objects) && constructed < 3 * ARRAY_SIZE(objects));
	kmem_cache_destroy(cache);
}

static bool find_report(const char *name, struct slab_report *report)
{
	for (unsigned int i = 0; slab_report(i, report); i++)
		if (!strcmp(report->name, name))
			return true;
	return false;
}

KTEST_CASE(objects_in_use_are_counted)
{
	struct kmem_cache *cache = kmem_cache_create("test_count", 500, 64, SLAB_HWCACHE_ALIGN,
						     NULL);
	struct slab_report report;
	void *objects[77];

	KTEST_ASSERT(cache);
	for (unsigned int i = 0; i < ARRAY_SIZE(objects); i++) {
		objects[i] = kmem_cache_alloc(cache, GFP_KERNEL);
		KTEST_EXPECT(IS_ALIGNED((unsigned long)objects[i], 64));
	}
	KTEST_EXPECT(find_report("test_count", &report));
	KTEST_EXPECT_EQ(report.active_objects, ARRAY_SIZE(objects));
	for (unsigned int i = 0; i < ARRAY_SIZE(objects); i++)
		kmem_cache_free(cache, objects[i]);
	KTEST_EXPECT(find_report("test_count", &report));
	KTEST_EXPECT_EQ(report.active_objects, 0);
	kmem_cache_destroy(cache);
	KTEST_EXPECT(!find_report("test_count", &report));
}

KTEST_CASE(empty_slabs_go_back)
{
	struct kmem_cache *cache = kmem_cache_create("test_shrink", 1024, 0, 0, NULL);
	struct slab_report report;
	void *objects[256];

	KTEST_ASSERT(cache);
	ktest_stay_on(0); /* other CPUs keep none */
	for (unsigned int i = 0; i < ARRAY_SIZE(objects); i++)
		objects[i] = kmem_cache_alloc(cache, GFP_KERNEL);
	for (unsigned int i = 0; i < ARRAY_SIZE(objects); i++)
		if (objects[i])
			kmem_cache_free(cache, objects[i]);
	slab_drain_local();
	slab_shrink_all();
	KTEST_EXPECT(find_report("test_shrink", &report));
	KTEST_EXPECT_EQ(report.slabs, 0);
	kmem_cache_destroy(cache);
}

KTEST_CASE(type_safe_memory_outlives_its_objects)
{
	struct kmem_cache *cache = kmem_cache_create("test_rcu", 64, 0, SLAB_TYPESAFE_BY_RCU, NULL);
	u64 *object;

	KTEST_ASSERT(cache);
	object = kmem_cache_alloc(cache, GFP_KERNEL);
	KTEST_ASSERT(object);
	*object = 42;
	rcu_read_lock();
	kmem_cache_free(cache, object);
	/* the link to the next free one lies elsewhere */
	KTEST_EXPECT_EQ(READ_ONCE(*object), 42);
	rcu_read_unlock();
	kmem_cache_destroy(cache);
}

struct churn {
	struct kmem_cache *cache;
};

/* Objects are made by one thread and freed by another, through a common pool. */
static void *pool[64];

static void churn(void *arg, unsigned int number)
{
	struct churn *c = arg;
	u64 random = number + 1;

	for (int round = 0; round < 30000; round++) {
		u64 *object = kmem_cache_alloc(c->cache, GFP_KERNEL);

		random = random * 6364136223846793005ull + 1442695040888963407ull;
		if (object) {
			object[0] = (u64)object;
			object[5] = ~(u64)object;
		}
		object = xchg(&pool[(random >> 40) % ARRAY_SIZE(pool)], (void *)object);
		if (!object)
			continue;
		if (object[0] != (u64)object || object[5] != ~(u64)object)
			KTEST_FAIL("object %px was overwritten: %llx %llx", object, object[0],
				   object[5]);
		kmem_cache_free(c->cache, object);
	}
}

KTEST_CASE(threads_free_what_others_allocated)
{
	struct churn c = { kmem_cache_create("test_churn", 72, 0, 0, NULL) };
	struct slab_report report;

	KTEST_ASSERT(c.cache);
	ktest_in_threads(8, churn, &c);
	for (unsigned int i = 0; i < ARRAY_SIZE(pool); i++) {
		if (pool[i])
			kmem_cache_free(c.cache, pool[i]);
		pool[i] = NULL;
	}
	KTEST_EXPECT(find_report("test_churn", &report));
	KTEST_EXPECT_EQ(report.active_objects, 0);
	kmem_cache_destroy(c.cache);
}
