/* SPDX-License-Identifier: MIT */
/*
 * mmap, brk and the mappings that exec makes.
 *
 * Order of work: find a place, check all limits, make room (MAP_FIXED replaces what was there), then either lengthen a neighbour that is
 * alike or make a vma. What can fail comes before what was there is unmapped, but for the file's own mmap operation, as on Linux.
 */
#include "space_private.h"
#include <kernel/cred.h>
#include <kernel/process.h>
#include <uapi/capability.h>
#include <uapi/mman.h>
#include <uapi/stat.h>

#define MAP_32BIT_START		0x40000000ul
#define MAP_32BIT_END		0x80000000ul
#define STACK_GAP_MIN		(128ul << 20)	/* between mmap_base and the top: room for the stack */
#define STACK_GAP_MAX		(USER_SPACE_END / 6 * 5)

unsigned long mmap_min_addr = 65536;
bool (*file_forbids_exec)(const struct file *file);
struct file *(*shared_memory_file)(const char *name, loff_t size);

/* --- finding a place --- */

/* Where a vma begins for those who look for room below it. */
static unsigned long guarded_start(const struct vma *vma)
{
	if (!(vma->flags & VM_GROWSDOWN))
		return vma->start;
	return vma->start > STACK_GUARD_GAP ? vma->start - STACK_GUARD_GAP : 0;
}

static bool range_is_free(struct address_space *s, unsigned long start, unsigned long len)
{
	struct vma *next = find_vma(s, start);

	return !next || start + len <= guarded_start(next);
}

/* The highest free range below `high`, or the lowest above `low`; stacks keep their distance. 0: none. */
static unsigned long search(struct address_space *s, unsigned long low, unsigned long high,
			    unsigned long len, bool from_top)
{
	unsigned long start;

	while (low < high &&
	       (from_top ? gap_alloc_high(&s->vmas, low, high, len, PAGE_SIZE, &start)
			 : gap_alloc_low(&s->vmas, low, high, len, PAGE_SIZE, &start))) {
		struct vma *next;

		if (range_is_free(s, start, len))
			return start;
		next = find_vma(s, start + len);
		if (from_top)
			high = min(guarded_start(next), start + len - 1);
		else
			low = next->end;
	}
	return 0;
}

unsigned long free_place(struct address_space *s, unsigned long hint, unsigned long len,
			 unsigned long flags)
{
	unsigned long start;

	if (len > USER_SPACE_END - mmap_min_addr)
		return -ENOMEM;
	if (flags & MAP_32BIT) {
		start = search(s, MAP_32BIT_START, MAP_32BIT_END, len, false);
		return start ?: -ENOMEM;
	}
	hint = ALIGN(hint, PAGE_SIZE);
	if (hint >= mmap_min_addr && hint <= USER_SPACE_END - len && range_is_free(s, hint, len))
		return hint;
	start = search(s, mmap_min_addr, s->mmap_base, len, true);
	if (!start)
		start = search(s, s->mmap_base, USER_SPACE_END, len, false);
	return start ?: -ENOMEM;
}

static unsigned long choose_place(struct address_space *s, struct file *file, unsigned long addr,
				  unsigned long len, unsigned long flags, unsigned long pgoff)
{
	if (!(flags & (MAP_FIXED | MAP_FIXED_NOREPLACE))) {
		if (file && file->ops->get_unmapped_area)
			return file->ops->get_unmapped_area(file, addr, len, pgoff, flags);
		return free_place(s, addr, len, flags);
	}
	if (addr & ~PAGE_MASK)
		return -EINVAL;
	if (len > USER_SPACE_END || addr > USER_SPACE_END - len)
		return -ENOMEM;
	if (addr < mmap_min_addr && !capable(CAP_SYS_RAWIO))
		return -EPERM;
	if (flags & MAP_FIXED_NOREPLACE) {
		struct vma *vma = find_vma(s, addr);

		if (vma && vma->start < addr + len)
			return -EEXIST;
	}
	return addr;
}

/* --- what a mapping may do --- */

static int file_flags(struct file *file, unsigned long flags, unsigned long *vm_flags)
{
	unsigned long allowed = MAP_TYPE | MAP_FIXED | MAP_ANONYMOUS | MAP_DENYWRITE |
				MAP_EXECUTABLE | MAP_GROWSDOWN | MAP_LOCKED | MAP_NORESERVE |
				MAP_POPULATE | MAP_NONBLOCK | MAP_STACK | MAP_32BIT |
				MAP_FIXED_NOREPLACE;

	switch (flags & MAP_TYPE) {
	case MAP_SHARED_VALIDATE:
		if (flags & ~allowed)
			return -EOPNOTSUPP;
		fallthrough;
	case MAP_SHARED:
		if ((*vm_flags & VM_WRITE) && !(file->mode & FMODE_WRITE))
			return -EACCES;
		*vm_flags |= VM_SHARED | VM_MAYSHARE;
		if (!(file->mode & FMODE_WRITE))
			*vm_flags &= ~(VM_MAYWRITE | VM_SHARED);
		break;
	case MAP_PRIVATE: break;
	default: return -EINVAL;
	}
	if (!(file->mode & FMODE_READ))
		return -EACCES;
	if (file_forbids_exec && file_forbids_exec(file)) {
		if (*vm_flags & VM_EXEC)
			return -EPERM;
		*vm_flags &= ~VM_MAYEXEC;
	}
	return file->ops->mmap ? 0 : -ENODEV;
}

static int anonymous_flags(unsigned long flags, unsigned long *vm_flags)
{
	switch (flags & MAP_TYPE) {
	case MAP_SHARED:
		if (*vm_flags & VM_GROWSDOWN)
			return -EINVAL;
		*vm_flags |= VM_SHARED | VM_MAYSHARE;
		return 0;
	case MAP_PRIVATE: return 0;
	default: return -EINVAL;
	}
}

static unsigned long flags_of(unsigned long prot, unsigned long flags)
{
	unsigned long vm_flags = VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC;

	_Static_assert(PROT_READ == VM_READ && PROT_WRITE == VM_WRITE && PROT_EXEC == VM_EXEC,
		       "PROT_ and VM_ bits differ");
	vm_flags |= prot & VM_ACCESS;
	if (flags & MAP_GROWSDOWN)
		vm_flags |= VM_GROWSDOWN;
	if (flags & MAP_LOCKED)
		vm_flags |= VM_LOCKED;
	if ((flags & MAP_NORESERVE) && overcommit_memory != OVERCOMMIT_NEVER)
		vm_flags |= VM_NORESERVE;
	return vm_flags;
}

/* --- making it --- */

static bool must_account(const struct file *file, unsigned long vm_flags)
{
	return (vm_flags & (VM_NORESERVE | VM_SHARED | VM_WRITE)) == VM_WRITE;
}

static int check_limits(struct address_space *s, unsigned long vm_flags, unsigned long start,
			unsigned long len, bool replaces)
{
	unsigned long pages = len >> PAGE_SHIFT, replaced = 0;

	if (replaces)
		for (struct vma *vma = find_vma(s, start); vma && vma->start < start + len;
		     vma = vma_next(vma))
			replaced += (min(vma->end, start + len) - max(vma->start, start)) >>
				    PAGE_SHIFT;
	if (!space_may_expand(s, vm_flags, pages - min(replaced, pages)))
		return -ENOMEM;
	if (s->nr_vmas >= max_map_count)
		return -ENOMEM;
	if ((vm_flags & VM_LOCKED) &&
	    s->locked_pages + pages > rlimit(RLIMIT_MEMLOCK) >> PAGE_SHIFT &&
	    !capable(CAP_IPC_LOCK))
		return -EAGAIN;
	return 0;
}

/* Lengthens a neighbour, if one is alike. Only anonymous and page cache mappings are: their vmas hold nothing but the file. */
static bool extend_neighbour(struct address_space *s, unsigned long start, unsigned long end,
			     unsigned long vm_flags)
{
	struct vma *next = find_vma(s, start);
	struct vma *prev = next ? vma_prev(next)
				: container_of_safe(gap_last(&s->vmas), struct vma, range);

	if (prev && prev->end == start && vma_mergeable(prev, vm_flags, NULL, 0)) {
		vma_resize(prev, prev->start, end, prev->pgoff);
		if (next && next->start == end)
			vma_join(prev);
		return true;
	}
	if (next && next->start == end && vma_mergeable(next, vm_flags, NULL, 0)) {
		vma_resize(next, start, next->end, start >> PAGE_SHIFT);
		return true;
	}
	return false;
}

/* What a mapping shows. */
struct map_source {
	struct file *file; /* NULL: anonymous memory, as without a source */
	unsigned long pgoff;
	int error; /* the rights do not suffice */
	unsigned long
		vm_flags; /* what follows from the rights, said once: the file's mount may change between two questions */
	void *prepared; /* by the file's mmap_prepare; NULL: nothing, or a vma has it by now */
};

/* The file may change flags and set ops. It is called before the vma can be seen. */
static int map_file(struct vma *vma, struct map_source *source)
{
	struct file *file = source->file;
	int error;

	vma->file = get_file(file);
	vma->pgoff = source->pgoff;
	vma->private = source->prepared;
	vma->page_prot &= ~PTE_CACHE_MASK;
	error = file->ops->mmap(file, vma);
	if (error)
		return error;
	source->prepared = NULL;
	vma_set_page_prot(vma);
	return 0;
}

/* False: a seal forbids shared writable mappings of the file. */
static bool count_writable_map(struct mapping *m)
{
	int maps = atomic_read(&m->nr_writable_maps);

	do {
		if (maps < 0)
			return false;
	} while (!atomic_try_cmpxchg(&m->nr_writable_maps, &maps, maps + 1));
	return true;
}

static int make_vma(struct address_space *s, struct map_source *source, unsigned long start,
		    unsigned long end, unsigned long vm_flags, struct vma **made)
{
	struct file *file = source ? source->file : NULL;
	bool writes_shared;
	struct vma *vma;
	int error = 0;

	/* what is only read of a sealed file can never become writable */
	if (file && (vm_flags & (VM_SHARED | VM_WRITE)) == VM_SHARED &&
	    atomic_read(&file->mapping->nr_writable_maps) < 0)
		vm_flags &= ~VM_MAYWRITE;
	writes_shared = file && (vm_flags & (VM_SHARED | VM_MAYWRITE)) == (VM_SHARED | VM_MAYWRITE);
	vma = vma_alloc(s, start, end, vm_flags);
	if (!vma)
		return -ENOMEM;
	if (writes_shared && !count_writable_map(file->mapping)) {
		vma_free(vma);
		return -EPERM;
	}
	if (file)
		error = map_file(vma, source);
	if (error) {
		vma->ops = NULL;
		vma_free(vma);
	} else {
		vma_insert(vma);
		*made = file ? vma_join(vma) : vma;
	}
	if (writes_shared)
		atomic_dec(&file->mapping->nr_writable_maps); /* the vma has counted itself */
	return error;
}

/* A driver's is not locked: its pages stay anyway. */
static void unlock_special(struct vma *vma, unsigned long *vm_flags)
{
	if (!(vma->flags & VM_SPECIAL))
		return;
	vma->flags &= ~(VM_LOCKED | VM_LOCKONFAULT);
	*vm_flags &= ~(VM_LOCKED | VM_LOCKONFAULT);
}

static unsigned long map_locked(struct address_space *s, struct map_source *source,
				unsigned long addr, unsigned long len, unsigned long flags)
{
	unsigned long vm_flags = source->vm_flags | s->def_vm_flags, start,
		      pages = len >> PAGE_SHIFT;
	struct file *file = source->file;
	struct vma *vma;
	int error;

	start = choose_place(s, file, addr, len, flags, source->pgoff);
	if (IS_ERR_VALUE(start))
		return start;
	error = source->error;
	if (!error)
		error = check_limits(s, vm_flags, start, len, flags & MAP_FIXED);
	if (error)
		return error;
	if (must_account(file, vm_flags)) {
		error = commit_charge(pages);
		if (error)
			return error;
		vm_flags |= VM_ACCOUNT;
	}
	if (flags & MAP_FIXED) {
		error = unmap_locked(s, start, len);
		if (error)
			goto uncharge;
	}
	if (file || (vm_flags & VM_SHARED) || !extend_neighbour(s, start, start + len, vm_flags)) {
		error = make_vma(s, source, start, start + len, vm_flags, &vma);
		if (error)
			goto uncharge;
		unlock_special(vma, &vm_flags);
	}
	space_account(s, vm_flags, pages);
	if (vm_flags & VM_LOCKED) {
		s->locked_pages += pages;
		mm_level_add(MM_MLOCKED, pages);
	}
	return start;
uncharge:
	if (vm_flags & VM_ACCOUNT)
		commit_uncharge(pages);
	return error;
}

/* Positions in files with contents are signed. */
static unsigned long last_byte(const struct file *file)
{
	return S_ISREG(file->inode->mode) || S_ISBLK(file->inode->mode) ? S64_MAX : ~0ul;
}

/* A driver is asked only if the rights suffice; their error has its turn when there is a place. */
static void prepare_source(struct map_source *source, unsigned long len, unsigned long prot,
			   unsigned long flags)
{
	struct file *file = source->file;

	source->vm_flags = flags_of(prot, flags);
	source->error = file ? file_flags(file, flags, &source->vm_flags)
			     : anonymous_flags(flags, &source->vm_flags);
	if (unlikely(file && file->ops->mmap_prepare) && !source->error)
		source->prepared = file->ops->mmap_prepare(file, source->pgoff, len);
}

unsigned long space_mmap(struct file *file, unsigned long addr, unsigned long len,
			 unsigned long prot, unsigned long flags, unsigned long pgoff)
{
	struct address_space *s = current->space;
	struct map_source source = { .file = file, .pgoff = pgoff };
	struct file *shared = NULL;
	unsigned long result;

	if (!len)
		return -EINVAL;
	len = ALIGN(len, PAGE_SIZE);
	if (!len || len > USER_SPACE_END)
		return -ENOMEM;
	if (pgoff + (len >> PAGE_SHIFT) < pgoff ||
	    (file && pgoff > (last_byte(file) - len) >> PAGE_SHIFT))
		return -EOVERFLOW;
	if (!file && (flags & MAP_TYPE) == MAP_SHARED) {
		if (!shared_memory_file)
			return -ENODEV;
		shared = shared_memory_file("dev/zero", len);
		if (IS_ERR(shared))
			return PTR_ERR(shared);
		source = (struct map_source){ .file = shared };
	}
	prepare_source(&source, len, prot, flags);
	if (down_write_killable(&s->mmap_lock)) {
		result = -EINTR;
	} else {
		result = map_locked(s, &source, addr, len, flags);
		up_write(&s->mmap_lock);
	}
	if (file && !IS_ERR_OR_NULL(source.prepared))
		file->ops->mmap_cancel(file, source.prepared);
	if (shared)
		fput(shared);
	if (!IS_ERR_VALUE(result) &&
	    ((flags & MAP_LOCKED) || (flags & (MAP_POPULATE | MAP_NONBLOCK)) == MAP_POPULATE ||
	     (s->def_vm_flags & (VM_LOCKED | VM_LOCKONFAULT)) == VM_LOCKED))
		space_populate(result, len, false);
	return result;
}

int space_munmap(struct address_space *s, unsigned long start, unsigned long len)
{
	int error;

	if ((start & ~PAGE_MASK) || start > USER_SPACE_END || len > USER_SPACE_END - start)
		return -EINVAL;
	len = ALIGN(len, PAGE_SIZE);
	if (!len)
		return -EINVAL;
	if (down_write_killable(&s->mmap_lock))
		return -EINTR;
	error = unmap_locked(s, start, len);
	up_write(&s->mmap_lock);
	return error;
}

/* --- brk --- */

static int brk_grow(struct address_space *s, unsigned long start, unsigned long end)
{
	unsigned long vm_flags = VM_READ | VM_WRITE | VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC |
				 VM_ACCOUNT | s->def_vm_flags;
	unsigned long pages = (end - start) >> PAGE_SHIFT;
	struct vma *vma;
	int error;

	if (end > USER_SPACE_END || !range_is_free(s, start, end - start))
		return -ENOMEM;
	error = check_limits(s, vm_flags, start, end - start, false);
	if (!error)
		error = commit_charge(pages);
	if (error)
		return error;
	if (!extend_neighbour(s, start, end, vm_flags)) {
		error = make_vma(s, NULL, start, end, vm_flags, &vma);
		if (error) {
			commit_uncharge(pages);
			return error;
		}
	}
	space_account(s, vm_flags, pages);
	if (vm_flags & VM_LOCKED) {
		s->locked_pages += pages;
		mm_level_add(MM_MLOCKED, pages);
	}
	return 0;
}

unsigned long space_brk(unsigned long brk)
{
	struct address_space *s = current->space;
	unsigned long old, new = ALIGN(brk, PAGE_SIZE), result;
	bool populate = false;
	int error = 0;

	if (down_write_killable(&s->mmap_lock))
		return -EINTR;
	result = s->brk;
	old = ALIGN(s->brk, PAGE_SIZE);
	if (brk < s->start_brk || brk > USER_SPACE_END ||
	    (rlimit(RLIMIT_DATA) != RLIM_INFINITY &&
	     brk - s->start_brk + s->end_data - s->start_data > rlimit(RLIMIT_DATA)))
		goto out;
	if (new < old)
		error = unmap_locked(s, new, old - new);
	else if (new > old)
		error = brk_grow(s, old, new);
	if (!error) {
		populate = new > old &&
			   (s->def_vm_flags & (VM_LOCKED | VM_LOCKONFAULT)) == VM_LOCKED;
		result = s->brk = brk;
	}
out:
	up_write(&s->mmap_lock);
	if (populate)
		space_populate(old, new - old, false);
	return result;
}

/* --- exec --- */

void space_set_layout(struct address_space *s, unsigned long stack_limit, unsigned long random)
{
	unsigned long gap = clamp(stack_limit + STACK_GUARD_GAP, STACK_GAP_MIN, STACK_GAP_MAX);

	s->mmap_base = ALIGN_DOWN(USER_SPACE_END - gap - random, PAGE_SIZE);
}

int space_map_stack(struct address_space *s, unsigned long top, unsigned long size, bool executable,
		    struct vma **stack)
{
	unsigned long vm_flags = VM_READ | VM_WRITE | VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC |
				 VM_GROWSDOWN | VM_ACCOUNT;
	int error;

	if (executable)
		vm_flags |= VM_EXEC;
	down_write(&s->mmap_lock);
	error = commit_charge(size >> PAGE_SHIFT);
	if (!error) {
		error = make_vma(s, NULL, top - size, top, vm_flags, stack);
		if (error)
			commit_uncharge(size >> PAGE_SHIFT);
		else
			space_account(s, vm_flags, size >> PAGE_SHIFT);
	}
	up_write(&s->mmap_lock);
	return error;
}

int space_set_brk_area(struct address_space *s, unsigned long start, unsigned long end)
{
	unsigned long first = ALIGN(start, PAGE_SIZE), last = ALIGN(end, PAGE_SIZE);
	int error = 0;

	down_write(&s->mmap_lock);
	if (last > first)
		error = brk_grow(s, first, last);
	if (!error) {
		s->start_brk = start;
		s->brk = end;
	}
	up_write(&s->mmap_lock);
	return error;
}

/* --- stacks --- */

int expand_stack(struct vma *vma, unsigned long addr)
{
	struct address_space *s = vma->space;
	struct vma *prev = vma_prev(vma);
	unsigned long pages;
	int error;

	addr &= PAGE_MASK;
	if (addr >= vma->start)
		return 0;
	if (addr < mmap_min_addr || vma->end - addr > rlimit(RLIMIT_STACK))
		return -ENOMEM;
	if (prev && addr < prev->end + (prev->flags & VM_ACCESS ? STACK_GUARD_GAP : 0))
		return -ENOMEM;
	pages = (vma->start - addr) >> PAGE_SHIFT;
	if (!space_may_expand(s, vma->flags, pages))
		return -ENOMEM;
	if ((vma->flags & VM_LOCKED) &&
	    s->locked_pages + pages > rlimit(RLIMIT_MEMLOCK) >> PAGE_SHIFT)
		return -ENOMEM;
	error = commit_charge(pages);
	if (error)
		return error;
	vma_resize(vma, addr, vma->end, vma->file ? vma->pgoff - pages : addr >> PAGE_SHIFT);
	space_account(s, vma->flags, pages);
	if (vma->flags & VM_LOCKED) {
		s->locked_pages += pages;
		mm_level_add(MM_MLOCKED, pages);
	}
	return 0;
}

/* --- the kernel's own pages --- */

static int special_fault(struct vm_fault *fault)
{
	const struct special_mapping *special = fault->vma->private;
	unsigned long index = (fault->address - fault->vma->start) >> PAGE_SHIFT;
	struct page **page = special->pages;

	while (index && *page) {
		index--;
		page++;
	}
	if (!*page)
		return -EFAULT;
	get_page(*page);
	fault->page = *page;
	return 0;
}

static const char *special_name(struct vma *vma)
{
	return ((const struct special_mapping *)vma->private)->name;
}

static const struct vm_operations special_ops = { .fault = special_fault, .name = special_name };

unsigned long space_map_special(struct address_space *s, unsigned long addr, unsigned long len,
				unsigned long vm_flags, const struct special_mapping *special)
{
	struct vma *vma;

	len = ALIGN(len, PAGE_SIZE);
	down_write(&s->mmap_lock);
	if (!addr || !range_is_free(s, addr, len))
		addr = free_place(s, addr, len, 0);
	if (IS_ERR_VALUE(addr))
		goto out;
	vma = vma_alloc(s, addr, addr + len, vm_flags | VM_DONTEXPAND | VM_SPECIAL_NAME);
	if (!vma) {
		addr = -ENOMEM;
		goto out;
	}
	vma->ops = &special_ops;
	vma->private = (void *)special;
	vma_insert(vma);
	space_account(s, vma->flags, len >> PAGE_SHIFT);
out:
	up_write(&s->mmap_lock);
	return addr;
}
