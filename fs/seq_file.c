/* SPDX-License-Identifier: MIT */
/*
 * seq_file: see the header. Records are printed whole into a buffer, which grows until the largest fits; a read hands out what is in the
 * buffer and prints more while the program's own has room. m->index is the record that comes next, m->read_pos where the reader stands.
 */
#include <fs/seq_file.h>
#include <fs/uio.h>
#include <fs/vfs.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <mm/slab.h>
#include <uapi/fs.h>

#include "internal.h"

int seq_open(struct file *file, const struct seq_operations *ops)
{
	struct seq_file *m = kzalloc(sizeof(*m), GFP_KERNEL);

	if (!m)
		return -ENOMEM;
	mutex_init(&m->lock);
	m->ops = ops;
	m->file = file;
	file->private = m;
	/* positions are the buffer's business: pread works, pwrite does not */
	file->mode &= ~FMODE_PWRITE;
	return 0;
}

void seq_release(struct inode *inode, struct file *file)
{
	struct seq_file *m = file->private;

	kvfree(m->buf);
	kfree(m);
}

static int buffer_alloc(struct seq_file *m, size_t size)
{
	kvfree(m->buf);
	m->count = 0;
	m->buf = kvmalloc(size, GFP_KERNEL);
	m->size = m->buf ? size : 0;
	return m->buf ? 0 : -ENOMEM;
}

static bool overflowed(const struct seq_file *m) { return m->count >= m->size; }

/* Prints records until at least one is in the buffer, which grows as needed; 0 with m->count 0: the end. */
static int fill_first(struct seq_file *m)
{
	void *p = m->ops->start(m, &m->index);
	int error = 0;

	while (p && !IS_ERR(p)) {
		error = m->ops->show(m, p);
		if (error < 0)
			break;
		if (error == SEQ_SKIP)
			m->count = 0;
		if (!m->count) {
			p = m->ops->next(m, p, &m->index);
			continue;
		}
		if (!overflowed(m)) {
			p = m->ops->next(m, p, &m->index);
			error = 0;
			break;
		}
		/* too small for this record: a larger one, and again */
		m->ops->stop(m, p);
		if (m->size >= 64ul << 20)
			return -EFBIG;
		error = buffer_alloc(m, m->size << 1);
		if (error)
			return error;
		p = m->ops->start(m, &m->index);
	}
	if (IS_ERR(p))
		error = PTR_ERR(p);
	/* and as many more as the reader wants and the buffer holds */
	while (!error && p && !IS_ERR(p)) {
		size_t before = m->count;
		int r;

		if (m->count >= m->size / 2)
			break;
		r = m->ops->show(m, p);
		if (r || overflowed(m)) {
			m->count = before;
			if (r != SEQ_SKIP)
				break;
		}
		p = m->ops->next(m, p, &m->index);
	}
	m->ops->stop(m, p);
	return error < 0 ? error : 0;
}

/* Goes to byte `pos` by printing everything before it. */
static int traverse(struct seq_file *m, loff_t pos)
{
	m->index = 0;
	m->count = m->from = 0;
	m->read_pos = 0;
	while (m->read_pos < pos) {
		int error = fill_first(m);

		if (error)
			return error;
		if (!m->count)
			break;
		if (m->read_pos + (loff_t)m->count > pos) {
			m->from = pos - m->read_pos;
			m->count -= m->from;
			m->read_pos = pos;
			break;
		}
		m->read_pos += m->count;
		m->count = 0;
	}
	m->read_pos = pos;
	return 0;
}

ssize_t seq_read_iter(struct file *file, struct iov_iter *to, loff_t *pos)
{
	struct seq_file *m = file->private;
	ssize_t done = 0;
	int error = 0;

	if (!to->count)
		return 0;
	mutex_lock(&m->lock);
	if (!m->buf)
		error = buffer_alloc(m, PAGE_SIZE);
	if (!error && *pos != m->read_pos)
		error = traverse(m, *pos);
	while (!error && to->count) {
		size_t n;

		if (!m->count) {
			m->from = 0;
			/* a reader that has something gets no error from the next record */
			error = fill_first(m);
			if (error || !m->count)
				break;
		}
		n = copy_to_iter(m->buf + m->from, min(m->count, to->count), to);
		m->from += n;
		m->count -= n;
		m->read_pos += n;
		done += n;
		if (m->count)
			break;
	}
	if (!done && !error && m->count)
		error = -EFAULT;
	if (error && !done) {
		m->count = 0;
		m->read_pos = -1; /* find the place anew next time */
	}
	mutex_unlock(&m->lock);
	*pos += done;
	return done ?: error;
}

loff_t seq_lseek(struct file *file, loff_t offset, int whence)
{
	struct seq_file *m = file->private;
	loff_t r = -EINVAL;

	mutex_lock(&m->lock);
	if (whence == SEEK_CUR)
		offset += file->pos;
	if ((whence == SEEK_SET || whence == SEEK_CUR) && offset >= 0)
		r = file->pos = offset;
	mutex_unlock(&m->lock);
	return r;
}

/* --- one record --- */

static void *single_start(struct seq_file *m, loff_t *pos) { return *pos ? NULL : (void *)1; }
static void single_stop(struct seq_file *m, void *v) { }

static void *single_next(struct seq_file *m, void *v, loff_t *pos)
{
	++*pos;
	return NULL;
}

int single_open(struct file *file, int (*show)(struct seq_file *m, void *v), void *private)
{
	struct seq_operations *ops = kmalloc(sizeof(*ops), GFP_KERNEL);
	int error;

	if (!ops)
		return -ENOMEM;
	*ops = (struct seq_operations){
		.start = single_start, .next = single_next, .stop = single_stop, .show = show
	};
	error = seq_open(file, ops);
	if (error)
		kfree(ops);
	else
		((struct seq_file *)file->private)->private = private;
	return error;
}

void single_release(struct inode *inode, struct file *file)
{
	const struct seq_operations *ops = ((struct seq_file *)file->private)->ops;

	seq_release(inode, file);
	kfree(ops);
}

/* --- printing; too little room makes the buffer full, which the reader notices --- */

static void set_full(struct seq_file *m) { m->count = m->size; }

void seq_vprintf(struct seq_file *m, const char *fmt, va_list args)
{
	int n;

	if (overflowed(m))
		return;
	n = vsnprintf(m->buf + m->count, m->size - m->count, fmt, args);
	if ((size_t)n < m->size - m->count)
		m->count += n;
	else
		set_full(m);
}

void seq_printf(struct seq_file *m, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	seq_vprintf(m, fmt, args);
	va_end(args);
}

void seq_write(struct seq_file *m, const void *data, size_t len)
{
	if (m->count + len < m->size) {
		memcpy(m->buf + m->count, data, len);
		m->count += len;
	} else {
		set_full(m);
	}
}

void seq_puts(struct seq_file *m, const char *s)
{
	seq_write(m, s, strlen(s));
}

void seq_putc(struct seq_file *m, char c)
{
	if (m->count + 1 < m->size)
		m->buf[m->count++] = c;
	else
		set_full(m);
}

static void put_text_and_digits(struct seq_file *m, const char *before, const char *digits,
				size_t nr, unsigned int width)
{
	char *to = m->buf + m->count;
	size_t pad = nr < width ? width - nr : 0, all = strlen(before) + pad + nr;

	/* one byte more than is used: a full buffer says that something did not fit */
	if (m->count + all >= m->size) {
		set_full(m);
		return;
	}
	m->count += all;
	while (*before)
		*to++ = *before++;
	while (pad--)
		*to++ = ' ';
	while (nr--)
		*to++ = *digits++;
}

void seq_put_decimal(struct seq_file *m, const char *before, u64 value, unsigned int width)
{
	char buffer[NUMBER_DIGITS_MAX], *end = buffer + sizeof(buffer),
					*start = decimal_before(end, value);

	put_text_and_digits(m, before, start, (size_t)(end - start), width);
}

void seq_put_hex(struct seq_file *m, const char *before, u64 value, unsigned int digits)
{
	char buffer[NUMBER_DIGITS_MAX], *end = buffer + sizeof(buffer),
					*start = hex_before(end, value, digits);

	put_text_and_digits(m, before, start, (size_t)(end - start), 0);
}

/* Spaces until the buffer holds `count` bytes. */
void seq_pad(struct seq_file *m, size_t count)
{
	if (count >= m->size) {
		set_full(m);
	} else if (count > m->count) {
		memset(m->buf + m->count, ' ', count - m->count);
		m->count = count;
	}
}

/* Characters of `escape` and backslashes, if they are among them, as octal. */
void seq_escape(struct seq_file *m, const char *s, const char *escape)
{
	while (*s) {
		size_t plain = strcspn(s, escape);

		seq_write(m, s, plain);
		s += plain;
		if (*s)
			seq_printf(m, "\\%03o", (unsigned char)*s++);
	}
}

char *seq_room(struct seq_file *m, int *size)
{
	*size = overflowed(m) ? 0 : (int)(m->size - m->count);
	return m->buf + m->count;
}

/* The text is moved down from where it is, and what is escaped may grow as long as there is a gap. */
void seq_commit_name(struct seq_file *m, char *text, const char *escape)
{
	char *to = m->buf + m->count, *end = m->buf + m->size, *p = text;
	unsigned char c;
	size_t len;

	if (overflowed(m) || (IS_ERR(p) && PTR_ERR(p) == -ENAMETOOLONG)) {
		set_full(m);
		return;
	}
	if (IS_ERR(p)) {
		seq_putc(m, '?');
		return;
	}
	if (p == to) {
		len = strlen(p) + 1;
		p = memmove(end - len, p, len);
	}
	for (; *p; p++) {
		if (!strchr(escape, *p)) {
			*to++ = *p;
			continue;
		}
		if (to + 3 > p) {
			set_full(m);
			return;
		}
		c = *p; /* which the last digit may replace */
		*to++ = '\\';
		*to++ = '0' + (c >> 6);
		*to++ = '0' + (c >> 3 & 7);
		*to++ = '0' + (c & 7);
	}
	m->count = to - m->buf;
}

void seq_path(struct seq_file *m, const struct path *path, const char *escape)
{
	int size;
	char *room = seq_room(m, &size);

	seq_commit_name(m, size ? d_path(path, room, size) : ERR_PTR(-ENAMETOOLONG), escape);
}
