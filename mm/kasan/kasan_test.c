// SPDX-License-Identifier: MIT
/*
 * What KASAN finds where a module cannot go (tools/testing/kasan/crimes has the rest): copies of
 * user memory, pages, per-CPU memory, type-safe objects. The crimes' reports are trapped: only
 * their names count.
 */
#include <kernel/atomic.h>
#include <kernel/ktest.h>
#include <kernel/smp.h>
#include <lib/kernel.h>
#include <lib/string.h>
#include <mm/alloc_fault.h>
#include <mm/gfp.h>
#include <mm/kasan.h>
#include <mm/page.h>
#include <mm/slab.h>
#include <mm/uaccess.h>

KTEST_SUITE("kasan");

static bool found(const char *name)
{
	const char *trapped = kasan_trapped();

	return trapped && !strcmp(trapped, name);
}

static u8 read_at(const u8 *p)
{
	return *(const volatile u8 *)p;
}

KTEST_CASE(copies_of_user_memory)
{
	const void __user *user = (const void __user *)
		PAGE_SIZE; /* nobody has anything there: the copy itself fails */
	u8 *kernel = kmalloc(60, GFP_KERNEL);

	KTEST_ASSERT(kernel);
	kasan_trap(true);
	KTEST_EXPECT_EQ(copy_from_user(kernel, user, 60), 60);
	KTEST_EXPECT(!kasan_trapped());
	KTEST_EXPECT_EQ(copy_from_user(kernel, user, 61), 61);
	KTEST_EXPECT(found("slab-out-of-bounds"));
	KTEST_EXPECT_EQ(copy_to_user((void __user *)user, kernel + 1, 60), 60);
	KTEST_EXPECT(found("slab-out-of-bounds"));
	KTEST_EXPECT_EQ(strncpy_from_user((char *)kernel, (const char __user *)user, 61), -EFAULT);
	KTEST_EXPECT(found("slab-out-of-bounds"));
	kasan_trap(false);
	kfree(kernel);
}

KTEST_CASE(sizes_to_the_byte)
{
	kasan_trap(true);
	for (size_t size = 1; size < 100; size++) {
		u8 *p = kmalloc(size, GFP_KERNEL);

		KTEST_ASSERT(p);
		memset(p, 1, size);
		read_at(p + size - 1);
		KTEST_EXPECT(!kasan_trapped());
		read_at(p + size);
		KTEST_EXPECT(found("slab-out-of-bounds"));
		memchr_inv(p, 1, size + 1);
		KTEST_EXPECT(found("slab-out-of-bounds"));
		KTEST_EXPECT_EQ(ksize(p), size);
		kfree(p);
		/* lint: clang-analyzer-unix.Malloc: the crime */
		read_at(p);
		KTEST_EXPECT(found("use-after-free"));
	}
	kasan_trap(false);
}

KTEST_CASE(krealloc_moves_the_end)
{
	static const size_t sizes[] = { 60, 40, 10000, 20000, 20100, 9001, 41 };
	u8 *p = kmalloc(44, GFP_KERNEL);

	KTEST_ASSERT(p);
	kasan_trap(true);
	for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++) {
		p = krealloc(p, sizes[i], GFP_KERNEL);
		KTEST_ASSERT(p);
		KTEST_EXPECT_EQ(ksize(p), sizes[i]);
		memset(p, 1, sizes[i]);
		KTEST_EXPECT(!kasan_trapped());
		read_at(p + sizes[i]);
		KTEST_EXPECT(found("slab-out-of-bounds"));
	}
	kasan_trap(false);
	kfree(p);
}

KTEST_CASE(atomic_bits)
{
	unsigned long nr = 40 * 8 + 2; /* of the pattern there, 0 */
	unsigned long *map = kmalloc(40, GFP_KERNEL);

	KTEST_ASSERT(map);
	kasan_trap(true);
	map[4] = 0;
	set_bit(nr - 64, map);
	KTEST_EXPECT(test_and_clear_bit(nr - 64, map));
	KTEST_EXPECT(!test_and_set_bit(nr - 64, map));
	clear_bit(nr - 64, map);
	KTEST_EXPECT_EQ(map[4], 0);
	KTEST_EXPECT(!kasan_trapped());
	set_bit(nr, map);
	KTEST_EXPECT(found("slab-out-of-bounds"));
	clear_bit(nr, map);
	KTEST_EXPECT(found("slab-out-of-bounds"));
	test_and_set_bit(nr, map);
	KTEST_EXPECT(found("slab-out-of-bounds"));
	test_and_clear_bit(nr, map);
	KTEST_EXPECT(found("slab-out-of-bounds"));
	kasan_trap(false);
	kfree(map);
}

static void read_freed(void *data)
{
	struct page *page = data;
	const u8 *p = page_address(page);

	__free_pages(page, 1);
	read_at(p + PAGE_SIZE);
}

KTEST_CASE(free_pages)
{
	struct page *page = alloc_pages(GFP_KERNEL, 1);
	u8 *p;

	KTEST_ASSERT(page);
	p = page_address(page);
	kasan_trap(true);
	read_at(p + 2 * PAGE_SIZE - 1);
	KTEST_EXPECT(!kasan_trapped());
	KTEST_EXPECT_EQ(run_alone(read_freed, page), 0); /* nobody else gets them meanwhile */
	KTEST_EXPECT(found("use-after-free"));
	kasan_trap(false);
}

KTEST_CASE(areas_and_their_guards)
{
	u8 *p = vmalloc(PAGE_SIZE + 5);

	KTEST_ASSERT(p);
	kasan_trap(true);
	read_at(p + PAGE_SIZE + 4);
	KTEST_EXPECT(!kasan_trapped());
	read_at(p + PAGE_SIZE + 5);
	KTEST_EXPECT(found("vmalloc-out-of-bounds"));
	kasan_check_read(p + 2 * PAGE_SIZE, 1);
	KTEST_EXPECT(found("vmalloc-out-of-bounds"));
	vfree(p);
	kasan_check_read(p, 1);
	KTEST_EXPECT(found("vmalloc-out-of-bounds"));
	kasan_trap(false);
}

/* A thread's, when it has ended: its CPU keeps it for the next one. */
KTEST_CASE(freed_stacks)
{
	u8 *stack;

	ktest_stay_on(0);
	stack_drain_local();
	stack = stack_alloc();
	KTEST_ASSERT(stack);
	kasan_trap(true);
	read_at(stack);
	KTEST_EXPECT(!kasan_trapped());
	stack_free(stack);
	kasan_check_read(stack + KERNEL_STACK_SIZE - 1, 1);
	KTEST_EXPECT(found("vmalloc-out-of-bounds"));
	kasan_trap(false);
}

#ifdef CONFIG_DEBUG_ALLOC
/* The shadow of so much has never been made: the first page of it is what is missing. */
KTEST_CASE(an_area_without_memory_for_its_shadow)
{
	struct alloc_fault_result result;
	size_t size = total_ram_pages() / 2 << PAGE_SHIFT;
	void *p;

	/* vmalloc() itself, its area, and what comes behind it. */
	KTEST_ASSERT(!alloc_fault_arm(3, ALLOC_FAULT_ALL));
	p = vmalloc(size);
	alloc_fault_disarm(&result);
	KTEST_EXPECT(!p);
	KTEST_EXPECT_EQ(result.injected, 1);
	vfree(p);
}
#endif

KTEST_CASE(wrong_frees)
{
	u8 *p = kmalloc(64, GFP_KERNEL);

	KTEST_ASSERT(p);
	kasan_trap(true);
	kfree(p + 8);
	KTEST_EXPECT(found("invalid-free"));
	/* lint: clang-analyzer-unix.Malloc: the one before was refused */
	kfree(p);
	KTEST_EXPECT(!kasan_trapped());
	kfree(p);
	KTEST_EXPECT(found("double-free"));
	kasan_trap(false);
}

KTEST_CASE(type_safe_objects_may_be_looked_at)
{
	struct kmem_cache *cache = kmem_cache_create("test_kasan_rcu", 48, 0, SLAB_TYPESAFE_BY_RCU,
						     NULL);
	u8 *p;

	KTEST_ASSERT(cache);
	p = kmem_cache_alloc(cache, GFP_KERNEL);
	KTEST_ASSERT(p);
	kasan_trap(true);
	kmem_cache_free(cache, p);
	read_at(p);
	KTEST_EXPECT(!kasan_trapped());
	read_at(p + 48);
	KTEST_EXPECT(found("slab-out-of-bounds"));
	kasan_trap(false);
	kmem_cache_destroy(cache);
}

static noinline void overrun(volatile u8 *variable, size_t at)
{
	/* lint: selfAssignment: the accesses are what is wanted */
	variable[at] = variable[at];
}

static noinline void overrun_of_a_variable(void)
{
	u8 array[24];

	memset(array, 1, sizeof(array));
	overrun(array, 24);
}

/* A frame that is left properly leaves nothing behind: the same place of the stack serves again. */
KTEST_CASE(stacks)
{
	kasan_trap(true);
	for (int i = 0; i < 3; i++) {
		overrun_of_a_variable();
		KTEST_EXPECT(found("stack-out-of-bounds"));
	}
	kasan_trap(false);
}
