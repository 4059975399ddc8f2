/* SPDX-License-Identifier: MIT */
/*
 * Address spaces, from the inside: a kernel thread puts one on, makes mappings in it and touches them by the copy functions, as a system call
 * of a program would. What programs see of it is tested by tools/testing/selftests too.
 */
#include "space_private.h"
#include <kernel/ktest.h>
#include <lib/string.h>
#include <mm/uaccess.h>
#include <uapi/mman.h>

KTEST_SUITE("space");

#define RW	(PROT_READ | PROT_WRITE)
#define ANON	(MAP_PRIVATE | MAP_ANONYMOUS)

/* --- putting a space on and off --- */

static bool wear(void)
{
	struct address_space *s = space_create();

	if (!s)
		return false;
	space_activate(s);
	return true;
}

static void take_off(void)
{
	struct address_space *s = current->space;
	unsigned long flags;

	spin_lock_irqsave(&current->lock, flags);
	current->space = NULL;
	spin_unlock_irqrestore(&current->lock, flags);
	space_put(s);
}

static unsigned long map(unsigned long addr, unsigned long len, unsigned long prot,
			 unsigned long flags)
{
	return space_mmap(NULL, addr, len, prot, flags, 0);
}

static int store(unsigned long addr, u64 value)
{
	return put_user(value, (u64 __user *)addr);
}

static u64 load(unsigned long addr)
{
	u64 value = 0xdead;

	return get_user(value, (u64 __user *)addr) ? 0xbad : value;
}

static unsigned int nr_vmas(void)
{
	return current->space->nr_vmas;
}

/* The tree must be in order, without overlaps, its gaps right. */
static void check_tree(void)
{
	unsigned long end = 0, total = 0;
	unsigned int nr = 0;
	struct vma *vma;

	for_each_vma(current->space, vma) {
		if (vma->start < end || vma->end <= vma->start)
			KTEST_FAIL("vma %lx-%lx behind %lx", vma->start, vma->end, end);
		if (vma->before != vma->start - end)
			KTEST_FAIL("gap before %lx is %lx, should be %lx", vma->start, vma->before,
				   vma->start - end);
		end = vma->end;
		total += vma_pages(vma);
		nr++;
	}
	KTEST_EXPECT_EQ(nr, nr_vmas());
	KTEST_EXPECT_EQ(total, current->space->total_pages);
}

/* --- mmap and munmap --- */

KTEST_CASE(anonymous_memory_is_zero_and_keeps_what_is_written)
{
	unsigned long p;

	KTEST_ASSERT(wear());
	p = map(0, 64 * PAGE_SIZE, RW, ANON);
	KTEST_EXPECT(!IS_ERR_VALUE(p));
	for (int i = 0; i < 64; i += 3)
		KTEST_EXPECT_EQ(load(p + i * PAGE_SIZE), 0);
	KTEST_EXPECT_EQ(atomic64_read(&current->space->anon_pages), 0);
	for (int i = 0; i < 64; i++)
		KTEST_EXPECT_EQ(store(p + i * PAGE_SIZE, i + 1), 0);
	for (int i = 0; i < 64; i++)
		KTEST_EXPECT_EQ(load(p + i * PAGE_SIZE), i + 1);
	KTEST_EXPECT_EQ(atomic64_read(&current->space->anon_pages), 64);
	KTEST_EXPECT_EQ(space_munmap(current->space, p, 64 * PAGE_SIZE), 0);
	KTEST_EXPECT_EQ(atomic64_read(&current->space->anon_pages), 0);
	KTEST_EXPECT_EQ(atomic64_read(&current->space->table_bytes), 0);
	KTEST_EXPECT_EQ(load(p), 0xbad);
	KTEST_EXPECT_EQ(store(p, 1), -EFAULT);
	check_tree();
	take_off();
}

KTEST_CASE(bad_requests_are_refused)
{
	KTEST_ASSERT(wear());
	KTEST_EXPECT_EQ(map(0, 0, RW, ANON), -EINVAL);
	KTEST_EXPECT_EQ(map(0, ~0ul, RW, ANON), -ENOMEM);
	KTEST_EXPECT_EQ(map(1, PAGE_SIZE, RW, ANON | MAP_FIXED), -EINVAL);
	KTEST_EXPECT_EQ(map(USER_SPACE_END, PAGE_SIZE, RW, ANON | MAP_FIXED), -ENOMEM);
	KTEST_EXPECT_EQ(map(USER_SPACE_END - PAGE_SIZE, 2 * PAGE_SIZE, RW, ANON | MAP_FIXED),
			-ENOMEM);
	KTEST_EXPECT_EQ(map(0, PAGE_SIZE, RW, MAP_ANONYMOUS), -EINVAL);
	KTEST_EXPECT_EQ(space_munmap(current->space, 1, PAGE_SIZE), -EINVAL);
	KTEST_EXPECT_EQ(space_munmap(current->space, 0, 0), -EINVAL);
	KTEST_EXPECT_EQ(space_munmap(current->space, USER_SPACE_END, PAGE_SIZE), -EINVAL);
	KTEST_EXPECT_EQ(nr_vmas(), 0);
	take_off();
}

KTEST_CASE(neighbours_that_are_alike_become_one)
{
	unsigned long p = 0x10000000;

	KTEST_ASSERT(wear());
	KTEST_EXPECT_EQ(map(p, PAGE_SIZE, RW, ANON | MAP_FIXED), p);
	KTEST_EXPECT_EQ(map(p + 2 * PAGE_SIZE, PAGE_SIZE, RW, ANON | MAP_FIXED), p + 2 * PAGE_SIZE);
	KTEST_EXPECT_EQ(nr_vmas(), 2);
	KTEST_EXPECT_EQ(map(p + PAGE_SIZE, PAGE_SIZE, RW, ANON | MAP_FIXED), p + PAGE_SIZE);
	KTEST_EXPECT_EQ(nr_vmas(), 1);
	KTEST_EXPECT_EQ(map(p + 3 * PAGE_SIZE, PAGE_SIZE, PROT_READ, ANON | MAP_FIXED),
			p + 3 * PAGE_SIZE);
	KTEST_EXPECT_EQ(nr_vmas(), 2);
	KTEST_EXPECT_EQ(space_mprotect(p + 3 * PAGE_SIZE, PAGE_SIZE, RW), 0);
	check_tree();
	take_off();
}

KTEST_CASE(a_hole_makes_two_of_one)
{
	unsigned long p = 0x10000000;

	KTEST_ASSERT(wear());
	KTEST_EXPECT_EQ(map(p, 10 * PAGE_SIZE, RW, ANON | MAP_FIXED), p);
	for (int i = 0; i < 10; i++)
		store(p + i * PAGE_SIZE, i);
	KTEST_EXPECT_EQ(space_munmap(current->space, p + 4 * PAGE_SIZE, 2 * PAGE_SIZE), 0);
	KTEST_EXPECT_EQ(nr_vmas(), 2);
	KTEST_EXPECT_EQ(load(p + 3 * PAGE_SIZE), 3);
	KTEST_EXPECT_EQ(load(p + 4 * PAGE_SIZE), 0xbad);
	KTEST_EXPECT_EQ(load(p + 6 * PAGE_SIZE), 6);
	KTEST_EXPECT_EQ(map(p, PAGE_SIZE, RW, ANON | MAP_FIXED_NOREPLACE), -EEXIST);
	KTEST_EXPECT_EQ(map(p + 4 * PAGE_SIZE, 2 * PAGE_SIZE, RW, ANON | MAP_FIXED_NOREPLACE),
			p + 4 * PAGE_SIZE);
	KTEST_EXPECT_EQ(nr_vmas(), 1);
	KTEST_EXPECT_EQ(load(p + 4 * PAGE_SIZE), 0);
	/* MAP_FIXED takes the place of what is there */
	KTEST_EXPECT_EQ(map(p + PAGE_SIZE, 8 * PAGE_SIZE, RW, ANON | MAP_FIXED), p + PAGE_SIZE);
	KTEST_EXPECT_EQ(load(p + 6 * PAGE_SIZE), 0);
	KTEST_EXPECT_EQ(load(p + 9 * PAGE_SIZE), 9);
	check_tree();
	take_off();
}

KTEST_CASE(places_are_found_from_the_top)
{
	unsigned long a, b, c;

	KTEST_ASSERT(wear());
	a = map(0, 4 * PAGE_SIZE, PROT_READ, ANON);
	b = map(0, 4 * PAGE_SIZE, RW, ANON);
	KTEST_EXPECT_EQ(a + 4 * PAGE_SIZE, current->space->mmap_base);
	KTEST_EXPECT_EQ(b + 4 * PAGE_SIZE, a);
	KTEST_EXPECT_EQ(space_munmap(current->space, a, 4 * PAGE_SIZE), 0);
	c = map(0, 2 * PAGE_SIZE, PROT_READ, ANON);
	KTEST_EXPECT_EQ(c, a + 2 * PAGE_SIZE);
	KTEST_EXPECT_EQ(map(0, 3 * PAGE_SIZE, PROT_READ, ANON) + 3 * PAGE_SIZE, b);
	c = map(0, PAGE_SIZE, RW, ANON | MAP_32BIT);
	KTEST_EXPECT(c < 0x80000000ul);
	KTEST_EXPECT_EQ(map(0x1234000, PAGE_SIZE, RW, ANON), 0x1234000);
	check_tree();
	take_off();
}

/* --- protection --- */

KTEST_CASE(protection_is_kept)
{
	unsigned long p;

	KTEST_ASSERT(wear());
	p = map(0, 4 * PAGE_SIZE, RW, ANON);
	for (int i = 0; i < 4; i++)
		store(p + i * PAGE_SIZE, 7);
	KTEST_EXPECT_EQ(space_mprotect(p + PAGE_SIZE, PAGE_SIZE, PROT_READ), 0);
	KTEST_EXPECT_EQ(space_mprotect(p + 2 * PAGE_SIZE, PAGE_SIZE, PROT_NONE), 0);
	KTEST_EXPECT_EQ(nr_vmas(), 4);
	KTEST_EXPECT_EQ(store(p, 8), 0);
	KTEST_EXPECT_EQ(store(p + PAGE_SIZE, 8), -EFAULT);
	KTEST_EXPECT_EQ(load(p + PAGE_SIZE), 7);
	KTEST_EXPECT_EQ(load(p + 2 * PAGE_SIZE), 0xbad);
	KTEST_EXPECT_EQ(space_mprotect(p, 4 * PAGE_SIZE, RW), 0);
	KTEST_EXPECT_EQ(nr_vmas(), 1);
	KTEST_EXPECT_EQ(load(p + 2 * PAGE_SIZE), 7);
	KTEST_EXPECT_EQ(store(p + 2 * PAGE_SIZE, 9), 0);
	KTEST_EXPECT_EQ(load(p + 2 * PAGE_SIZE), 9);
	KTEST_EXPECT_EQ(space_mprotect(p, 5 * PAGE_SIZE, PROT_READ), -ENOMEM);
	KTEST_EXPECT_EQ(space_mprotect(p + 1, PAGE_SIZE, PROT_READ), -EINVAL);
	KTEST_EXPECT_EQ(space_mprotect(p, PAGE_SIZE, 0x80), -EINVAL);
	check_tree();
	take_off();
}

/* --- fork --- */

static u64 load_from(struct address_space *s, unsigned long addr)
{
	u64 value;

	return space_access(s, addr, &value, sizeof(value), false) == sizeof(value) ? value : 0xbad;
}

static void store_to(struct address_space *s, unsigned long addr, u64 value)
{
	KTEST_EXPECT_EQ(space_access(s, addr, &value, sizeof(value), true), sizeof(value));
}

KTEST_CASE(fork_copies_on_write)
{
	struct address_space *child;
	unsigned long p;

	KTEST_ASSERT(wear());
	p = map(0, 600 * PAGE_SIZE, RW, ANON);
	for (int i = 0; i < 600; i++)
		store(p + i * PAGE_SIZE, i);
	child = space_fork(current->space);
	KTEST_ASSERT(child);
	KTEST_EXPECT_EQ(atomic64_read(&child->anon_pages), 600);
	store(p, 1000);
	store_to(child, p + PAGE_SIZE, 2000);
	KTEST_EXPECT_EQ(load(p), 1000);
	KTEST_EXPECT_EQ(load_from(child, p), 0);
	KTEST_EXPECT_EQ(load(p + PAGE_SIZE), 1);
	KTEST_EXPECT_EQ(load_from(child, p + PAGE_SIZE), 2000);
	for (int i = 2; i < 600; i++)
		KTEST_EXPECT_EQ(load_from(child, p + i * PAGE_SIZE), i);
	space_put(child);
	/* Alone again: written in place. */
	for (int i = 2; i < 600; i++)
		KTEST_EXPECT_EQ(store(p + i * PAGE_SIZE, i + 1), 0);
	KTEST_EXPECT_EQ(atomic64_read(&current->space->anon_pages), 600);
	take_off();
}

KTEST_CASE(fork_obeys_advice)
{
	struct address_space *child;
	unsigned long kept, wiped, left;

	KTEST_ASSERT(wear());
	kept = map(0, PAGE_SIZE, RW, ANON);
	left = map(0x20000000, PAGE_SIZE, RW, ANON);
	wiped = map(0x30000000, PAGE_SIZE, RW, ANON);
	store(kept, 1);
	store(left, 2);
	store(wiped, 3);
	KTEST_EXPECT_EQ(sys_madvise(left, PAGE_SIZE, MADV_DONTFORK), 0);
	KTEST_EXPECT_EQ(sys_madvise(wiped, PAGE_SIZE, MADV_WIPEONFORK), 0);
	child = space_fork(current->space);
	KTEST_ASSERT(child);
	KTEST_EXPECT_EQ(load_from(child, kept), 1);
	KTEST_EXPECT_EQ(load_from(child, left), 0xbad);
	KTEST_EXPECT_EQ(load_from(child, wiped), 0);
	space_put(child);
	take_off();
}

KTEST_CASE(shared_memory_is_shared)
{
	struct address_space *child;
	unsigned long p;

	if (!shared_memory_file) {
		ktest_skip("no file system for shared memory");
		return;
	}
	KTEST_ASSERT(wear());
	p = map(0, 3 * PAGE_SIZE, RW, MAP_SHARED | MAP_ANONYMOUS);
	KTEST_ASSERT(!IS_ERR_VALUE(p));
	store(p, 5);
	child = space_fork(current->space);
	KTEST_ASSERT(child);
	store_to(child, p + PAGE_SIZE, 6);
	store(p, 7);
	KTEST_EXPECT_EQ(load_from(child, p), 7);
	KTEST_EXPECT_EQ(load(p + PAGE_SIZE), 6);
	KTEST_EXPECT_EQ(atomic64_read(&current->space->anon_pages), 0);
	space_put(child);
	take_off();
}

/* --- files --- */

KTEST_CASE(truncation_unmaps)
{
	struct file *file;
	unsigned long shared, private;

	if (!shared_memory_file) {
		ktest_skip("no file system for shared memory");
		return;
	}
	file = shared_memory_file("test", 4 * PAGE_SIZE);
	KTEST_ASSERT(!IS_ERR(file));
	KTEST_ASSERT(wear());
	shared = space_mmap(file, 0, 8 * PAGE_SIZE, RW, MAP_SHARED, 0);
	private = space_mmap(file, 0, 4 * PAGE_SIZE, RW, MAP_PRIVATE, 0);
	KTEST_EXPECT(!IS_ERR_VALUE(shared) && !IS_ERR_VALUE(private));
	for (int i = 0; i < 4; i++)
		KTEST_EXPECT_EQ(store(shared + i * PAGE_SIZE, i + 50), 0);
	KTEST_EXPECT_EQ(store(shared + 4 * PAGE_SIZE, 1), -EFAULT);
	KTEST_EXPECT_EQ(load(private + PAGE_SIZE), 51);
	KTEST_EXPECT_EQ(store(private + 2 * PAGE_SIZE, 99), 0);
	KTEST_EXPECT_EQ(load(shared + 2 * PAGE_SIZE), 52);
	KTEST_EXPECT_EQ(load(private + 2 * PAGE_SIZE), 99);
	/* a page and a half are left */
	WRITE_ONCE(file->inode->size, PAGE_SIZE + 100);
	truncate_pagecache(file->mapping, PAGE_SIZE + 100);
	KTEST_EXPECT_EQ(load(shared), 50);
	KTEST_EXPECT_EQ(load(shared + PAGE_SIZE), 51);
	KTEST_EXPECT_EQ(load(shared + 2 * PAGE_SIZE), 0xbad);
	KTEST_EXPECT_EQ(load(private + 2 * PAGE_SIZE), 0xbad);
	WRITE_ONCE(file->inode->size, 4 * PAGE_SIZE);
	KTEST_EXPECT_EQ(load(shared + 2 * PAGE_SIZE), 0);
	KTEST_EXPECT_EQ(file->mapping->nr_pages, 3);
	truncate_pagecache_range(file->mapping, 0, PAGE_SIZE);
	KTEST_EXPECT_EQ(load(shared), 0);
	KTEST_EXPECT_EQ(load(shared + PAGE_SIZE), 51);
	take_off();
	fput(file);
}

/* --- stack, brk, mremap --- */

KTEST_CASE(a_stack_grows_and_keeps_its_distance)
{
	unsigned long top = 0x40000000, below = top - (2ul << 20);

	KTEST_ASSERT(wear());
	KTEST_EXPECT_EQ(map(top - 4 * PAGE_SIZE, 4 * PAGE_SIZE, RW,
			    ANON | MAP_FIXED | MAP_GROWSDOWN),
			top - 4 * PAGE_SIZE);
	KTEST_EXPECT_EQ(map(below - PAGE_SIZE, PAGE_SIZE, RW, ANON | MAP_FIXED), below - PAGE_SIZE);
	KTEST_EXPECT_EQ(store(top - 5 * PAGE_SIZE, 1), 0);
	KTEST_EXPECT_EQ(store(top - 100 * PAGE_SIZE, 2), 0);
	KTEST_EXPECT_EQ(load(top - 50 * PAGE_SIZE), 0);
	KTEST_EXPECT_EQ(store(below + STACK_GUARD_GAP - 8, 3), -EFAULT);
	KTEST_EXPECT_EQ(store(below + STACK_GUARD_GAP + 8, 3), 0);
	check_tree();
	take_off();
}

KTEST_CASE(brk_moves_both_ways)
{
	unsigned long start = 0x20000000;

	KTEST_ASSERT(wear());
	KTEST_EXPECT_EQ(space_set_brk_area(current->space, start, start), 0);
	KTEST_EXPECT_EQ(space_brk(0), start);
	KTEST_EXPECT_EQ(space_brk(start + 10 * PAGE_SIZE + 1), start + 10 * PAGE_SIZE + 1);
	KTEST_EXPECT_EQ(store(start + 10 * PAGE_SIZE, 4), 0);
	KTEST_EXPECT_EQ(store(start + 11 * PAGE_SIZE, 4), -EFAULT);
	KTEST_EXPECT_EQ(space_brk(start + 5 * PAGE_SIZE), start + 5 * PAGE_SIZE);
	KTEST_EXPECT_EQ(load(start + 10 * PAGE_SIZE), 0xbad);
	KTEST_EXPECT_EQ(space_brk(start + 20 * PAGE_SIZE), start + 20 * PAGE_SIZE);
	KTEST_EXPECT_EQ(load(start + 10 * PAGE_SIZE), 0);
	KTEST_EXPECT_EQ(nr_vmas(), 1);
	KTEST_EXPECT_EQ(space_brk(start - 1), start + 20 * PAGE_SIZE);
	KTEST_EXPECT_EQ(space_brk(~0ul), start + 20 * PAGE_SIZE);
	KTEST_EXPECT_EQ(space_brk(USER_SPACE_END), start + 20 * PAGE_SIZE);
	check_tree();
	take_off();
}

KTEST_CASE(mremap_moves_the_pages)
{
	unsigned long p, q, blocker;

	KTEST_ASSERT(wear());
	p = map(0x10000000, 600 * PAGE_SIZE, RW, ANON);
	for (int i = 0; i < 600; i++)
		store(p + i * PAGE_SIZE, i + 1);
	KTEST_EXPECT_EQ(sys_mremap(p, 600 * PAGE_SIZE, 700 * PAGE_SIZE, 0, 0), p);
	blocker = map(p + 700 * PAGE_SIZE, PAGE_SIZE, PROT_READ, ANON | MAP_FIXED);
	KTEST_EXPECT_EQ(sys_mremap(p, 700 * PAGE_SIZE, 800 * PAGE_SIZE, 0, 0), -ENOMEM);
	q = sys_mremap(p, 700 * PAGE_SIZE, 800 * PAGE_SIZE, MREMAP_MAYMOVE, 0);
	KTEST_EXPECT(!IS_ERR_VALUE(q) && q != p);
	KTEST_EXPECT_EQ(load(p), 0xbad);
	for (int i = 0; i < 600; i++)
		KTEST_EXPECT_EQ(load(q + i * PAGE_SIZE), i + 1);
	KTEST_EXPECT_EQ(load(q + 799 * PAGE_SIZE), 0);
	/* an odd distance to a fixed place, over something */
	p = sys_mremap(q, 800 * PAGE_SIZE, 500 * PAGE_SIZE, MREMAP_MAYMOVE | MREMAP_FIXED,
		       blocker - 77 * PAGE_SIZE);
	KTEST_EXPECT_EQ(p, blocker - 77 * PAGE_SIZE);
	for (int i = 0; i < 500; i++)
		KTEST_EXPECT_EQ(load(p + i * PAGE_SIZE), i + 1);
	KTEST_EXPECT_EQ(sys_mremap(p, 500 * PAGE_SIZE, 100 * PAGE_SIZE, 0, 0), p);
	KTEST_EXPECT_EQ(load(p + 100 * PAGE_SIZE), 0xbad);
	q = sys_mremap(p, 100 * PAGE_SIZE, 100 * PAGE_SIZE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, 0);
	KTEST_EXPECT_EQ(load(q + 5 * PAGE_SIZE), 6);
	KTEST_EXPECT_EQ(load(p + 5 * PAGE_SIZE), 0);
	KTEST_EXPECT_EQ(sys_mremap(0x7000000, PAGE_SIZE, PAGE_SIZE, 0, 0), -EFAULT);
	KTEST_EXPECT_EQ(sys_mremap(p + 1, PAGE_SIZE, PAGE_SIZE, 0, 0), -EINVAL);
	check_tree();
	take_off();
}

/* --- against a model --- */

#define MODEL_PAGES	48
#define MODEL_BASE	0x50000000ul

struct model {
	bool mapped, writable;
	u64 value;
};

static u64 model_random;

static unsigned int pick(unsigned int below)
{
	model_random = model_random * 6364136223846793005ull + 1442695040888963407ull;
	return (model_random >> 33) % below;
}

static void model_step(struct model *m)
{
	unsigned int first = pick(MODEL_PAGES), nr = 1 + pick(MODEL_PAGES - first), op = pick(6);
	unsigned long start = MODEL_BASE + first * PAGE_SIZE, len = nr * PAGE_SIZE;
	bool writable = pick(2), all_mapped = true;

	for (unsigned int i = first; i < first + nr; i++)
		all_mapped &= m[i].mapped;
	switch (op) {
	case 0:
		KTEST_EXPECT_EQ(map(start, len, writable ? RW : PROT_READ, ANON | MAP_FIXED),
				start);
		for (unsigned int i = first; i < first + nr; i++)
			m[i] = (struct model){ true, writable, 0 };
		break;
	case 1:
		KTEST_EXPECT_EQ(space_munmap(current->space, start, len), 0);
		for (unsigned int i = first; i < first + nr; i++)
			m[i] = (struct model){ 0 };
		break;
	case 2:
		KTEST_EXPECT_EQ(space_mprotect(start, len, writable ? RW : PROT_READ),
				all_mapped ? 0 : -ENOMEM);
		for (unsigned int i = first; i < first + nr && m[i].mapped; i++)
			m[i].writable = writable;
		break;
	case 3:
		if (all_mapped) {
			KTEST_EXPECT_EQ(sys_madvise(start, len, MADV_DONTNEED), 0);
			for (unsigned int i = first; i < first + nr; i++)
				m[i].value = 0;
		}
		break;
	case 4: {
		struct address_space *child = space_fork(current->space);

		if (!KTEST_EXPECT(child))
			break;
		for (unsigned int i = 0; i < MODEL_PAGES; i++)
			KTEST_EXPECT_EQ(load_from(child, MODEL_BASE + i * PAGE_SIZE),
					m[i].mapped ? m[i].value : 0xbad);
		space_put(child);
		break;
	}
	default:
		for (unsigned int i = first; i < first + nr; i++) {
			u64 value = pick(1000000);
			int error = store(MODEL_BASE + i * PAGE_SIZE, value);

			KTEST_EXPECT_EQ(error, m[i].mapped && m[i].writable ? 0 : -EFAULT);
			if (!error)
				m[i].value = value;
		}
	}
	for (unsigned int i = 0; i < MODEL_PAGES; i++)
		if (load(MODEL_BASE + i * PAGE_SIZE) != (m[i].mapped ? m[i].value : 0xbad))
			KTEST_FAIL("page %u after operation %u on %u+%u", i, op, first, nr);
}

KTEST_CASE(random_operations_do_what_the_model_does)
{
	struct model *m = kcalloc(MODEL_PAGES, sizeof(*m), GFP_KERNEL);

	KTEST_ASSERT(m);
	KTEST_ASSERT(wear());
	model_random = 12345;
	for (int i = 0; i < 1500; i++)
		model_step(m);
	check_tree();
	space_munmap(current->space, MODEL_BASE, MODEL_PAGES * PAGE_SIZE);
	KTEST_EXPECT_EQ(atomic64_read(&current->space->anon_pages), 0);
	KTEST_EXPECT_EQ(atomic64_read(&current->space->table_bytes), 0);
	take_off();
	kfree(m);
}

/* --- many threads in one space --- */

struct together {
	struct address_space *space;
	unsigned long shared;
};

static void live_together(void *arg, unsigned int number)
{
	struct together *t = arg;
	u64 random = number + 99;

	space_get(t->space);
	space_activate(t->space);
	for (int round = 0; round < 400; round++) {
		unsigned long p = map(0, 8 * PAGE_SIZE, RW, ANON), page;

		random = random * 6364136223846793005ull + 1442695040888963407ull;
		page = (random >> 33) % 64;
		/* everybody's pages come and go under everybody's feet */
		store(t->shared + page * PAGE_SIZE + number * 8, number);
		if (load(t->shared + page * PAGE_SIZE + number * 8) > 63)
			KTEST_FAIL("thread %u reads another's word", number);
		if (round % 16 == (int)number)
			sys_madvise(t->shared, 64 * PAGE_SIZE, MADV_DONTNEED);
		if (IS_ERR_VALUE(p))
			continue;
		for (int i = 0; i < 8; i++)
			store(p + i * PAGE_SIZE, p + i);
		for (int i = 0; i < 8; i++)
			if (load(p + i * PAGE_SIZE) != p + i)
				KTEST_FAIL("thread %u lost a page", number);
		if (round % 3)
			space_mprotect(p, 4 * PAGE_SIZE, PROT_READ);
		if (round % 50 == 7) {
			struct address_space *child = space_fork(t->space);

			if (child) {
				if (load_from(child, p + 7 * PAGE_SIZE) != p + 7)
					KTEST_FAIL("the child of thread %u lost a page", number);
				space_put(child);
			}
		}
		space_munmap(t->space, p, 8 * PAGE_SIZE);
	}
	take_off();
}

KTEST_CASE(threads_share_a_space)
{
	struct together t = { .space = space_create() };

	KTEST_ASSERT(t.space);
	space_get(t.space);
	space_activate(t.space);
	t.shared = map(0, 64 * PAGE_SIZE, RW, ANON);
	take_off();
	ktest_in_threads(6, live_together, &t);
	KTEST_EXPECT_EQ(atomic_read(&t.space->users), 1);
	KTEST_EXPECT_EQ(t.space->nr_vmas, 1);
	space_put(t.space);
}

/* --- copies --- */

KTEST_CASE(copies_stop_at_the_byte_that_faults)
{
	unsigned long p;
	u8 *kernel = kmalloc(8192, GFP_KERNEL);

	KTEST_ASSERT(kernel);
	KTEST_ASSERT(wear());
	p = map(0, PAGE_SIZE, RW, ANON);
	for (int i = 0; i < 8192; i++)
		kernel[i] = i * 7;
	for (unsigned int n = 0; n < 200; n++) {
		for (unsigned int fits = 0; fits <= n; fits += n < 20 ? 1 : 13) {
			u8 __user *at = (u8 __user *)(p + PAGE_SIZE - fits);

			KTEST_EXPECT_EQ(copy_to_user(at, kernel, n), n - fits);
			memset(kernel + 4096, 0xff, n);
			KTEST_EXPECT_EQ(copy_from_user(kernel + 4096, at, n), n - fits);
			KTEST_EXPECT(!memcmp(kernel, kernel + 4096, fits));
			KTEST_EXPECT(n == fits || !memchr_inv(kernel + 4096 + fits, 0, n - fits));
			KTEST_EXPECT_EQ(clear_user(at, n), n - fits);
		}
	}
	KTEST_EXPECT_EQ(copy_to_user((void __user *)USER_SPACE_END, kernel, 8), 8);
	KTEST_EXPECT_EQ(copy_to_user((void __user *)(USER_SPACE_END - 4), kernel, 8), 8);
	KTEST_EXPECT_EQ(copy_to_user((void __user *)kernel, kernel, 8), 8);
	KTEST_EXPECT_EQ(copy_to_user((void __user *)~0ul, kernel, 8), 8);
	KTEST_EXPECT_EQ(copy_from_user(kernel, (void __user *)p, ~0ul), ~0ul);
	take_off();
	kfree(kernel);
}

KTEST_CASE(strings_end_where_they_end)
{
	unsigned long p;
	char buffer[64];

	KTEST_ASSERT(wear());
	p = map(0, PAGE_SIZE, RW, ANON);
	for (int len = 0; len < 40; len++) {
		/* right before the end of what is mapped */
		char __user *at = (char __user *)(p + PAGE_SIZE - len - 1);

		memset(buffer, 'a' + len % 26, len);
		buffer[len] = 0;
		KTEST_EXPECT_EQ(copy_to_user(at, buffer, len + 1), 0);
		memset(buffer, '#', sizeof(buffer));
		KTEST_EXPECT_EQ(strncpy_from_user(buffer, at, sizeof(buffer)), len);
		KTEST_EXPECT_EQ(strlen(buffer), len);
		KTEST_EXPECT_EQ(strnlen_user(at, sizeof(buffer)), len + 1);
		if (len > 1) {
			memset(buffer, '#', sizeof(buffer));
			KTEST_EXPECT_EQ(strncpy_from_user(buffer, at, len), len);
			KTEST_EXPECT_EQ(buffer[len], '#');
			KTEST_EXPECT(strnlen_user(at, len - 1) > len - 1);
		}
	}
	memset(buffer, 'x', sizeof(buffer));
	KTEST_EXPECT_EQ(copy_to_user((char __user *)(p + PAGE_SIZE - 20), buffer, 20), 0);
	KTEST_EXPECT_EQ(strncpy_from_user(buffer, (char __user *)(p + PAGE_SIZE - 20), 40),
			-EFAULT);
	KTEST_EXPECT_EQ(strnlen_user((char __user *)(p + PAGE_SIZE - 20), 40), 0);
	KTEST_EXPECT_EQ(strncpy_from_user(buffer, (char __user *)(p + PAGE_SIZE - 20), 20), 20);
	KTEST_EXPECT_EQ(strncpy_from_user(buffer, (char __user *)USER_SPACE_END, 20), -EFAULT);
	KTEST_EXPECT_EQ(strncpy_from_user(buffer, (char __user *)p, 0), 0);
	take_off();
}

KTEST_CASE(structures_that_grow)
{
	struct {
		u64 a, b;
	} in = { 1, 2 }, out;
	unsigned long p;

	KTEST_ASSERT(wear());
	p = map(0, PAGE_SIZE, RW, ANON);
	KTEST_EXPECT_EQ(copy_to_user((void __user *)p, &in, sizeof(in)), 0);
	KTEST_EXPECT_EQ(copy_struct_from_user(&out, sizeof(out), (void __user *)p, 8), 0);
	KTEST_EXPECT(out.a == 1 && out.b == 0);
	KTEST_EXPECT_EQ(copy_struct_from_user(&out, sizeof(out), (void __user *)p, 100), 0);
	KTEST_EXPECT(out.a == 1 && out.b == 2);
	store(p + 50, 1);
	KTEST_EXPECT_EQ(copy_struct_from_user(&out, sizeof(out), (void __user *)p, 100), -E2BIG);
	take_off();
}
