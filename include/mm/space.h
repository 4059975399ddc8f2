/* SPDX-License-Identifier: MIT */
/*
 * struct address_space: the memory of one process (Linux's mm_struct), a tree of struct vma, and its page tables.
 *
 * Locking: mmap_lock, a rw_semaphore: written by mmap, munmap, mprotect, brk, fork, exec; read by faults and /proc. Page-table entries:
 * the lock in the table's struct page. users counts threads; refs counts those as one, and whoever only wants the structure. The rules in
 * full are in Documentation/memory.md.
 */
#ifndef MM_SPACE_H
#define MM_SPACE_H

#include <kit/types.h>
#include <kernel/atomic.h>
#include <kernel/cpumask.h>
#include <kernel/mutex.h>
#include <lib/gap_tree.h>
#include <lib/kernel.h>
#include <mm/page.h>

struct file;
struct trap_frame;
struct mapping;
struct seq_file;
struct vma;

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
#define VM_IO		0x400000ul	/* touching it may have side effects: not dumped, not reached by others */
#define VM_LOCKONFAULT	0x800000ul
#define VM_MIXEDMAP	0x1000000ul
#define VM_SPECIAL	(VM_IO | VM_DONTEXPAND | VM_PFNMAP | VM_MIXEDMAP)	/* locking them changes nothing */

#define VM_ACCESS	(VM_READ | VM_WRITE | VM_EXEC)

struct vm_fault {
	struct vma *vma;
	unsigned long address; /* page aligned */
	unsigned long index;   /* page index in the file */
	unsigned int flags;    /* FAULT_* */
	struct page *page;     /* out: with a reference */
	u64 phys;	       /* out, with VM_FAULT_DEVICE: what lies there instead */
};
#define FAULT_WRITE	0x1
#define FAULT_USER	0x2
#define FAULT_EXEC	0x4
#define FAULT_FORCE	0x8		/* ptrace: break copy-on-write of what the process itself may not write */
#define FAULT_ATOMIC	0x10		/* may not wait for another page's lock or for I/O */

struct vm_operations {
	void (*open)(struct vma *vma); /* copied by fork or split */
	void (*close)(struct vma *vma);
	/*
	 * 0 with fault->page set, VM_FAULT_DEVICE with fault->phys set, or -ENOMEM, -EFAULT (SIGBUS), -EIO. The whole vma is one piece of device memory, if any of
	 * it is. When the vma has a mapping, its invalidate_lock is held for reading until the entry is there: who takes it for writing, makes this
	 * function fail and then unmaps by unmap_mapping_range() leaves nobody a page.
	 */
	int (*fault)(struct vm_fault *fault);
	int (*page_mkwrite)(struct vm_fault *fault, struct page *page);
	const char *(*name)(struct vma *vma);
};
#define VM_FAULT_DEVICE	1

struct vma {
	union {
		struct gap_node range; /* in space->vmas */
		struct {	       /* the same, by name; mmap_lock for writing */
			unsigned long start, end;
			struct rb_node node;
			unsigned long before, gap;
		};
	};
	struct address_space *space; /* I */
	unsigned long flags;	     /* mmap_lock for writing */
	/* bits of the entries of its pages; those of private ones not writable */
	u64 page_prot;
	struct file *file; /* I: holds a reference; NULL: anonymous */
	/* I: of the file's pages, or, when ops->fault supplies them, of all vmas that show the same; NULL: anonymous or fixed */
	struct mapping *mapping;
	/* in pages, in the file; mmap_lock for writing and i_mmap_lock */
	unsigned long pgoff;
	const struct vm_operations *ops; /* I */
	struct rb_node mapping_node;	 /* mapping->i_mmap_lock, as is the next */
	unsigned long mapping_subtree_last;
	/* private pages were put in: fork must copy them. Only ever set */
	bool has_anon;
	void *private;		   /* of whoever set ops */
	struct vma *detached_next; /* munmap: on its way out */
};

struct address_space {
	/* top-level table, kernel half shared; NULL: torn down */
	u64 *pgd;
	struct rw_semaphore mmap_lock;
	struct gap_tree vmas; /* mmap_lock */
	unsigned int nr_vmas; /* mmap_lock */
	/* what find_vma found last; mmap_lock for reading, any value of it will do */
	struct vma *last_vma;
	atomic_t users, refs;
	struct cpumask cpus;	   /* CPUs that may hold TLB entries; atomic */
	atomic64_t tlb_generation; /* raised by each flush: mm/space/tlb.c */
	u64 context;		   /* I: a number that no other space ever has */
	/* mmap_lock */
	unsigned long total_pages, locked_pages, data_pages, exec_pages, stack_pages;
	atomic64_t anon_pages, file_pages, shmem_pages, table_bytes;
	/* as of the last time they were looked at: space_rss_peak() */
	unsigned long hiwater_rss, hiwater_vm;
	unsigned long mmap_base; /* mappings are placed below, from the top down */
	unsigned long start_code, end_code, start_data, end_data, start_brk, brk, start_stack;
	unsigned long arg_start, arg_end, env_start, env_end;
	unsigned long saved_auxv[48];
	struct file *exe_file; /* RCU; mmap_lock for writing */
	unsigned long vdso_base;
	unsigned long flags;
	unsigned long def_vm_flags; /* mlockall */
	s16 oom_score_adj;
	spinlock_t lock; /* leaf: arg_*, exe */
	struct rcu_head rcu;
};

void table_drain_local(void);		  /* gives back the empty page tables that this CPU keeps */
struct address_space *space_create(void); /* users 1; NULL: no memory */
struct address_space *space_fork(struct address_space *parent); /* copy-on-write; NULL: no memory */
void space_get(struct address_space *s);			/* users */
bool space_get_not_zero(struct address_space *s);
void space_put(struct address_space *s);  /* last user: unmaps everything; may sleep */
void space_grab(struct address_space *s); /* refs: only the structure */
void space_drop(struct address_space *s); /* any context */
/* exec: current leaves its old space, whose user it was, for s, of which the caller gives it one. May sleep. */
void space_activate(struct address_space *s);
/* Pages in memory: anonymous, file and shared together; and the most there ever were. */
unsigned long space_rss(const struct address_space *s);
unsigned long space_rss_peak(struct address_space *s);

/* All page aligned; addresses or -errno as the system calls give them. mmap_lock taken inside; in current's space. */
unsigned long space_mmap(struct file *file, unsigned long addr, unsigned long len,
			 unsigned long prot, unsigned long flags, unsigned long pgoff);
int space_munmap(struct address_space *s, unsigned long start, unsigned long len);
int space_mprotect(unsigned long start, unsigned long len, unsigned long prot);
/* the new break, or the old one when it cannot be moved */
unsigned long space_brk(unsigned long brk);

/*
 * For exec, in a space that nobody runs in yet. The stack ends at top and grows down by itself; *stack is its vma. The layout sets mmap_base from the stack's limit; random is what is to be added for ASLR, in bytes, or 0.
 */
void space_set_layout(struct address_space *s, unsigned long stack_limit, unsigned long random);
int space_map_stack(struct address_space *s, unsigned long top, unsigned long size, bool executable,
		    struct vma **stack);
/* Moves the whole stack down, contents and all, and grows it to size: when exec knows its final place. */
int space_move_stack(struct address_space *s, struct vma *stack, unsigned long shift,
		     unsigned long size);
/* The break area begins at start and reaches to end at first: zeroed memory, as of a bss that spills over its last file page. 0 or -errno. */
int space_set_brk_area(struct address_space *s, unsigned long start, unsigned long end);

/*
 * Pages of the kernel's own at a fixed or free (addr 0) place: the vdso. pages is NULL-terminated and stays the caller's; shown in
 * maps as name. The address or -errno.
 */
struct special_mapping {
	const char *name;
	struct page **pages;
};
unsigned long space_map_special(struct address_space *s, unsigned long addr, unsigned long len,
				unsigned long vm_flags, const struct special_mapping *special);

/* mmap_lock held for all three. */
struct vma *find_vma(struct address_space *s, unsigned long addr); /* first with end > addr */
static inline struct vma *vma_first(struct address_space *s)
{
	return container_of_safe(gap_first(&s->vmas), struct vma, range);
}

static inline struct vma *vma_next(struct vma *vma)
{
	return container_of_safe(gap_next(&vma->range), struct vma, range);
}

static inline struct vma *vma_prev(struct vma *vma)
{
	return container_of_safe(gap_prev(&vma->range), struct vma, range);
}

#define for_each_vma(s, vma)	for (vma = vma_first(s); vma; vma = vma_next(vma))

/*
 * Copies to or from another space (/proc/PID/mem, exec's argument pages); bytes done. The caller holds a user of it. The forced one is
 * ptrace's: it also reaches what the process itself may not read or write.
 */
size_t space_access(struct address_space *s, unsigned long addr, void *buf, size_t len, bool write);
size_t space_access_forced(struct address_space *s, unsigned long addr, void *buf, size_t len,
			   bool write);
/* Pages of current's memory, pinned by references: futexes, direct I/O. nr pages (at least one) or -errno. */
long get_user_pages(unsigned long start, unsigned long nr, bool write, struct page **pages);
/* One page of any space; mmap_lock held for reading. */
long get_user_page_locked(struct address_space *s, unsigned long addr, unsigned int fault_flags,
			  struct page **page);

/* arch/x86_64/entry: a page fault; interrupts are as they were where it hit. */
void do_page_fault(struct trap_frame *frame, unsigned long address, unsigned long error_code);

/* For drivers' and file systems' mmap operations, called with mmap_lock held for writing. */
int vm_insert_page(struct vma *vma, unsigned long addr, struct page *page);
int generic_file_mmap(struct file *file, struct vma *vma); /* page cache mapping */

/* Set by the VFS: a page of the file became writable in a shared mapping. mmap_lock is held for reading; may sleep. */
extern void (*file_written_hook)(struct file *file);

/* A file system lends what anonymous shared memory is made of: an unlinked file of that size. */
extern struct file *(*shared_memory_file)(const char *name, loff_t size);
/* Is the file on a mount with noexec? NULL: no such thing. */
extern bool (*file_forbids_exec)(const struct file *file);

/*
 * /proc/PID/maps and its kin: one vma after another. The caller holds mmap_lock for reading. smaps_gather walks its page tables.
 */
/* "[heap]", "[stack]", "[vdso]" ...; NULL: its file's path, or none */
const char *vma_name(struct vma *vma);
struct smaps_report {
	/* bytes */
	unsigned long size, rss, pss, shared_clean, shared_dirty, private_clean, private_dirty,
		referenced, anonymous, locked;
};
void smaps_gather(struct vma *vma, struct smaps_report *report);
/* fs/proc: takes mmap_lock */
void space_show_maps(struct seq_file *m, struct address_space *s, bool smaps);

/* /proc/sys/vm */
extern int overcommit_memory; /* OVERCOMMIT_* */
extern int overcommit_ratio;  /* percent of RAM, for OVERCOMMIT_NEVER */
extern unsigned long mmap_min_addr;
extern int max_map_count;
unsigned long commit_limit_pages(void);

#endif
