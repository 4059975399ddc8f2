/* SPDX-License-Identifier: MIT */
/*
 * Page faults of user addresses.
 *
 *	do_page_fault	from the trap: which vma, may it; signals, fix-ups and oopses
 *	handle_fault	one page of one vma: new anonymous pages, copy-on-write; files in file_fault.c
 *
 * handle_fault runs with mmap_lock for reading, many threads at once. Each case prepares its page without locks, then takes the table's lock
 * and installs it if the entry is still what it was. If it is not, another thread has been there: the fault is over, the program tries again.
 */
#include "space_private.h"
#include <arch/cpu.h>
#include <arch/extable.h>
#include <arch/vectors.h>
#include <arch/traps.h>
#include <kernel/log.h>
#include <kernel/sched.h>
#include <kernel/signal.h>
#include <kernel/time.h>
#include <kernel/trace_events.h>
#include <mm/uaccess.h>

#define MEMORY_TRIES	16
#define MEMORY_WAIT_NS	(10 * NSEC_PER_MSEC)

/* --- anonymous memory --- */

static struct page *anon_page_alloc(gfp_t zero)
{
	struct page *page = alloc_page(GFP_USER | zero);

	if (likely(page)) {
		page->flags |= BIT(PG_ANON) | BIT(PG_SWAPBACKED) | BIT(PG_UPTODATE);
		page->mapping = NULL;
	}
	return page;
}

/* What the entry of a private page says: writable if the vma is. */
static u64 private_entry(const struct vma *vma, const struct page *page)
{
	u64 entry = page_to_phys(page) | vma->page_prot | PTE_DIRTY;

	return vma->flags & VM_WRITE ? entry | PTE_WRITE : entry;
}

static void note_anon(struct vma *vma)
{
	if (!vma->has_anon)
		WRITE_ONCE(vma->has_anon, true);
	atomic64_inc(&vma->space->anon_pages);
	mm_level_add(MM_ANON_PAGES, 1);
}

static int anon_fault(struct vma *vma, u64 *pte, unsigned int flags)
{
	struct page *page = NULL;
	u64 entry;

	if (flags & FAULT_WRITE) {
		page = anon_page_alloc(__GFP_ZERO);
		if (!page)
			return -ENOMEM;
		entry = private_entry(vma, page);
	} else {
		entry = page_to_phys(zero_page) | (vma->page_prot & ~PTE_WRITE) | PTE_SPECIAL;
	}
	pte_lock(pte);
	if (unlikely(entry_read(pte))) {
		pte_unlock(pte);
		if (page)
			put_page(page);
		return 0;
	}
	pte_install(pte, entry);
	page_table_writes_add(1);
	pte_unlock(pte);
	if (page)
		note_anon(vma);
	return 0;
}

/* --- copy-on-write --- */

/*
 * Puts another page in the place of one that may be in TLBs. In between the entry is empty: no CPU may read the old page when another writes
 * the new one already. The table's lock is held.
 */
static void pte_replace(struct address_space *s, u64 *pte, unsigned long addr, u64 entry)
{
	entry_set(pte, 0);
	tlb_flush_page(s, addr);
	entry_set(pte, entry);
	page_table_writes_add(2);
}

/* The only user of an anonymous page may simply write it. False: it is not the only one. */
static bool reuse_page(struct vma *vma, u64 *pte, u64 old, struct page *page)
{
	bool done;

	if (!page_test(page, PG_ANON) || page_refs(page) != 1)
		return false;
	pte_lock(pte);
	done = entry_read(pte) != old;
	if (!done && page_refs(page) == 1) {
		if (vma->flags & VM_WRITE)
			entry_set(pte, old | PTE_WRITE | PTE_DIRTY);
		page_table_writes_add(1);
		done = true;
	}
	pte_unlock(pte);
	return done;
}

/* A reference for the time of copying. Another thread may replace the entry and free the page; a single one cannot. */
static bool hold_page(struct address_space *s, u64 *pte, u64 old, struct page *page, bool *held)
{
	bool same = true;

	*held = false;
	if (!page || (page_test(page, PG_ANON) && atomic_read(&s->users) == 1))
		return true;
	pte_lock(pte);
	same = entry_read(pte) == old;
	if (same) {
		get_page(page);
		*held = true;
	}
	pte_unlock(pte);
	return same;
}

static void count_replaced(struct address_space *s, struct page *page)
{
	if (!page || page_test(page, PG_ANON)) {
		if (page) {
			atomic64_dec(&s->anon_pages);
			mm_level_add(MM_ANON_PAGES, -1);
		}
		return;
	}
	atomic64_dec(rss_counter(s, page));
	mm_level_add(MM_FILE_MAPPED, -1);
}

static int copy_fault(struct vma *vma, u64 *pte, u64 old, unsigned long addr)
{
	struct page *page = pte_page(old), *new;
	struct address_space *s = vma->space;
	bool held, same;

	if (page && reuse_page(vma, pte, old, page))
		return 0;
	if (!page && entry_phys(old) != page_to_phys(zero_page))
		return -EFAULT; /* a private view of device memory cannot be written */
	new = anon_page_alloc(page ? 0 : __GFP_ZERO);
	if (!new)
		return -ENOMEM;
	if (!hold_page(s, pte, old, page, &held)) {
		put_page(new);
		return 0;
	}
	if (page)
		copy_page(page_address(new), page_address(page));
	pte_lock(pte);
	same = entry_read(pte) == old;
	if (same)
		pte_replace(s, pte, addr, private_entry(vma, new));
	pte_unlock(pte);
	if (same) {
		count_replaced(s, page);
		note_anon(vma);
		if (page)
			put_page(page);
	} else {
		put_page(new);
	}
	if (held)
		put_page(page);
	return 0;
}

/* --- what a driver supplies --- */

/* Device memory, as far as the vma reaches into the table: all of it lies in one piece. */
static void install_device(struct vma *vma, u64 *pte, unsigned long addr, u64 phys)
{
	unsigned long base = addr & ~(PMD_SIZE - 1), start = max(base, vma->start),
		      end = min(base + PMD_SIZE, vma->end);
	u64 *at = pte - ((addr - start) >> PAGE_SHIFT);
	unsigned int installed = 0;

	phys -= addr - start;
	pte_lock(pte);
	for (; start < end; start += PAGE_SIZE, phys += PAGE_SIZE, at++) {
		if (entry_read(at))
			continue;
		pte_install(at, phys | vma->page_prot | PTE_SPECIAL);
		installed++;
	}
	pte_unlock(pte);
	page_table_writes_add(installed);
}

/* A page that a driver has given us a reference of; a private one is copied by the first write. */
static int install_page(struct vma *vma, u64 *pte, struct page *page, unsigned int flags)
{
	bool copies = (flags & FAULT_WRITE) && !(vma->flags & VM_SHARED);
	u64 entry;

	if (copies) {
		struct page *own = anon_page_alloc(0);

		if (own)
			copy_page(page_address(own), page_address(page));
		put_page(page);
		if (!own)
			return -ENOMEM;
		page = own;
		entry = private_entry(vma, page);
	} else {
		entry = page_to_phys(page) | vma->page_prot;
	}
	pte_lock(pte);
	if (entry_read(pte)) {
		pte_unlock(pte);
		put_page(page);
		return 0;
	}
	pte_install(pte, entry);
	page_table_writes_add(1);
	if (!copies) {
		atomic64_inc(rss_counter(vma->space, page));
		mm_level_add(MM_FILE_MAPPED, 1);
	}
	pte_unlock(pte);
	if (copies)
		note_anon(vma);
	return 0;
}

/* lint: context: of the mapping, if there is one */
static int driver_fault(struct vma *vma, u64 *pte, unsigned long addr, unsigned int flags)
{
	struct vm_fault fault = { .vma = vma,
				  .address = addr & PAGE_MASK,
				  .index = vma_index(vma, addr),
				  .flags = flags };
	int result;

	if (vma->mapping)
		down_read(&vma->mapping->invalidate_lock);
	result = vma->ops->fault(&fault);
	if (!result)
		result = install_page(vma, pte, fault.page, flags);
	else if (result == VM_FAULT_DEVICE)
		install_device(vma, pte, fault.address, fault.phys);
	if (vma->mapping)
		up_read(&vma->mapping->invalidate_lock);
	return min(result, 0);
}

/* --- one page --- */

int handle_fault(struct vma *vma, unsigned long addr, unsigned int flags)
{
	u64 *pte = pte_find(vma->space, addr), value;

	if (unlikely(!pte)) {
		pte = pte_make(vma->space, addr);
		if (!pte)
			return -ENOMEM;
	}
	value = entry_read(pte);
	if (likely(!value)) {
		if (!vma->ops)
			return anon_fault(vma, pte, flags);
		if (!vma->ops->fault && vma->mapping)
			return file_fault(vma, pte, addr, flags);
		return vma->ops->fault ? driver_fault(vma, pte, addr, flags) : -EFAULT;
	}
	if ((flags & FAULT_WRITE) && !(value & PTE_WRITE)) {
		if (vma->flags & VM_SHARED)
			return shared_write_fault(vma, pte, value, addr);
		return copy_fault(vma, pte, value, addr & PAGE_MASK);
	}
	return 0; /* an old TLB entry, which is gone now, or another thread's work */
}

/* --- the trap --- */

static bool access_allowed(const struct vma *vma, unsigned long error_code)
{
	if (error_code & PF_WRITE)
		return vma->flags & VM_WRITE;
	if (error_code & PF_EXEC)
		return vma->flags & VM_EXEC;
	/* Reading what is there and readable can only be a key's or a table's fault, or an old TLB entry. */
	return vma->flags & VM_ACCESS;
}

/* Of a kernel access: go on where the exception table says, or report. */
static void kernel_fault(struct trap_frame *frame, unsigned long address, unsigned long error_code)
{
	if (fixup_exception(frame))
		return;
	oops(frame, address < PAGE_SIZE ? "null pointer dereference" : "page fault", error_code,
	     address);
}

/* The program is told, with what a signal's frame shows of the fault. */
static void user_fault(unsigned long address, unsigned long error_code, int signal, int code)
{
	current->trap_number = VECTOR_PF;
	current->trap_error = error_code;
	current->fault_address = address;
	force_sig_fault(signal, code, (void __user *)address);
}

static void bad_access(struct trap_frame *frame, unsigned long address, unsigned long error_code,
		       int signal, int code)
{
	if (frame_is_user(frame))
		user_fault(address, error_code, signal, code);
	else
		kernel_fault(frame, address, error_code);
}

/* May this kernel access of a user address be served? Only the copy functions touch user memory, with SMAP lifted. */
static bool kernel_may_fault_in(const struct trap_frame *frame)
{
	if (cpu_has(CPU_FEATURE_SMAP) && !(frame->rflags & RFLAGS_AC))
		return false;
	return current && current->space && !in_atomic() && !irqs_disabled() &&
	       !current->user_pagefault_disabled;
}

/* The vma for an address, the stack grown down to it if need be; mmap_lock is held for reading, also afterwards. */
static struct vma *vma_for_fault(struct address_space *s, unsigned long address)
{
	struct vma *vma = find_vma(s, address);

	if (likely(vma && vma->start <= address))
		return vma;
	if (!vma || !(vma->flags & VM_GROWSDOWN))
		return NULL;
	up_read(&s->mmap_lock);
	down_write(&s->mmap_lock);
	vma = find_vma(s, address);
	if (vma && vma->start > address &&
	    (!(vma->flags & VM_GROWSDOWN) || expand_stack(vma, address)))
		vma = NULL;
	downgrade_write(&s->mmap_lock);
	return vma;
}

/*
 * There is no page for a fault, though the allocator has reclaimed and perhaps had a process killed. The access is tried again, in case what was
 * freed meanwhile suffices; but not for ever: there may be nobody left to kill. False: it is over.
 */
static bool wait_for_memory(unsigned int *tries)
{
	if (fatal_signal_pending(current) || *tries == MEMORY_TRIES)
		return false;
	if ((*tries)++) {
		set_current_state(THREAD_KILLABLE);
		schedule_timeout_ns(MEMORY_WAIT_NS);
	}
	return true;
}

static void fault_failed(struct trap_frame *frame, unsigned long address, unsigned long error_code,
			 int error)
{
	if (error != -ENOMEM) {
		bad_access(frame, address, error_code, SIGBUS, BUS_ADRERR);
	} else if (!frame_is_user(frame)) {
		kernel_fault(frame, address, error_code);
	} else if (!fatal_signal_pending(current)) {
		pr_err("mm: no page for %s[%d] at %lx, and no memory to be had: it is killed\n",
		       current->name, current->tid, address);
		force_fatal_sig(SIGKILL);
	}
}

/* lint: context: FAULT_RETRY: the lock was let go */
static void user_address_fault(struct trap_frame *frame, unsigned long address,
			       unsigned long error_code)
{
	struct address_space *s = current->space;
	unsigned int flags = FAULT_MAY_DROP | (error_code & PF_WRITE ? FAULT_WRITE : 0) |
			     (error_code & PF_EXEC ? FAULT_EXEC : 0);
	struct vma *vma;
	unsigned int tries = 0;
	bool major = false;
	int result;

	if (frame_is_user(frame))
		flags |= FAULT_USER;
	do {
		down_read(&s->mmap_lock);
		vma = vma_for_fault(s, address);
		if (unlikely(!vma)) {
			up_read(&s->mmap_lock);
			bad_access(frame, address, error_code, SIGSEGV, SEGV_MAPERR);
			return;
		}
		if (unlikely(!access_allowed(vma, error_code))) {
			up_read(&s->mmap_lock);
			bad_access(frame, address, error_code, SIGSEGV, SEGV_ACCERR);
			return;
		}
		result = handle_fault(vma, address, flags);
		if (result < 0 || !(result & FAULT_RETRY))
			up_read(&s->mmap_lock);
		else if (fatal_signal_pending(current))
			return frame_is_user(frame) ? (void)0
						    : kernel_fault(frame, address, error_code);
		major |= result > 0 && (result & FAULT_MAJOR);
	} while (unlikely(result == -ENOMEM ? wait_for_memory(&tries)
					    : result > 0 && (result & FAULT_RETRY)));
	if (unlikely(major)) {
		current->nr_major_faults++;
		mm_event_inc(MM_PGMAJFAULT);
	} else {
		current->nr_minor_faults++;
	}
	if (unlikely(result < 0))
		fault_failed(frame, address, error_code, result);
}

void do_page_fault(struct trap_frame *frame, unsigned long address, unsigned long error_code)
{
	mm_event_inc(MM_PGFAULT);
	if (unlikely(error_code & PF_RESERVED))
		oops(frame, "page table with reserved bits set", error_code, address);
	if (frame_is_user(frame)) {
		trace_page_fault_user(frame, address, error_code);
		if (likely(address < USER_SPACE_END))
			user_address_fault(frame, address, error_code);
		else
			/* as if nothing were known of it */
			user_fault(address, error_code | PF_PRESENT, SIGSEGV, SEGV_MAPERR);
		return;
	}
	trace_page_fault_kernel(frame, address, error_code);
	if (address < USER_SPACE_END && kernel_may_fault_in(frame))
		user_address_fault(frame, address, error_code);
	else
		kernel_fault(frame, address, error_code);
}
