/* SPDX-License-Identifier: MIT */
/*
 * Descriptor tables.
 *
 * A table is an array of files with three bitmaps: which are open, which close on exec, and (for quick search) which words of the first are
 * full. It is replaced by a larger copy as needed; readers use whatever they see, under RCU, and files->lock guards all changes.
 *
 * A descriptor is looked up without a lock: find the file, take a reference if its count is not zero, look whether the table still has
 * it. A thread that alone uses its table needs no reference at all: nobody else can close the file meanwhile.
 */
#include <fs/files.h>
#include <kernel/process.h>
#include <lib/bitmap.h>
#include <lib/list.h>
#include <lib/string.h>
#include <mm/slab.h>
#include <uapi/fcntl.h>
#include <uapi/resource.h>

#include "internal.h"

unsigned int fd_nr_open = 1024 * 1024; /* fs.nr_open */
static struct kmem_cache *files_cache;

/* index, or 0 where it is not below max, in a way that the CPU cannot speculate past */
static inline unsigned int index_clamped(unsigned int index, unsigned int max)
{
	unsigned long mask;

	asm volatile("cmp %1, %2; sbb %0, %0"
		     : "=r"(mask)
		     : "g"((unsigned long)max), "r"((unsigned long)index)
		     : "cc");
	return index & mask;
}

/* --- tables --- */

#define BITMAP_WORDS(max)	((max) / BITS_PER_LONG)
#define FULL_WORDS(max)		DIV_ROUND_UP(BITMAP_WORDS(max), BITS_PER_LONG)

static void table_embed(struct files *f)
{
	f->first.max = ARRAY_SIZE(f->first_file);
	f->first.file = f->first_file;
	f->first.open = &f->first_bits[0];
	f->first.close_on_exec = &f->first_bits[1];
	f->first.full = &f->first_bits[2];
	f->table = &f->first;
}

static struct fd_table *table_alloc(unsigned int nr)
{
	struct fd_table *t;
	unsigned int max = ALIGN(nr + 1, 256u);

	/* powers of two, as long as that stays below the limit */
	while (max & (max - 1))
		max += max & -max;
	if (max > READ_ONCE(fd_nr_open))
		max = ALIGN(max(READ_ONCE(fd_nr_open), nr + 1), (unsigned int)BITS_PER_LONG);
	t = kmalloc(sizeof(*t), GFP_KERNEL);
	if (!t)
		return NULL;
	t->max = max;
	t->file = kvzalloc(max * sizeof(*t->file), GFP_KERNEL);
	t->open = kvzalloc((2 * BITMAP_WORDS(max) + FULL_WORDS(max)) * sizeof(long), GFP_KERNEL);
	if (!t->file || !t->open) {
		kvfree(t->file);
		kvfree(t->open);
		kfree(t);
		return NULL;
	}
	t->close_on_exec = t->open + BITMAP_WORDS(max);
	t->full = t->close_on_exec + BITMAP_WORDS(max);
	return t;
}

static void table_free(struct fd_table *t)
{
	kvfree(t->file);
	kvfree(t->open);
	kfree(t);
}

static void table_free_rcu(struct rcu_head *head)
{
	table_free(container_of(head, struct fd_table, rcu));
}

static void table_copy(struct fd_table *to, const struct fd_table *from, unsigned int nr)
{
	memcpy(to->file, from->file, nr * sizeof(*to->file));
	memcpy(to->open, from->open, nr / 8);
	memcpy(to->close_on_exec, from->close_on_exec, nr / 8);
	memcpy(to->full, from->full, FULL_WORDS(nr) * sizeof(long));
}

/* lock held; let go and taken again. 0: the table has room for nr. 1: the same, but the lock was let go. */
static int table_expand(struct files *f, unsigned int nr) __must_hold(&f->lock)
{
	struct fd_table *new, *old;

	if (nr < f->table->max)
		return 0;
	if (nr >= READ_ONCE(fd_nr_open))
		return -EMFILE;
	spin_unlock(&f->lock);
	new = table_alloc(nr);
	/* readers that look at the old table must not miss what fd_install puts into the new one: it holds the lock, see there */
	spin_lock(&f->lock);
	if (!new)
		return -ENOMEM;
	old = f->table;
	if (nr < old->max) {
		spin_unlock(&f->lock);
		table_free(new);
		spin_lock(&f->lock);
		return 1;
	}
	table_copy(new, old, old->max);
	rcu_assign_pointer(f->table, new);
	if (old != &f->first)
		call_rcu(&old->rcu, table_free_rcu);
	return 1;
}

static void mark_open(struct fd_table *t, unsigned int fd)
{
	unsigned int word = fd / BITS_PER_LONG;

	t->open[word] |= 1ul << (fd % BITS_PER_LONG);
	if (t->open[word] == ~0ul)
		t->full[word / BITS_PER_LONG] |= 1ul << (word % BITS_PER_LONG);
}

static void mark_free(struct files *f, unsigned int fd)
{
	struct fd_table *t = f->table;
	unsigned int word = fd / BITS_PER_LONG;

	t->open[word] &= ~(1ul << (fd % BITS_PER_LONG));
	t->full[word / BITS_PER_LONG] &= ~(1ul << (word % BITS_PER_LONG));
	if (fd < f->next_fd)
		f->next_fd = fd;
}

static void mark_cloexec(struct fd_table *t, unsigned int fd, bool on)
{
	unsigned long bit = 1ul << (fd % BITS_PER_LONG),
		      *word = &t->close_on_exec[fd / BITS_PER_LONG];

	/* most never had it: do not dirty the line then */
	if (on)
		*word |= bit;
	else if (*word & bit)
		*word &= ~bit;
}

static unsigned int find_free(const struct fd_table *t, unsigned int start)
{
	unsigned int words = BITMAP_WORDS(t->max), word = start / BITS_PER_LONG, fd;

	if (word < words && ~t->open[word] & (~0ul << (start % BITS_PER_LONG)))
		return find_next_zero_bit(t->open, t->max, start);
	word = find_next_zero_bit(t->full, words, word + (start % BITS_PER_LONG != 0));
	if (word >= words)
		return t->max;
	fd = word * BITS_PER_LONG;
	return find_next_zero_bit(t->open, t->max, max(fd, start));
}

/* The lowest free one from start on, below end. */
int alloc_fd(unsigned int start, unsigned int end, unsigned int flags)
{
	struct files *f = current->files;
	unsigned int fd;
	int error;

	spin_lock(&f->lock);
	do {
		fd = find_free(f->table, max(start, f->next_fd));
		error = -EMFILE;
		if (fd >= end)
			goto out;
		error = table_expand(f, fd);
		if (error < 0)
			goto out;
	} while (error);
	if (start <= f->next_fd)
		f->next_fd = fd + 1;
	mark_open(f->table, fd);
	mark_cloexec(f->table, fd, flags & O_CLOEXEC);
	error = fd;
out:
	spin_unlock(&f->lock);
	return error;
}

int get_unused_fd_flags(unsigned int flags)
{
	return alloc_fd(0, min(rlimit(RLIMIT_NOFILE), (unsigned long)INT_MAX), flags);
}

void put_unused_fd(unsigned int fd)
{
	struct files *f = current->files;

	spin_lock(&f->lock);
	mark_free(f, fd);
	spin_unlock(&f->lock);
}

/* The number was allocated and is the caller's; so is the reference on the file, until now. */
void fd_install(unsigned int fd, struct file *file)
{
	struct files *f = current->files;

	if (atomic_read(&f->count) == 1) {
		rcu_assign_pointer(f->table->file[fd], file);
		return;
	}
	spin_lock(&f->lock); /* the table may be being replaced */
	rcu_assign_pointer(f->table->file[fd], file);
	spin_unlock(&f->lock);
}

/* --- looking up --- */

static inline struct file *file_at(const struct fd_table *t, unsigned int fd)
{
	if (unlikely(fd >= t->max))
		return NULL;
	return READ_ONCE(t->file[index_clamped(fd, t->max)]);
}

static struct file *fget_from(struct files *f, unsigned int fd, unsigned int unwanted)
{
	struct file *file;

	rcu_read_lock();
	for (;;) {
		file = file_at(READ_ONCE(f->table), fd);
		if (!file || (file->mode & unwanted)) {
			file = NULL;
			break;
		}
		if (unlikely(!atomic64_inc_not_zero(&file->refs)))
			continue; /* closed just now: the entry changes */
		if (likely(file == file_at(READ_ONCE(f->table), fd)))
			break;
		rcu_read_unlock();
		fput(file); /* another file at the same address */
		rcu_read_lock();
	}
	rcu_read_unlock();
	return file;
}

struct file *fget(unsigned int fd) { return fget_from(current->files, fd, FMODE_PATH); }
struct file *fget_raw(unsigned int fd) { return fget_from(current->files, fd, 0); }

/* A table of another thread, kept while it is looked at. */
struct files *files_get_thread(struct thread *t)
{
	struct files *f;
	unsigned long irq;

	spin_lock_irqsave(&t->lock, irq);
	f = t->files;
	if (f)
		atomic_inc(&f->count);
	spin_unlock_irqrestore(&t->lock, irq);
	return f;
}

struct file *fget_thread(struct thread *t, unsigned int fd)
{
	struct files *f = files_get_thread(t);
	struct file *file;

	if (!f)
		return NULL;
	file = fget_from(f, fd, 0);
	files_put(f);
	return file;
}

/* The next open one at or above *fd, with a reference. */
struct file *fget_next_thread(struct thread *t, unsigned int *fd)
{
	struct files *f = files_get_thread(t);
	struct file *file = NULL;

	if (!f)
		return NULL;
	for (; *fd < READ_ONCE(f->table)->max; ++*fd) {
		file = fget_from(f, *fd, 0);
		if (file)
			break;
	}
	files_put(f);
	return file;
}

static inline struct fd fd_get_mask(unsigned int fd, unsigned int unwanted)
{
	struct files *f = current->files;
	struct file *file;

	if (likely(atomic_read(&f->count) == 1)) {
		file = file_at(f->table, fd);
		if (unlikely(!file || (file->mode & unwanted)))
			return (struct fd){ NULL, 0 };
		return (struct fd){ file, 0 };
	}
	file = fget_from(f, fd, unwanted);
	return (struct fd){ file, file ? FDPUT_FPUT : 0 };
}

struct fd fd_get(unsigned int fd) { return fd_get_mask(fd, FMODE_PATH); }
struct fd fd_get_raw(unsigned int fd) { return fd_get_mask(fd, 0); }

/* lint: context: FDPUT_POS_UNLOCK says that it is held */
struct fd fd_get_pos(unsigned int nr)
{
	struct fd fd = fd_get_mask(nr, FMODE_PATH);

	/* a file that nobody else can have needs no lock on its position */
	if (likely(fd.file) && (fd.file->mode & FMODE_ATOMIC_POS) &&
	    (atomic_long_read(&fd.file->refs) > 1 || (fd.flags & FDPUT_FPUT))) {
		fd.flags |= FDPUT_POS_UNLOCK;
		mutex_lock(&fd.file->pos_lock);
	}
	return fd;
}

void fd_put(struct fd fd)
{
	if (unlikely(fd.flags & FDPUT_FPUT))
		fput(fd.file);
}

/* lint: context: what fd_get_pos() took */
void fd_put_pos(struct fd fd)
{
	if (unlikely(fd.flags & FDPUT_POS_UNLOCK))
		mutex_unlock(&fd.file->pos_lock);
	if (unlikely(fd.flags & FDPUT_FPUT))
		fput(fd.file);
}

/* --- closing --- */

static struct file *take_locked(struct files *f, unsigned int fd)
{
	struct file *file;

	if (fd >= f->table->max)
		return NULL;
	file = f->table->file[fd];
	if (file) {
		rcu_assign_pointer(f->table->file[fd], NULL);
		mark_free(f, fd);
	}
	return file;
}

int close_fd(unsigned int fd)
{
	struct files *f = current->files;
	struct file *file;

	spin_lock(&f->lock);
	file = take_locked(f, fd);
	spin_unlock(&f->lock);
	return file ? filp_close(file, f) : -EBADF;
}

/* What happens to another table's holders does not concern us: the number of the last slot that is in use, plus one. */
static unsigned int last_open(const struct fd_table *t)
{
	unsigned long bit = find_last_bit(t->open, t->max);

	return bit < t->max ? bit + 1 : 0;
}

static void close_range_locked(struct files *f, unsigned int first, unsigned int last)
{
	for (unsigned int fd = first;; fd++) {
		struct file *file;

		spin_lock(&f->lock);
		if (fd > last || fd >= f->table->max) {
			spin_unlock(&f->lock);
			return;
		}
		if (!(fd % BITS_PER_LONG) && !f->table->open[fd / BITS_PER_LONG]) {
			fd += BITS_PER_LONG - 1;
			spin_unlock(&f->lock);
			if (fd >= last)
				return;
			continue;
		}
		file = take_locked(f, fd);
		spin_unlock(&f->lock);
		if (file)
			filp_close(file, f);
		if (fd == last)
			return;
	}
}

long do_close_range(unsigned int first, unsigned int last, unsigned int flags)
{
	struct files *f;
	int error;

	if (flags & ~(2u | 4u)) /* CLOSE_RANGE_UNSHARE, CLOSE_RANGE_CLOEXEC */
		return -EINVAL;
	if (first > last)
		return -EINVAL;
	if (flags & 2) {
		error = files_unshare();
		if (error)
			return error;
	}
	f = current->files;
	if (!(flags & 4)) {
		close_range_locked(f, first, last);
		return 0;
	}
	spin_lock(&f->lock);
	last = min(last, f->table->max - 1);
	for (unsigned int fd = first; fd <= last; fd++)
		mark_cloexec(f->table, fd, true);
	spin_unlock(&f->lock);
	return 0;
}

/* --- life of tables --- */

struct files *files_create(void)
{
	struct files *f = kmem_cache_zalloc(files_cache, GFP_KERNEL);

	if (!f)
		return NULL;
	atomic_set(&f->count, 1);
	spin_lock_init(&f->lock, LOCK_RANK_FILES);
	table_embed(f);
	return f;
}

/* Enough to hold what is open now. */
static unsigned int size_for(struct files *old)
{
	return max(ALIGN(last_open(old->table), (unsigned int)BITS_PER_LONG),
		   (unsigned int)BITS_PER_LONG);
}

struct files *files_copy(struct files *old, int *error)
{
	struct files *f = files_create();
	unsigned int nr;

	*error = -ENOMEM;
	if (!f)
		return NULL;
	spin_lock(&old->lock);
	nr = size_for(old);
	while (nr > f->table->max) {
		struct fd_table *t;

		spin_unlock(&old->lock);
		if (f->table != &f->first)
			table_free(f->table);
		t = table_alloc(nr - 1);
		if (!t) {
			kmem_cache_free(files_cache, f);
			return NULL;
		}
		f->table = t;
		spin_lock(&old->lock);
		nr = size_for(old);
	}
	memcpy(f->table->open, old->table->open, nr / 8);
	memcpy(f->table->close_on_exec, old->table->close_on_exec, nr / 8);
	memcpy(f->table->full, old->table->full, FULL_WORDS(nr) * sizeof(long));
	for (unsigned int fd = 0; fd < nr; fd++) {
		struct file *file = old->table->file[fd];

		if (file) {
			get_file(file);
			f->table->file[fd] = file;
		} else if (old->table->open[fd / BITS_PER_LONG] & (1ul << (fd % BITS_PER_LONG))) {
			mark_free(f, fd); /* given out, but its open has not come to an end */
		}
	}
	spin_unlock(&old->lock);
	f->next_fd = 0;
	*error = 0;
	return f;
}

static void files_free_rcu(struct rcu_head *head)
{
	struct fd_table *first = container_of(head, struct fd_table, rcu);

	kmem_cache_free(files_cache, container_of(first, struct files, first));
}

void files_put(struct files *f)
{
	struct fd_table *t;

	if (!atomic_dec_and_test(&f->count))
		return;
	t = f->table;
	for (unsigned int word = 0; word < BITMAP_WORDS(t->max); word++) {
		unsigned long set = t->open[word];

		for (; set; set &= set - 1) {
			struct file *file = t->file[word * BITS_PER_LONG + __builtin_ctzl(set)];

			if (file)
				filp_close(file, f);
		}
	}
	if (t != &f->first)
		table_free(t);
	call_rcu(&f->first.rcu, files_free_rcu);
}

/* exec: what is marked goes. The table is not shared any more. */
void files_close_on_exec(void)
{
	struct files *f = current->files;

	for (unsigned int word = 0; word < BITMAP_WORDS(f->table->max); word++) {
		unsigned long set = f->table->close_on_exec[word] & f->table->open[word];

		f->table->close_on_exec[word] = 0;
		for (; set; set &= set - 1)
			close_fd(word * BITS_PER_LONG + __builtin_ctzl(set));
	}
}

/* A table of one's own. */
int files_unshare(void)
{
	struct files *old = current->files, *new;
	int error;

	if (atomic_read(&old->count) == 1)
		return 0;
	new = files_copy(old, &error);
	if (!new)
		return error;
	spin_lock_irq(&current->lock);
	current->files = new;
	spin_unlock_irq(&current->lock);
	files_put(old);
	return 0;
}

/* --- dup --- */

/* Puts file at fd, closing what was there. lock held; let go. */
static int replace_at(struct files *f, struct file *file, unsigned int fd, unsigned int flags)
	__releases(&f->lock)
{
	struct fd_table *t = f->table;
	struct file *old = t->file[fd];

	if (!old && (t->open[fd / BITS_PER_LONG] & (1ul << (fd % BITS_PER_LONG)))) {
		spin_unlock(&f->lock);
		return -EBUSY; /* an open is about to put its file there */
	}
	get_file(file);
	rcu_assign_pointer(t->file[fd], file);
	mark_open(t, fd);
	mark_cloexec(t, fd, flags & O_CLOEXEC);
	spin_unlock(&f->lock);
	if (old)
		filp_close(old, f);
	return fd;
}

/* Both numbers valid and different. */
long do_dup3(unsigned int old, unsigned int new, unsigned int flags)
{
	struct files *f = current->files;
	struct file *file;
	int error;

	if (new >= rlimit(RLIMIT_NOFILE))
		return -EBADF;
	spin_lock(&f->lock);
	error = table_expand(f, new);
	file = old < f->table->max ? f->table->file[old] : NULL;
	if (!file || error < 0) {
		spin_unlock(&f->lock);
		return !file || error == -EMFILE ? -EBADF : error;
	}
	return replace_at(f, file, new, flags);
}

/* F_DUPFD: the lowest at or above from. */
long do_dupfd(unsigned int from, struct file *file, unsigned int flags)
{
	unsigned long limit = rlimit(RLIMIT_NOFILE);
	int fd;

	if (from >= limit)
		return -EINVAL;
	fd = alloc_fd(from, limit, flags);
	if (fd >= 0)
		fd_install(fd, get_file(file));
	return fd;
}

bool fd_get_cloexec(unsigned int fd)
{
	struct fd_table *t;
	bool on;

	rcu_read_lock();
	t = READ_ONCE(current->files->table);
	on = fd < t->max && (t->close_on_exec[fd / BITS_PER_LONG] >> (fd % BITS_PER_LONG) & 1);
	rcu_read_unlock();
	return on;
}

void fd_set_cloexec(unsigned int fd, bool on)
{
	struct files *f = current->files;

	spin_lock(&f->lock);
	if (fd < f->table->max)
		mark_cloexec(f->table, fd, on);
	spin_unlock(&f->lock);
}

/* For /proc/PID/status. */
unsigned int files_table_size(struct thread *t)
{
	struct files *f = files_get_thread(t);
	unsigned int size;

	if (!f)
		return 0;
	rcu_read_lock();
	size = READ_ONCE(f->table)->max;
	rcu_read_unlock();
	files_put(f);
	return size;
}

void files_init(void)
{
	files_cache = KMEM_CACHE(files, SLAB_HWCACHE_ALIGN | SLAB_PANIC);
}
