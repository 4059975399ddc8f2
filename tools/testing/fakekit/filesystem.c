/* SPDX-License-Identifier: MIT */
/*
 * The filesystem class (kit/filesystem.h) and its programs: see fake_fs.h. Attributes and link counts are kept here as the core keeps them; locks are
 * as the contract says: changes of a directory alone, lookups shared, one inode's allocation alone, different inodes in parallel.
 */
#include <kit/memory.h>
#include <kit/module.h>
#include <uapi/stat.h>
#include "fake_fs.h"
#include "internal.h"

#define LONGEST_LISTING	100000u

/* A cached block of the device. */
struct block {
	struct list_head node;
	u64 number, sum; /* what its bytes added up to when it was got first */
	u32 users;
	bool dirty, says_changed;
	u8 *bytes;
};

/* A thread has got a block, and not put it back. */
struct hold { struct list_head node; struct block *block; void *thread; };

/* Data of a file that is not written yet. */
struct dirty { struct list_head node; u64 index; u8 bytes[FAKE_BLOCK]; };

struct inode {
	struct list_head node, dirties;
	u64 number;
	struct filesystem_attributes a;
	u32 holds;
	bool locked;
	/* its attributes, or (a directory's) its size, could not be written or read: at the next chance */
	bool unwritten, grown;
};

struct type {
	struct list_head node;
	char name[32];
	const struct filesystem_operations *ops;
};

struct filesystem_mount {
	struct list_head node, blocks, inodes;
	const struct filesystem_operations *ops;
	struct fake_disk *disk;
	struct filesystem_info info;
	bool read_only;
	u32 writes, writes_left;
	u64 bad_block;
};

struct fake_mount { struct filesystem_mount fs; };

struct entry { struct list_head node; u64 inode; char name[256]; };

struct filesystem_sink { struct list_head entries; u32 room, nr; };

static LIST_HEAD(types);
static LIST_HEAD(holds);
static LIST_HEAD(mounts);

/* --- disks and cached blocks --- */

struct fake_disk *fake_disk_make(u64 blocks)
{
	struct fake_disk *d = host_alloc(sizeof(*d));

	d->blocks = blocks;
	d->bytes = host_alloc(blocks * FAKE_BLOCK);
	return d;
}

struct fake_disk *fake_disk_copy(const struct fake_disk *disk)
{
	struct fake_disk *d = fake_disk_make(disk->blocks);

	memcpy(d->bytes, disk->bytes, disk->blocks * FAKE_BLOCK);
	return d;
}

static void write_disk(struct filesystem_mount *fs, u64 number, const u8 *bytes)
{
	fs->writes++;
	if (!fs->writes_left)
		return;
	fs->writes_left -= fs->writes_left != ~0u;
	memcpy(fs->disk->bytes + number * FAKE_BLOCK, bytes, FAKE_BLOCK);
}

static u64 sum_of(const u8 *bytes)
{
	u64 sum = 0;

	for (u32 i = 0; i < FAKE_BLOCK / 8; i++)
		sum = (sum << 7 | sum >> 57) ^ ((const u64 *)bytes)[i];
	return sum;
}

static struct block *cached(struct filesystem_mount *fs, u64 number)
{
	struct block *b;

	list_for_each_entry(b, &fs->blocks, node)
		if (b->number == number)
			return b;
	return NULL;
}

void *filesystem_block_get(struct filesystem_mount *fs, u64 number)
{
	struct hold *h;
	struct block *b;

	enter_call("filesystem_block_get", true);
	if (number >= fs->disk->blocks || number == fs->bad_block || fault("filesystem_block_get"))
		return ERR_PTR(-EIO);
	b = cached(fs, number);
	if (!b) {
		b = host_alloc(sizeof(*b));
		b->number = number;
		b->bytes = host_alloc(FAKE_BLOCK);
		memcpy(b->bytes, fs->disk->bytes + number * FAKE_BLOCK, FAKE_BLOCK);
		list_add_tail(&b->node, &fs->blocks);
	}
	if (!b->users++) {
		b->sum = sum_of(b->bytes);
		b->says_changed = false;
	}
	h = host_alloc(sizeof(*h));
	h->block = b;
	h->thread = thread_id();
	list_add(&h->node, &holds);
	return b->bytes;
}

static bool drop_hold(const struct block *b)
{
	struct hold *h;

	list_for_each_entry(h, &holds, node) {
		if (h->block != b || h->thread != thread_id())
			continue;
		list_del(&h->node);
		host_free(h);
		return true;
	}
	complain("block %llu is put back by a thread that has not got it",
		 (unsigned long long)b->number);
	return false;
}

/* Any address in the block will do, as in the core. */
void filesystem_block_put(struct filesystem_mount *fs, void *block, bool changed)
{
	struct block *b;

	enter_call("filesystem_block_put", true);
	list_for_each_entry(b, &fs->blocks, node) {
		if ((u8 *)block < b->bytes || (u8 *)block >= b->bytes + FAKE_BLOCK)
			continue;
		if (!drop_hold(b))
			return;
		b->says_changed |= changed;
		b->dirty |= changed;
		if (!--b->users && !b->says_changed && sum_of(b->bytes) != b->sum)
			complain("block %llu was changed, and is put back as unchanged",
				 (unsigned long long)b->number);
		if (changed && fs->read_only)
			complain("block %llu is changed in a mount that is read-only",
				 (unsigned long long)b->number);
		return;
	}
	complain("something is put back that is no block");
}

/* By this thread; said once. */
static void check_held(struct filesystem_mount *fs, const char *call)
{
	struct hold *h;

	list_for_each_entry(h, &holds, node) {
		if (h->thread != thread_id())
			continue;
		complain("%s ended with block %llu held", call,
			 (unsigned long long)h->block->number);
		h->thread = NULL;
	}
}

/* One by one, the next one as the seed says. */
static void write_blocks(struct filesystem_mount *fs)
{
	for (;;) {
		struct block *b;
		u32 n = 0;

		list_for_each_entry(b, &fs->blocks, node)
			n += b->dirty;
		if (!n)
			return;
		n = random_below(n);
		list_for_each_entry(b, &fs->blocks, node)
			if (b->dirty && !n--) {
				b->dirty = false;
				write_disk(fs, b->number, b->bytes);
				break;
			}
	}
}

int filesystem_flush(struct filesystem_mount *fs)
{
	enter_call("filesystem_flush", true);
	if (fault("filesystem_flush"))
		return -EIO;
	write_blocks(fs);
	return 0;
}

void *filesystem_data(const struct filesystem_mount *fs) { return fs->info.data; }
u64 filesystem_device_bytes(const struct filesystem_mount *fs) { return fs->disk->blocks * FAKE_BLOCK; }

static void free_block(struct block *b)
{
	list_del(&b->node);
	host_free(b->bytes);
	host_free(b);
}

/* What a file gets may have been the file system's own: what the cache has of it must not be written over the file. */
static void forget_block(struct filesystem_mount *fs, u64 number)
{
	struct block *b = cached(fs, number);

	if (!b)
		return;
	if (b->users)
		complain("block %llu is given to a file while it is held",
			 (unsigned long long)number);
	free_block(b);
}

/* --- registration --- */

static u32 left_over_filesystems(void)
{
	u32 n = 0;

	while (!list_empty(&mounts)) {
		note("left over: a mount");
		fake_unmount(container_of(list_first_entry(&mounts, struct filesystem_mount, node),
					  struct fake_mount, fs));
		n++;
	}
	/* Types are the core's to take back. */
	while (!list_empty(&types))
		list_del(types.next);
	return n;
}

static struct class filesystem_class = { .left_over = left_over_filesystems };

static bool is_complete(const struct filesystem_operations *ops)
{
	return ops->mount && ops->unmount && ops->space && ops->read_inode && ops->write_inode &&
	       ops->truncate && ops->evict && ops->map && ops->lookup && ops->create && ops->link &&
	       ops->remove && ops->rename && ops->iterate && ops->read_link;
}

static struct type *find_type(const char *name)
{
	struct type *t;

	list_for_each_entry(t, &types, node)
		if (!strcmp(t->name, name))
			return t;
	return NULL;
}

int filesystem_register(struct module *owner, const char *name,
			const struct filesystem_operations *operations)
{
	struct type *t;

	enter_call("filesystem_register", true);
	if (operations->size > sizeof(*operations))
		return -E2BIG;
	if (!name || !name[0] || strlen(name) > 31 || operations->size < sizeof(*operations) ||
	    !is_complete(operations))
		return -EINVAL;
	if (find_type(name))
		return -EEXIST;
	if (fault("filesystem_register"))
		return -ENOMEM;
	class_add(&filesystem_class);
	t = host_alloc(sizeof(*t));
	strscpy(t->name, name, sizeof(t->name));
	t->ops = operations;
	list_add_tail(&t->node, &types);
	return 0;
}

/* --- calls of the driver --- */

static int checked(struct filesystem_mount *fs, const char *call, int result, bool may_be_positive)
{
	if (result > 0 && !may_be_positive)
		complain("%s returned %d: 0 or a negative errno", call, result);
	check_held(fs, call);
	if (is_atomic())
		complain("%s ended with a lock held", call);
	return result;
}

#define CALL(fs, operation, ...) checked(fs, #operation, (fs)->ops->operation(fs, ##__VA_ARGS__), false)

static void lock_inode(struct inode *i)
{
	while (i->locked)
		sleep_on(i, 0);
	i->locked = true;
}

static void unlock_inode(struct inode *i)
{
	i->locked = false;
	wake(i, true);
}

/* In the order of their numbers. */
static void lock_two(struct inode *a, struct inode *b)
{
	lock_inode(a->number <= b->number ? a : b);
	if (a != b)
		lock_inode(a->number <= b->number ? b : a);
}

static void unlock_two(struct inode *a, struct inode *b)
{
	unlock_inode(a);
	if (a != b)
		unlock_inode(b);
}

static struct inode *known(struct filesystem_mount *fs, u64 number)
{
	struct inode *i;

	list_for_each_entry(i, &fs->inodes, node)
		if (i->number == number)
			return i;
	return NULL;
}

/* Held until put_inode. */
static int get_inode(struct filesystem_mount *fs, u64 number, struct inode **inode)
{
	struct filesystem_attributes a = { .size = sizeof(a) };
	struct inode *i = known(fs, number);
	int error = 0;

	if (!i) {
		error = CALL(fs, read_inode, number, &a);
		if (!error && !a.links)
			error = -ESTALE;
		if (!error && a.bytes > fs->info.max_bytes)
			error = -EIO;
		if (error)
			return error;
		i = known(fs, number);
	}
	if (!i) {
		i = host_alloc(sizeof(*i));
		INIT_LIST_HEAD(&i->dirties);
		i->number = number;
		i->a = a;
		list_add_tail(&i->node, &fs->inodes);
	}
	i->holds++;
	*inode = i;
	return 0;
}

static void drop_dirties(struct inode *i, u64 from)
{
	struct dirty *d, *next;

	list_for_each_entry_safe(d, next, &i->dirties, node) {
		if (d->index < from)
			continue;
		list_del(&d->node);
		host_free(d);
	}
}

static void forget_inode(struct filesystem_mount *fs, struct inode *i)
{
	drop_dirties(i, 0);
	list_del(&i->node);
	fs->ops->evict(fs, i->number, !i->a.links);
	checked(fs, "evict", 0, false);
	host_free(i);
}

static void put_inode(struct filesystem_mount *fs, struct inode *i)
{
	if (!--i->holds && !i->a.links)
		forget_inode(fs, i);
}

static int write_inode(struct filesystem_mount *fs, struct inode *i)
{
	struct filesystem_attributes a = { .size = sizeof(a) };
	int error = 0;

	if (fs->read_only)
		return 0;
	if (i->grown) {
		error = CALL(fs, read_inode, i->number, &a);
		if (!error) {
			i->a.bytes = a.bytes;
			i->a.sectors = a.sectors;
			i->grown = false;
		}
	}
	if (!error)
		error = CALL(fs, write_inode, i->number, &i->a);
	i->unwritten = error;
	return error;
}

/* A directory was changed: the driver knows its size. */
static void dir_changed(struct filesystem_mount *fs, struct inode *dir)
{
	dir->grown = true;
	dir->a.modified_ns = dir->a.changed_ns = now();
	write_inode(fs, dir);
}

/* --- paths --- */

struct place { struct inode *dir; const char *name; u32 length; };

static int step(struct filesystem_mount *fs, struct inode *dir, const char *name, u32 length,
		struct inode **inode)
{
	u64 number;
	int error;

	if ((dir->a.mode & S_IFMT) != S_IFDIR)
		return -ENOTDIR;
	if (length > fs->info.name_max)
		return -ENAMETOOLONG;
	error = CALL(fs, lookup, dir->number, name, length, &number);
	if (!error)
		error = get_inode(fs, number, inode);
	return error == -ESTALE ? -EIO : error;
}

/* The directory that the last name is in, held. */
static int walk(struct filesystem_mount *fs, const char *path, struct place *p)
{
	struct inode *next;
	int error = get_inode(fs, fs->info.root, &p->dir);

	p->name = path;
	while (!error) {
		u32 n = 0;

		while (p->name[n] && p->name[n] != '/')
			n++;
		p->length = n;
		if (!p->name[n])
			break;
		error = step(fs, p->dir, p->name, n, &next);
		put_inode(fs, p->dir);
		if (error)
			break;
		p->dir = next;
		p->name += n + 1;
	}
	if (!error && (p->dir->a.mode & S_IFMT) != S_IFDIR) {
		put_inode(fs, p->dir);
		error = -ENOTDIR;
	}
	return error;
}

static int find(struct filesystem_mount *fs, const char *path, struct inode **inode)
{
	struct place p;
	int error;

	if (!path[0])
		return get_inode(fs, fs->info.root, inode);
	error = walk(fs, path, &p);
	if (error)
		return error;
	error = step(fs, p.dir, p.name, p.length, inode);
	put_inode(fs, p.dir);
	return error;
}

/* --- mounting --- */

static void end_mount(struct filesystem_mount *fs)
{
	struct inode *i, *next;

	list_for_each_entry_safe(i, next, &fs->inodes, node)
		forget_inode(fs, i);
	fs->ops->unmount(fs);
	checked(fs, "unmount", 0, false);
	write_blocks(fs);
	while (!list_empty(&fs->blocks))
		free_block(list_first_entry(&fs->blocks, struct block, node));
	list_del(&fs->node);
	host_free(container_of(fs, struct fake_mount, fs));
}

struct fake_mount *fake_mount(const char *type, struct fake_disk *disk, const char *options,
			      bool read_only, int *error)
{
	struct type *t = find_type(type);
	struct fake_mount *m;
	struct filesystem_mount *fs;
	struct inode *root;

	*error = -ENODEV;
	if (!t)
		return NULL;
	m = host_alloc(sizeof(*m));
	fs = &m->fs;
	INIT_LIST_HEAD(&fs->blocks);
	INIT_LIST_HEAD(&fs->inodes);
	fs->ops = t->ops;
	fs->disk = disk;
	fs->read_only = read_only;
	fs->writes_left = ~0u;
	fs->bad_block = ~0ull;
	fs->info = (struct filesystem_info){ .size = sizeof(fs->info),
					     .block_size = FAKE_BLOCK,
					     .name_max = FILESYSTEM_NAME_MAX };
	*error = CALL(fs, mount, options, read_only, &fs->info);
	if (*error) {
		host_free(m);
		return NULL;
	}
	list_add_tail(&fs->node, &mounts);
	if (fs->info.block_size != FAKE_BLOCK || !fs->info.root || !fs->info.name_max ||
	    fs->info.name_max > FILESYSTEM_NAME_MAX)
		complain("mount: impossible info");
	*error = get_inode(fs, fs->info.root, &root);
	if (!*error && (root->a.mode & S_IFMT) != S_IFDIR)
		*error = -EINVAL;
	if (!*error)
		return m;
	end_mount(fs);
	return NULL;
}

/* --- where bytes lie --- */

static void refresh_room(struct filesystem_mount *fs, struct inode *i)
{
	struct filesystem_attributes a = { .size = sizeof(a) };

	if (!CALL(fs, read_inode, i->number, &a))
		i->a.sectors = a.sectors;
}

/* As the core asks: first whether it is there, then for room. The lock of the inode is held. */
static int map(struct filesystem_mount *fs, struct inode *i, u64 offset, u64 length, bool write,
	       struct filesystem_extent *e)
{
	int error;

	*e = (struct filesystem_extent){ .size = sizeof(*e) };
	error = CALL(fs, map, i->number, offset, length, false, e);
	if (!error && write && e->type == FILESYSTEM_HOLE) {
		u64 end = e->offset + e->length < offset + length ? e->offset + e->length
								  : offset + length;

		error = CALL(fs, map, i->number, offset, end - offset, true, e);
		for (u64 at = offset;
		     !error && e->type != FILESYSTEM_HOLE && at < end && at < e->offset + e->length;
		     at += FAKE_BLOCK)
			forget_block(fs, (e->disk + (at - e->offset)) / FAKE_BLOCK);
		refresh_room(fs, i);
	}
	if (error)
		return error;
	if (offset < e->offset || offset >= e->offset + e->length ||
	    (e->offset | e->length | e->disk) % FAKE_BLOCK || e->type > FILESYSTEM_UNWRITTEN ||
	    (e->type == FILESYSTEM_UNWRITTEN && !fs->ops->commit) ||
	    (write && e->type == FILESYSTEM_HOLE)) {
		complain(
			"map makes no sense: type %u, offset %llu, length %llu, disk %llu for offset %llu",
			e->type, (unsigned long long)e->offset, (unsigned long long)e->length,
			(unsigned long long)e->disk, (unsigned long long)offset);
		return -EIO;
	}
	/* A damaged disk may say so; the device answers with an error. */
	return e->type != FILESYSTEM_HOLE &&
			       (e->disk + (offset - e->offset)) / FAKE_BLOCK >= fs->disk->blocks
		       ? -EIO
		       : 0;
}

static struct dirty *dirty_at(struct inode *i, u64 index)
{
	struct dirty *d;

	list_for_each_entry(d, &i->dirties, node)
		if (d->index == index)
			return d;
	return NULL;
}

static int read_block(struct filesystem_mount *fs, struct inode *i, u64 index, u8 *bytes)
{
	struct dirty *d = dirty_at(i, index);
	struct filesystem_extent e;
	int error;

	if (d) {
		memcpy(bytes, d->bytes, FAKE_BLOCK);
		return 0;
	}
	error = map(fs, i, index * FAKE_BLOCK, FAKE_BLOCK, false, &e);
	if (error)
		return error;
	memset(bytes, 0, FAKE_BLOCK);
	if (e.type == FILESYSTEM_MAPPED)
		memcpy(bytes, fs->disk->bytes + e.disk + (index * FAKE_BLOCK - e.offset),
		       FAKE_BLOCK);
	return 0;
}

static int write_block(struct filesystem_mount *fs, struct inode *i, u64 index, const u8 *from,
		       u32 at, u32 n)
{
	struct filesystem_extent e;
	struct dirty *d = dirty_at(i, index);
	u8 bytes[FAKE_BLOCK];
	int error;

	if (!d) {
		error = read_block(fs, i, index, bytes);
		/* Room is made when bytes become dirty. */
		if (!error)
			error = map(fs, i, index * FAKE_BLOCK, FAKE_BLOCK, true, &e);
		if (error)
			return error;
		d = host_alloc(sizeof(*d));
		d->index = index;
		memcpy(d->bytes, bytes, FAKE_BLOCK);
		list_add_tail(&d->node, &i->dirties);
	}
	memcpy(d->bytes + at, from, n);
	return 0;
}

static int write_dirties(struct filesystem_mount *fs, struct inode *i)
{
	int error = 0;

	while (!list_empty(&i->dirties) && !error) {
		struct dirty *d = list_first_entry(&i->dirties, struct dirty, node);
		struct filesystem_extent e;

		error = map(fs, i, d->index * FAKE_BLOCK, FAKE_BLOCK, false, &e);
		if (!error && e.type == FILESYSTEM_HOLE) {
			complain("inode %llu has no room for what is written back",
				 (unsigned long long)i->number);
			error = -EIO;
		}
		if (!error)
			write_disk(fs, (e.disk + (d->index * FAKE_BLOCK - e.offset)) / FAKE_BLOCK,
				   d->bytes);
		if (!error && e.type == FILESYSTEM_UNWRITTEN)
			error = CALL(fs, commit, i->number, d->index * FAKE_BLOCK, FAKE_BLOCK);
		list_del(&d->node);
		host_free(d);
	}
	return error;
}

int fake_sync(struct fake_mount *m)
{
	struct filesystem_mount *fs = &m->fs;
	struct inode *i;
	int error = 0, result;

	list_for_each_entry(i, &fs->inodes, node) {
		lock_inode(i);
		result = write_dirties(fs, i);
		if (i->unwritten)
			result = write_inode(fs, i);
		error = error ? error : result;
		unlock_inode(i);
	}
	if (fs->ops->sync) {
		result = CALL(fs, sync);
		error = error ? error : result;
	}
	write_blocks(fs);
	return error;
}

void fake_unmount(struct fake_mount *m)
{
	if (!m->fs.read_only)
		fake_sync(m);
	end_mount(&m->fs);
}

void fake_power_fails(struct fake_mount *m, u32 writes) { m->fs.writes_left = writes; }
bool fake_power_failed(const struct fake_mount *m) { return !m->fs.writes_left; }
u32 fake_disk_writes(const struct fake_mount *m) { return m->fs.writes; }
void fake_bad_block(struct fake_mount *m, u64 number) { m->fs.bad_block = number; }

void fake_power_off(struct fake_mount *m)
{
	m->fs.writes_left = 0;
	end_mount(&m->fs);
}

/* --- names --- */

/* A new name: it must not be there, and its directory is locked. */
static int begin(struct filesystem_mount *fs, const char *path, struct place *p)
{
	int error = fs->read_only ? -EROFS : walk(fs, path, p);
	u64 number;

	if (error)
		return error;
	lock_inode(p->dir);
	if (p->length > fs->info.name_max)
		error = -ENAMETOOLONG;
	else if (!p->dir->a.links)
		error = -ENOENT;
	else
		error = CALL(fs, lookup, p->dir->number, p->name, p->length, &number);
	if (error == -ENOENT && p->dir->a.links)
		return 0;
	unlock_inode(p->dir);
	put_inode(fs, p->dir);
	return error ? error : -EEXIST;
}

static void finish(struct filesystem_mount *fs, struct place *p)
{
	unlock_inode(p->dir);
	put_inode(fs, p->dir);
}

static int create_any(struct filesystem_mount *fs, const char *path, u32 mode, const char *target)
{
	struct filesystem_attributes a = {
		.size = sizeof(a),
		.mode = mode,
		.links = (mode & S_IFMT) == S_IFDIR ? 2 : 1,
		.bytes = target ? strlen(target) : 0,
		.accessed_ns = now(),
		.modified_ns = now(),
		.changed_ns = now(),
		.created_ns = now(),
	};
	struct inode *inode;
	struct place p;
	u64 number;
	int error = begin(fs, path, &p);

	if (error)
		return error;
	error = CALL(fs, create, p.dir->number, p.name, p.length, &a, target, &number);
	if (!error) {
		error = get_inode(fs, number, &inode);
		/* The name goes again, and the inode. */
		if (error && !CALL(fs, remove, p.dir->number, p.name, p.length, number))
			fs->ops->evict(fs, number, true);
	}
	if (!error) {
		if (inode->a.mode != mode || inode->a.bytes != a.bytes)
			complain("create does not store what it is given");
		p.dir->a.links += (mode & S_IFMT) == S_IFDIR;
		dir_changed(fs, p.dir);
		put_inode(fs, inode);
	}
	finish(fs, &p);
	return error;
}

int fake_create(struct fake_mount *m, const char *path, u32 mode) { return create_any(&m->fs, path, mode, NULL); }
int fake_mkdir(struct fake_mount *m, const char *path) { return create_any(&m->fs, path, S_IFDIR | 0755, NULL); }
int fake_symlink(struct fake_mount *m, const char *target, const char *path)
{
	return create_any(&m->fs, path, S_IFLNK | 0777, target);
}

int fake_link(struct fake_mount *m, const char *old_path, const char *new_path)
{
	struct filesystem_mount *fs = &m->fs;
	struct inode *inode;
	struct place p;
	int error = find(fs, old_path, &inode);

	if (error)
		return error;
	error = (inode->a.mode & S_IFMT) == S_IFDIR ? -EPERM : begin(fs, new_path, &p);
	if (!error) {
		error = CALL(fs, link, p.dir->number, p.name, p.length, inode->number);
		if (!error) {
			inode->a.links++;
			write_inode(fs, inode);
			dir_changed(fs, p.dir);
		}
		finish(fs, &p);
	}
	put_inode(fs, inode);
	return error;
}

static bool is_dir(const struct inode *i) { return (i->a.mode & S_IFMT) == S_IFDIR; }

static void name_lost(struct filesystem_mount *fs, struct inode *dir, struct inode *inode)
{
	if (is_dir(inode)) {
		inode->a.links--;
		dir->a.links--;
	}
	inode->a.links--;
	write_inode(fs, inode);
}

/* Data that nobody will see need not be written. */
static void drop_if_unlinked(struct inode *inode)
{
	if (!inode->a.links && inode->holds == 1)
		drop_dirties(inode, 0);
}

static int remove_any(struct filesystem_mount *fs, const char *path, bool directory)
{
	struct inode *inode = NULL;
	struct place p;
	int error = fs->read_only ? -EROFS : walk(fs, path, &p);

	if (error)
		return error;
	lock_inode(p.dir);
	error = step(fs, p.dir, p.name, p.length, &inode);
	if (!error && is_dir(inode) != directory)
		error = directory ? -ENOTDIR : -EISDIR;
	if (!error && directory)
		lock_inode(inode);
	if (!error) {
		error = CALL(fs, remove, p.dir->number, p.name, p.length, inode->number);
		if (directory)
			unlock_inode(inode);
		if (!error) {
			name_lost(fs, p.dir, inode);
			dir_changed(fs, p.dir);
			drop_if_unlinked(inode);
		}
	}
	if (inode)
		put_inode(fs, inode);
	finish(fs, &p);
	return error;
}

int fake_unlink(struct fake_mount *m, const char *path) { return remove_any(&m->fs, path, false); }
int fake_rmdir(struct fake_mount *m, const char *path) { return remove_any(&m->fs, path, true); }

/* What the core makes sure of before it asks: kinds agree. */
static int may_replace(const struct inode *inode, const struct inode *replaced)
{
	if (!replaced || is_dir(inode) == is_dir(replaced))
		return 0;
	return is_dir(inode) ? -ENOTDIR : -EISDIR;
}

static int move_name(struct filesystem_mount *fs, struct place *from, struct place *to)
{
	struct inode *inode = NULL, *replaced = NULL;
	int error = step(fs, from->dir, from->name, from->length, &inode);

	if (!error) {
		error = step(fs, to->dir, to->name, to->length, &replaced);
		error = error == -ENOENT ? 0 : error;
	}
	if (!error && inode != replaced)
		error = may_replace(inode, replaced);
	if (!error && inode != replaced) {
		error = CALL(fs, rename, from->dir->number, from->name, from->length,
			     to->dir->number, to->name, to->length, inode->number,
			     replaced ? replaced->number : 0);
		if (!error) {
			if (replaced)
				name_lost(fs, to->dir, replaced);
			from->dir->a.links -= is_dir(inode);
			to->dir->a.links += is_dir(inode);
			write_inode(fs, inode);
			dir_changed(fs, from->dir);
			if (to->dir != from->dir)
				dir_changed(fs, to->dir);
			if (replaced)
				drop_if_unlinked(replaced);
		}
	}
	if (inode)
		put_inode(fs, inode);
	if (replaced)
		put_inode(fs, replaced);
	return error;
}

int fake_rename(struct fake_mount *m, const char *old_path, const char *new_path)
{
	struct filesystem_mount *fs = &m->fs;
	struct place from, to;
	int error = fs->read_only ? -EROFS : walk(fs, old_path, &from);

	if (error)
		return error;
	error = walk(fs, new_path, &to);
	if (!error) {
		lock_two(from.dir, to.dir);
		error = move_name(fs, &from, &to);
		unlock_two(from.dir, to.dir);
		put_inode(fs, to.dir);
	}
	put_inode(fs, from.dir);
	return error;
}

/* --- files --- */

ssize_t fake_readlink(struct fake_mount *m, const char *path, char *buffer)
{
	struct inode *inode;
	int n = find(&m->fs, path, &inode);

	if (n)
		return n;
	n = (inode->a.mode & S_IFMT) == S_IFLNK
		    ? checked(&m->fs, "read_link",
			      m->fs.ops->read_link(&m->fs, inode->number, buffer, 4095), true)
		    : -EINVAL;
	put_inode(&m->fs, inode);
	if (n >= 0)
		buffer[n] = 0;
	return n;
}

int fake_stat(struct fake_mount *m, const char *path, struct filesystem_attributes *attributes)
{
	struct inode *inode;
	int error = find(&m->fs, path, &inode);

	if (error)
		return error;
	*attributes = inode->a;
	put_inode(&m->fs, inode);
	return 0;
}

static ssize_t write_some(struct filesystem_mount *fs, struct inode *i, const u8 *data,
			  size_t bytes, u64 offset)
{
	size_t done = 0;
	int error = 0;

	if (offset + bytes > fs->info.max_bytes)
		return -EFBIG;
	while (done < bytes && !error) {
		u32 at = (u32)((offset + done) % FAKE_BLOCK), n = FAKE_BLOCK - at;

		n = n < bytes - done ? n : (u32)(bytes - done);
		error = write_block(fs, i, (offset + done) / FAKE_BLOCK, data + done, at, n);
		done += error ? 0 : n;
	}
	if (done && offset + done > i->a.bytes) {
		i->a.bytes = offset + done;
		write_inode(fs, i);
	}
	return done ? (ssize_t)done : error;
}

ssize_t fake_pwrite(struct fake_mount *m, const char *path, const void *data, size_t bytes,
		    u64 offset)
{
	struct inode *inode;
	ssize_t n = m->fs.read_only ? -EROFS : find(&m->fs, path, &inode);

	if (n == -ENOENT) {
		n = fake_create(m, path, S_IFREG | 0644);
		n = n ? n : find(&m->fs, path, &inode);
	}
	if (n)
		return n;
	lock_inode(inode);
	n = (inode->a.mode & S_IFMT) == S_IFREG ? write_some(&m->fs, inode, data, bytes, offset)
	    : is_dir(inode)			? -EISDIR
						: -EINVAL;
	unlock_inode(inode);
	put_inode(&m->fs, inode);
	return n;
}

static ssize_t read_some(struct filesystem_mount *fs, struct inode *i, u8 *data, size_t bytes,
			 u64 offset)
{
	u8 block[FAKE_BLOCK];
	size_t done = 0;

	if (offset >= i->a.bytes)
		return 0;
	bytes = bytes < i->a.bytes - offset ? bytes : (size_t)(i->a.bytes - offset);
	while (done < bytes) {
		u32 at = (u32)((offset + done) % FAKE_BLOCK), n = FAKE_BLOCK - at;
		int error = read_block(fs, i, (offset + done) / FAKE_BLOCK, block);

		if (error)
			return done ? (ssize_t)done : error;
		n = n < bytes - done ? n : (u32)(bytes - done);
		memcpy(data + done, block + at, n);
		done += n;
	}
	return (ssize_t)done;
}

static ssize_t read_inode_bytes(struct fake_mount *m, struct inode *inode, void *data, size_t bytes,
				u64 offset)
{
	ssize_t n;

	lock_inode(inode);
	n = (inode->a.mode & S_IFMT) == S_IFREG ? read_some(&m->fs, inode, data, bytes, offset)
	    : is_dir(inode)			? -EISDIR
						: -EINVAL;
	unlock_inode(inode);
	return n;
}

ssize_t fake_pread(struct fake_mount *m, const char *path, void *data, size_t bytes, u64 offset)
{
	struct inode *inode;
	ssize_t n = find(&m->fs, path, &inode);

	if (n)
		return n;
	n = read_inode_bytes(m, inode, data, bytes, offset);
	put_inode(&m->fs, inode);
	return n;
}

ssize_t fake_pread_inode(struct fake_mount *m, u64 inode, void *data, size_t bytes, u64 offset)
{
	struct inode *i = known(&m->fs, inode);

	return i ? read_inode_bytes(m, i, data, bytes, offset) : -ESTALE;
}

/* What is behind the end in the last block becomes zero, as in the core. */
static int cut_last_block(struct filesystem_mount *fs, struct inode *i, u64 bytes)
{
	static const u8 zeroes[FAKE_BLOCK];
	u32 at = (u32)(bytes % FAKE_BLOCK);
	struct filesystem_extent e;
	int error;

	if (!at || bytes >= i->a.bytes)
		return 0;
	error = map(fs, i, bytes / FAKE_BLOCK * FAKE_BLOCK, FAKE_BLOCK, false, &e);
	if (error || (e.type == FILESYSTEM_HOLE && !dirty_at(i, bytes / FAKE_BLOCK)))
		return error;
	return write_block(fs, i, bytes / FAKE_BLOCK, zeroes, at, FAKE_BLOCK - at);
}

int fake_truncate(struct fake_mount *m, const char *path, u64 bytes)
{
	struct filesystem_mount *fs = &m->fs;
	struct inode *inode;
	int error = fs->read_only ? -EROFS : find(fs, path, &inode);

	if (error)
		return error;
	lock_inode(inode);
	error = (inode->a.mode & S_IFMT) != S_IFREG ? -EISDIR : cut_last_block(fs, inode, bytes);
	if (!error && bytes < inode->a.bytes) {
		drop_dirties(inode, (bytes + FAKE_BLOCK - 1) / FAKE_BLOCK);
		inode->a.bytes = bytes;
		error = CALL(fs, truncate, inode->number, bytes);
		refresh_room(fs, inode);
	} else if (!error) {
		inode->a.bytes = bytes;
	}
	if (!error)
		error = write_inode(fs, inode);
	unlock_inode(inode);
	put_inode(fs, inode);
	return error;
}

bool filesystem_emit(struct filesystem_sink *sink, const char *name, u32 length, u64 inode,
		     u32 mode)
{
	struct entry *e;

	if (!sink->room)
		return false;
	if (!length || length > 255) {
		complain("filesystem_emit: a name of %u bytes", length);
		return false;
	}
	e = host_alloc(sizeof(*e));
	memcpy(e->name, name, length);
	e->inode = inode;
	list_add_tail(&e->node, &sink->entries);
	sink->room--;
	sink->nr++;
	return true;
}

int fake_list(struct fake_mount *m, const char *path,
	      void (*found)(void *data, const char *name, u64 inode), void *data)
{
	struct filesystem_sink sink = { .nr = 0 };
	u64 position = 0, before;
	struct inode *dir;
	int error = find(&m->fs, path, &dir);

	if (error)
		return error;
	INIT_LIST_HEAD(&sink.entries);
	lock_inode(dir);
	error = is_dir(dir) ? 0 : -ENOTDIR;
	/* Few at a time, so that it goes on in the middle. */
	while (!error && sink.nr < LONGEST_LISTING) {
		sink.room = 5;
		before = position;
		error = CALL(&m->fs, iterate, dir->number, &position, &sink);
		if (position < before)
			complain("iterate goes back");
		if (position == before || sink.room)
			break;
	}
	unlock_inode(dir);
	put_inode(&m->fs, dir);
	while (!list_empty(&sink.entries)) {
		struct entry *e = list_first_entry(&sink.entries, struct entry, node);

		if (found)
			found(data, e->name, e->inode);
		list_del(&e->node);
		host_free(e);
	}
	return error ? error : (int)sink.nr;
}

struct filesystem_space fake_space(struct fake_mount *m)
{
	struct filesystem_space s = { .size = sizeof(s) };

	CALL(&m->fs, space, &s);
	return s;
}

int fake_hold(struct fake_mount *m, const char *path, u64 *inode)
{
	struct inode *i;
	int error = find(&m->fs, path, &i);

	if (!error)
		*inode = i->number;
	return error;
}

void fake_release(struct fake_mount *m, u64 inode)
{
	struct inode *i = known(&m->fs, inode);

	if (i)
		put_inode(&m->fs, i);
}
