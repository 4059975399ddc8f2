/* SPDX-License-Identifier: MIT */
/*
 * Is anything of the kernel's half writable and executable? (CONFIG_DEBUG_WX) Rights are the least
 * of all levels on the way to a page. A run of pages is reported as one.
 */
#define pr_fmt(fmt) "mm: " fmt
#include <kernel/bug.h>
#include <kernel/log.h>
#include <mm/kernel_map.h>

struct walk {
	unsigned long run_start, run_end; /* of the present finding; equal: none */
	unsigned long nr_pages;
};

static void end_run(struct walk *w)
{
	if (w->run_start == w->run_end)
		return;
	WARN(true, "mm: W^X: %lx-%lx is writable and executable\n", w->run_start, w->run_end);
	w->nr_pages += (w->run_end - w->run_start) >> PAGE_SHIFT;
	w->run_start = w->run_end = 0;
}

static void note(struct walk *w, unsigned long virt, unsigned long size)
{
	if (virt != w->run_end) {
		end_run(w);
		w->run_start = virt;
	}
	w->run_end = virt + size;
}

/* level: of the entries of this table, 4 at the top. writable, executable: what the levels above
 * leave. */
static void walk_table(struct walk *w, const u64 *table, unsigned int level, unsigned long virt,
		       bool writable, bool executable)
{
	unsigned long size = PAGE_SIZE << (9 * (level - 1));

	for (unsigned int i = level == 4 ? PTRS_PER_TABLE / 2 : 0; i < PTRS_PER_TABLE; i++) {
		u64 value = entry_read(&table[i]);
		unsigned long at = level == 4
					   ? (unsigned long)((long)((unsigned long)i << 39 << 16) >>
							     16)
					   : virt + i * size;
		bool may_write = writable && (value & PTE_WRITE),
		     may_run = executable && !(value & PTE_NX);

		if (!entry_present(value) || !may_write || !may_run)
			continue;
		if (level == 1 || (level < 4 && entry_large(value)))
			note(w, at, size);
		else
			walk_table(w, entry_table(value), level - 1, at, may_write, may_run);
	}
}

unsigned long wx_check(void)
{
	struct walk w = { 0 };

	/* Without NX there is nothing to look for. */
	if (!(pte_supported & PTE_NX))
		return 0;
	walk_table(&w, kernel_pgd, 4, 0, true, true);
	end_run(&w);
	if (w.nr_pages)
		pr_err("checked W^X: FAILED, %lu pages are writable and executable\n", w.nr_pages);
	else
		pr_info("checked W^X: passed, no page is writable and executable\n");
	return w.nr_pages;
}
