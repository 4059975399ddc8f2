/* SPDX-License-Identifier: MIT */
/* A process's memory: maps, smaps, mem, environ, auxv. Opening checks; what is read later is that of the memory at the time of opening. */
#include <fs/seq_file.h>
#include <fs/uio.h>
#include <kernel/cred.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <mm/slab.h>
#include <mm/space.h>
#include <uapi/fs.h>
#include <uapi/major.h>

#include "internal.h"

/* The space of the inode's thread, if current may look at it. With a reference as a user of it; NULL: it has none; ERR_PTR. */
static struct address_space *space_of(const struct inode *inode, unsigned int mode)
{
	struct thread *t = proc_thread(inode);
	struct address_space *s;

	if (!t)
		return ERR_PTR(-ESRCH);
	if (thread_may_access(t, mode | ACCESS_FSCREDS))
		s = ERR_PTR(-EACCES);
	else
		s = get_thread_space(t);
	put_thread(t);
	return s;
}

/* --- maps, smaps --- */

static void show_vma(struct seq_file *m, struct vma *vma)
{
	const char *name = vma_name(vma);
	const char mode[] = { ' ',
			      vma->flags & VM_READ ? 'r' : '-',
			      vma->flags & VM_WRITE ? 'w' : '-',
			      vma->flags & VM_EXEC ? 'x' : '-',
			      vma->flags & VM_SHARED ? 's' : 'p',
			      ' ' };
	size_t start = m->count;
	u64 ino = 0;
	dev_t_kernel dev = 0;

	if (vma->file) {
		ino = vma->file->inode->ino;
		dev = vma->file->inode->sb->dev;
	}
	seq_put_hex(m, "", vma->start, 8);
	seq_put_hex(m, "-", vma->end, 8);
	seq_write(m, mode, sizeof(mode));
	seq_put_hex(m, "", vma->file ? (u64)vma->pgoff << PAGE_SHIFT : 0, 8);
	seq_put_hex(m, " ", MAJOR(dev), 2);
	seq_put_hex(m, ":", MINOR(dev), 2);
	seq_put_decimal(m, " ", ino, 0);
	seq_putc(m, ' ');
	if (name || vma->file) {
		seq_pad(m, start + 73);
		if (name)
			seq_puts(m, name);
		else
			seq_path(m, &vma->file->path, "\n");
	}
	seq_putc(m, '\n');
}

static void show_kib(struct seq_file *m, const char *name, u64 kib)
{
	seq_put_decimal(m, name, kib, 8);
	seq_write(m, " kB\n", 4);
}

static void show_report(struct seq_file *m, const struct smaps_report *r, bool rollup)
{
	if (!rollup) {
		show_kib(m, "Size:           ", r->size >> 10);
		show_kib(m, "KernelPageSize: ", PAGE_SIZE >> 10);
		show_kib(m, "MMUPageSize:    ", PAGE_SIZE >> 10);
	}
	show_kib(m, "Rss:            ", r->rss >> 10);
	show_kib(m, "Pss:            ", r->pss >> 10);
	show_kib(m, "Shared_Clean:   ", r->shared_clean >> 10);
	show_kib(m, "Shared_Dirty:   ", r->shared_dirty >> 10);
	show_kib(m, "Private_Clean:  ", r->private_clean >> 10);
	show_kib(m, "Private_Dirty:  ", r->private_dirty >> 10);
	show_kib(m, "Referenced:     ", r->referenced >> 10);
	show_kib(m, "Anonymous:      ", r->anonymous >> 10);
	show_kib(m, "Locked:         ", r->locked >> 10);
}

static void show_flags(struct seq_file *m, unsigned long flags)
{
	static const struct {
		unsigned long bit;
		char text[3];
	} names[] = {
		{ VM_READ, "rd" },	 { VM_WRITE, "wr" },	 { VM_EXEC, "ex" },
		{ VM_SHARED, "sh" },	 { VM_MAYREAD, "mr" },	 { VM_MAYWRITE, "mw" },
		{ VM_MAYEXEC, "me" },	 { VM_MAYSHARE, "ms" },	 { VM_GROWSDOWN, "gd" },
		{ VM_PFNMAP, "pf" },	 { VM_LOCKED, "lo" },	 { VM_SEQ_READ, "sr" },
		{ VM_RAND_READ, "rr" },	 { VM_DONTCOPY, "dc" },	 { VM_DONTEXPAND, "de" },
		{ VM_ACCOUNT, "ac" },	 { VM_NORESERVE, "nr" }, { VM_DONTDUMP, "dd" },
		{ VM_WIPEONFORK, "wf" },
	};

	seq_puts(m, "VmFlags: ");
	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++)
		if (flags & names[i].bit)
			seq_printf(m, "%s ", names[i].text);
	seq_putc(m, '\n');
}

struct maps_state {
	struct address_space *space; /* with a grab: the structure stays, its memory may go */
	bool smaps;
};

/* m->index is the address at which the next mapping is looked for. */
/* lint: context: returns a mapping with the lock, or NULL without */
static void *maps_start(struct seq_file *m, loff_t *pos)
{
	struct maps_state *s = m->private;
	struct vma *vma;

	if (!space_get_not_zero(s->space))
		return NULL;
	down_read(&s->space->mmap_lock);
	vma = find_vma(s->space, *pos);
	if (!vma) {
		up_read(&s->space->mmap_lock);
		space_put(s->space);
	}
	return vma;
}

/* lint: context: lets go of it behind the last one */
static void *maps_next(struct seq_file *m, void *v, loff_t *pos)
{
	struct maps_state *s = m->private;
	struct vma *vma = v, *next = vma_next(vma);

	*pos = vma->end;
	if (!next) {
		up_read(&s->space->mmap_lock);
		space_put(s->space);
	}
	return next;
}

/* lint: context: what maps_start() took and maps_next() did not let go of */
static void maps_stop(struct seq_file *m, void *v)
{
	struct maps_state *s = m->private;

	if (!v)
		return; /* let go when the last was passed */
	up_read(&s->space->mmap_lock);
	space_put(s->space);
}

static int maps_show(struct seq_file *m, void *v)
{
	struct maps_state *s = m->private;
	struct vma *vma = v;

	show_vma(m, vma);
	if (s->smaps) {
		struct smaps_report r = { 0 };

		smaps_gather(vma, &r);
		show_report(m, &r, false);
		show_flags(m, vma->flags);
	}
	return 0;
}

static const struct seq_operations maps_seq_ops = { .start = maps_start, .next = maps_next, .stop = maps_stop, .show = maps_show };

static int maps_open_common(struct inode *inode, struct file *file, bool smaps)
{
	struct address_space *space = space_of(inode, ACCESS_READ);
	struct maps_state *s;
	int error;

	if (IS_ERR(space))
		return PTR_ERR(space);
	s = kzalloc(sizeof(*s), GFP_KERNEL);
	if (!s) {
		if (space)
			space_put(space);
		return -ENOMEM;
	}
	if (space) {
		space_grab(space);
		space_put(space);
	}
	s->space = space;
	s->smaps = smaps;
	error = seq_open(file, &maps_seq_ops);
	if (error) {
		if (space)
			space_drop(space);
		kfree(s);
		return error;
	}
	((struct seq_file *)file->private)->private = s;
	return 0;
}

static int maps_open(struct inode *inode, struct file *file) { return maps_open_common(inode, file, false); }
static int smaps_open(struct inode *inode, struct file *file) { return maps_open_common(inode, file, true); }

static void maps_release(struct inode *inode, struct file *file)
{
	struct maps_state *s = ((struct seq_file *)file->private)->private;

	if (s->space)
		space_drop(s->space);
	kfree(s);
	seq_release(inode, file);
}

static ssize_t maps_read(struct file *file, struct iov_iter *to, loff_t *pos)
{
	struct maps_state *s = ((struct seq_file *)file->private)->private;

	return s->space ? seq_read_iter(file, to, pos) : 0;
}

const struct file_operations proc_maps_fops = {
	.open = maps_open,
	.read_iter = maps_read,
	.llseek = seq_lseek,
	.release = maps_release,
};
const struct file_operations proc_smaps_fops = {
	.open = smaps_open,
	.read_iter = maps_read,
	.llseek = seq_lseek,
	.release = maps_release,
};

void space_show_maps(struct seq_file *m, struct address_space *s, bool smaps)
{
	struct vma *vma;

	down_read(&s->mmap_lock);
	for_each_vma(s, vma)
		show_vma(m, vma);
	up_read(&s->mmap_lock);
}

int proc_show_smaps_rollup(struct seq_file *m, struct thread *t, struct proc_pid *pp)
{
	struct address_space *s;
	struct smaps_report sum = { 0 };
	unsigned long start = 0, end = 0;
	struct vma *vma;

	if (thread_may_access(t, ACCESS_READ | ACCESS_FSCREDS))
		return -EACCES;
	s = get_thread_space(t);
	if (!s)
		return -ESRCH;
	down_read(&s->mmap_lock);
	for_each_vma(s, vma) {
		if (!start)
			start = vma->start;
		end = vma->end;
		smaps_gather(vma, &sum);
	}
	up_read(&s->mmap_lock);
	space_put(s);
	seq_printf(m, "%08lx-%08lx ---p 00000000 00:00 0 ", start, end);
	while (m->count < 73 && !seq_has_overflowed(m))
		seq_putc(m, ' ');
	seq_puts(m, "[rollup]\n");
	show_report(m, &sum, true);
	return 0;
}

/* --- mem, environ, auxv --- */

static int mem_open_mode(struct inode *inode, struct file *file, unsigned int mode)
{
	struct address_space *s = space_of(inode, mode);

	if (IS_ERR(s))
		return PTR_ERR(s);
	if (s) {
		space_grab(s);
		space_put(s);
	}
	file->private = s;
	return 0;
}

static int mem_open(struct inode *inode, struct file *file) { return mem_open_mode(inode, file, ACCESS_ATTACH); }
static int environ_open(struct inode *inode, struct file *file) { return mem_open_mode(inode, file, ACCESS_READ); }

static void mem_release(struct inode *inode, struct file *file)
{
	if (file->private)
		space_drop(file->private);
}

/* Moves bytes between the iterator and [addr, ...) through a page. */
static ssize_t mem_copy(struct address_space *s, struct iov_iter *i, unsigned long addr, size_t len,
			bool write)
{
	char *page = (char *)__get_free_page(GFP_KERNEL);
	ssize_t done = 0, error = 0;

	if (!page)
		return -ENOMEM;
	while (len && i->count) {
		size_t n = min3(len, i->count, (size_t)PAGE_SIZE), got;

		if (write && copy_from_iter(page, n, i) != n) {
			error = -EFAULT;
			break;
		}
		got = write ? space_access_forced(s, addr, page, n, true)
			    : space_access_forced(s, addr, page, n, false);
		if (!got) {
			error = -EIO;
			break;
		}
		if (!write && copy_to_iter(page, got, i) != got) {
			error = -EFAULT;
			break;
		}
		addr += got;
		len -= got;
		done += got;
		if (got < n)
			break;
	}
	free_page(page);
	return done ?: error;
}

static ssize_t mem_access(struct file *file, struct iov_iter *i, loff_t *pos, bool write)
{
	struct address_space *s = file->private;
	ssize_t n;

	if (!s || !space_get_not_zero(s))
		return 0;
	n = mem_copy(s, i, *pos, i->count, write);
	space_put(s);
	if (n > 0)
		*pos += n;
	return n;
}

static ssize_t mem_read(struct file *file, struct iov_iter *to, loff_t *pos) { return mem_access(file, to, pos, false); }
static ssize_t mem_write(struct file *file, struct iov_iter *from, loff_t *pos) { return mem_access(file, from, pos, true); }

static loff_t mem_llseek(struct file *file, loff_t offset, int whence)
{
	switch (whence) {
	case SEEK_SET: return file->pos = offset;
	case SEEK_CUR: return file->pos += offset;
	default: return -EINVAL;
	}
}

const struct file_operations proc_mem_fops = {
	.open = mem_open,
	.read_iter = mem_read,
	.write_iter = mem_write,
	.llseek = mem_llseek,
	.release = mem_release,
};

static ssize_t environ_read(struct file *file, struct iov_iter *to, loff_t *pos)
{
	struct address_space *s = file->private;
	unsigned long start, end;
	ssize_t n = 0;

	if (!s || !space_get_not_zero(s))
		return 0;
	spin_lock(&s->lock);
	start = s->env_start;
	end = s->env_end;
	spin_unlock(&s->lock);
	if ((unsigned long)*pos < end - start)
		n = mem_copy(s, to, start + *pos, end - start - *pos, false);
	space_put(s);
	if (n > 0)
		*pos += n;
	return n;
}

const struct file_operations proc_environ_fops = {
	.open = environ_open,
	.read_iter = environ_read,
	.llseek = mem_llseek,
	.release = mem_release,
};

static ssize_t auxv_read(struct file *file, struct iov_iter *to, loff_t *pos)
{
	struct address_space *s = file->private;
	size_t words = 0, bytes, n;

	if (!s)
		return 0;
	do {
		words += 2;
	} while (words < ARRAY_SIZE(s->saved_auxv) && s->saved_auxv[words - 2]);
	bytes = words * sizeof(long);
	if ((size_t)*pos >= bytes)
		return 0;
	n = copy_to_iter((char *)s->saved_auxv + *pos, min(bytes - (size_t)*pos, to->count), to);
	*pos += n;
	return n ?: -EFAULT;
}

const struct file_operations proc_auxv_fops = {
	.open = environ_open,
	.read_iter = auxv_read,
	.llseek = mem_llseek,
	.release = mem_release,
};
