/* SPDX-License-Identifier: MIT */
/*
 * struct address_space: the memory of one process (Linux's mm_struct), a tree of struct vma, and its page tables.
 *
 * Locking: mmap_lock, a rw_semaphore: written by mmap, munmap, mprotect, brk, fork, exec; read by faults and /proc. Page-table entries:
 * the lock in the table's struct page. users counts threads; refs counts those plus lazy borrowers (kernel threads on a CPU).
 */
#ifndef MM_SPACE_H
#define MM_SPACE_H

#include <kit/types.h>
#include <kernel/atomic.h>
#include <kernel/cpumask.h>
#include <kernel/mutex.h>
#include <lib/rbtree.h>
#include <mm/page.h>

struct file;
struct trap_frame;
struct vma;
struct seq_file;

#define USER_SPACE_END		0x00007ffffffff000ul	/* first address that is not user memory */

/* vma->flags; the low four as PROT_* and their MAY_ twins four bits above. */
#define VM_READ		0x0001ul
#define VM_WRITE	0x0002ul
#define VM_EXEC		0x0004ul
#define VM_SHARED	0x0008ul
#define VM_MAYREAD	0x0010ul
#define VM_MAYWRITE	0x0020ul
#define VM_MAYEXEC	0x0040ul
#define VM_MAYSHARE	0x0080ul
#define VM_GROWSDOWN	0x0100ul
#define VM_PFNMAP	0x0200ul	/* device memory: no struct page behind */
#define VM_LOCKED	0x0400ul
#define VM_DONTCOPY	0x0800ul
#define VM_DONTEXPAND	0x1000ul
#define VM_NORESERVE	0x2000ul
#define VM_WIPEONFORK	0x4000ul
#define VM_DONTDUMP	0x8000ul
#define VM_HUGEPAGE	0x10000ul
#define VM_NOHUGEPAGE	0x20000ul
#define VM_STACK	VM_GROWSDOWN
#define VM_ACCOUNT	0x40000ul	/* counts against the commit limit */
#define VM_SEQ_READ	0x80000ul
#define VM_RAND_READ	0x100000ul
#define VM_SPECIAL_NAME	0x200000ul	/* [vdso], [vvar] ... */

struct vm_fault {
	struct vma *vma;
	unsigned long address;		/* page aligned */
	unsigned long index;		/* page index in the file */
	unsigned int flags;		/* FAULT_* */
	struct page *page;		/* out: locked, with a reference */
};
#define FAULT_WRITE	0x1
#define FAULT_USER	0x2
#define FAULT_EXEC	0x4

struct vm_operations {
	void (*open)(struct vma *vma);		/* copied by fork or split */
	void (*close)(struct vma *vma);
	/* 0 with fault->page set, VM_FAULT_INSTALLED when the handler filled the entry, or -ENOMEM, -EFAULT (SIGBUS), -EIO. */
	int (*fault)(struct vm_fault *fault);
	int (*page_mkwrite)(struct vm_fault *fault, struct page *page);
	const char *(*name)(struct vma *vma);
};
#define VM_FAULT_INSTALLED	1

struct vma {
	unsigned long start, end;		/* mmap_lock for writing */
	struct rb_node node;			/* in space->vmas, augmented with gap */
	unsigned long gap;			/* largest free gap below in this subtree */
	struct address_space *space;
	unsigned long flags;
	u64 page_prot;
	struct file *file;			/* holds a reference; NULL: anonymous */
	unsigned long pgoff;			/* in pages; anonymous: start >> PAGE_SHIFT at creation */
	const struct vm_operations *ops;
	struct rb_node mapping_node;		/* mapping->i_mmap_lock */
	unsigned long mapping_subtree_last;
	void *private;
	struct rcu_head rcu;
};

struct address_space {
	u64 *pgd;				/* top-level table, kernel half shared */
	struct rw_semaphore mmap_lock;
	struct rb_root vmas;
	unsigned int nr_vmas;
	struct vma *last_vma;			/* cache; RCU or mmap_lock */
	atomic_t users, refs;
	struct cpumask cpus;			/* CPUs that may hold TLB entries */
	u64 asid_generation;
	unsigned long total_pages, locked_pages, data_pages, exec_pages, stack_pages;	/* mmap_lock */
	atomic64_t anon_pages, file_pages, shmem_pages, table_bytes;
	unsigned long hiwater_rss, hiwater_vm;
	unsigned long mmap_base;
	unsigned long start_code, end_code, start_data, end_data, start_brk, brk, start_stack;
	unsigned long arg_start, arg_end, env_start, env_end;
	unsigned long saved_auxv[48];
	struct file *exe_file;			/* RCU; mmap_lock for writing */
	unsigned long vdso_base;
	unsigned long flags;
	unsigned long def_vm_flags;		/* mlockall */
	s16 oom_score_adj;
	spinlock_t lock;			/* leaf: arg_*, exe */
	struct rcu_head rcu;
};

struct address_space *space_create(void);
struct address_space *space_fork(struct address_space *parent);	/* copy-on-write; NULL: no memory */
void space_get(struct address_space *s);	/* users */
bool space_get_not_zero(struct address_space *s);
void space_put(struct address_space *s);	/* last user: unmaps everything; may sleep */
void space_grab(struct address_space *s);	/* refs: only the structure and the kernel tables */
void space_drop(struct address_space *s);	/* any context */
void space_activate(struct address_space *s);	/* exec: current switches to s */

/* All page aligned; addresses or -errno as the system calls give them. mmap_lock taken inside. */
unsigned long space_mmap(struct file *file, unsigned long addr, unsigned long len, unsigned long prot, unsigned long flags,
			 unsigned long pgoff);
int space_munmap(struct address_space *s, unsigned long start, unsigned long len);
/* For exec: a special mapping in a space that is not current's yet. */
int space_map_stack(struct address_space *s, unsigned long top, unsigned long size, bool executable, struct vma **stack);
int space_set_brk_area(struct address_space *s, unsigned long start, unsigned long end);
struct vma *find_vma(struct address_space *s, unsigned long addr);	/* first with end > addr; mmap_lock held */
struct vma *vma_next(struct vma *vma);
/* Copies to or from another space (ptrace, /proc/PID/mem, exec's argument pages); bytes done. */
size_t space_access(struct address_space *s, unsigned long addr, void *buf, size_t len, bool write);
/* Pages of current's memory, pinned by references: futexes, direct I/O. nr pages or -errno. */
long get_user_pages(unsigned long start, unsigned long nr, bool write, struct page **pages);

void do_page_fault(struct trap_frame *frame, unsigned long address, unsigned long error_code);

/* For drivers' and file systems' mmap operations. */
int vm_insert_pfn_range(struct vma *vma, unsigned long addr, unsigned long pfn, unsigned long size);
int generic_file_mmap(struct file *file, struct vma *vma);	/* page cache mapping */

/* /proc/PID/maps and friends */
void space_show_maps(struct seq_file *m, struct address_space *s, bool smaps);

#endif
