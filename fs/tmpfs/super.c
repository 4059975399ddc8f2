/* SPDX-License-Identifier: MIT */
/* Instances of tmpfs: options, limits, statfs. ramfs and rootfs are tmpfs without limits. */
#include <fs/seq_file.h>
#include <fs/tmpfs.h>
#include <lib/parse.h>
#include <lib/string.h>
#include <mm/slab.h>
#include <uapi/magic.h>

#include "tmpfs.h"

enum { OPT_SIZE, OPT_NR_BLOCKS, OPT_NR_INODES, OPT_MODE, OPT_UID, OPT_GID, OPT_HUGE, OPT_MPOL };

static const struct option_name options_of_tmpfs[] = {
	{ "size", OPT_SIZE },
	{ "nr_blocks", OPT_NR_BLOCKS },
	{ "nr_inodes", OPT_NR_INODES },
	{ "mode", OPT_MODE },
	{ "uid", OPT_UID },
	{ "gid", OPT_GID },
	{ NULL, 0 },
};

struct limits {
	u64 max_blocks, max_inodes;
	u32 uid, gid, mode;
	bool has_blocks, has_inodes, has_mode, has_uid, has_gid;
};

/* "512M" or "50%" of memory, in pages. */
static int parse_size(const char *value, u64 *blocks)
{
	char *end;
	u64 n = memparse(value, &end);

	if (*end == '%') {
		n = n * total_ram_pages() / 100;
		end++;
	} else {
		n = DIV_ROUND_UP(n, PAGE_SIZE);
	}
	*blocks = n;
	return *end || end == value ? -EINVAL : 0;
}

static int parse_count(const char *value, u64 *n)
{
	char *end;

	*n = memparse(value, &end);
	return *end || end == value ? -EINVAL : 0;
}

static int parse_one(struct limits *l, const char *name, const char *value)
{
	int token = match_option(options_of_tmpfs, name);

	if (token < 0 || !value)
		return -EINVAL;
	switch (token) {
	case OPT_SIZE: l->has_blocks = true; return parse_size(value, &l->max_blocks);
	case OPT_NR_BLOCKS: l->has_blocks = true; return parse_count(value, &l->max_blocks);
	case OPT_NR_INODES: l->has_inodes = true; return parse_count(value, &l->max_inodes);
	case OPT_MODE:
		l->has_mode = true;
		if (kstrtouint(value, 8, &l->mode))
			return -EINVAL;
		l->mode &= 07777;
		return 0;
	case OPT_UID: l->has_uid = true; return kstrtouint(value, 0, &l->uid);
	case OPT_GID: l->has_gid = true; return kstrtouint(value, 0, &l->gid);
	default: return -EINVAL;
	}
}

static int parse(char *options, struct limits *l)
{
	char *name, *value;

	while ((name = next_option(&options, &value))) {
		int error = *name ? parse_one(l, name, value) : 0;

		if (error) {
			pr_warn("tmpfs: bad option '%s%s%s'\n", name, value ? "=" : "",
				value ?: "");
			return error;
		}
	}
	return 0;
}

static int tmpfs_remount(struct super_block *sb, unsigned int *flags, char *options)
{
	struct tmpfs_super *s = tmpfs_s(sb);
	struct limits l = { 0 };
	int error = parse(options, &l);

	if (error)
		return error;
	/* what was never counted cannot be limited afterwards; limits cannot fall below what is used */
	if (l.has_blocks && l.max_blocks &&
	    (!s->max_blocks || (u64)atomic64_read(&s->blocks) > l.max_blocks))
		return -EINVAL;
	if (l.has_inodes && l.max_inodes &&
	    (!s->max_inodes || (u64)atomic64_read(&s->inodes) > l.max_inodes))
		return -EINVAL;
	if (l.has_blocks && (l.max_blocks || !s->max_blocks))
		s->max_blocks = l.max_blocks;
	if (l.has_inodes && (l.max_inodes || !s->max_inodes))
		s->max_inodes = l.max_inodes;
	return 0;
}

static int tmpfs_statfs(struct dentry *root, struct kstatfs *buf)
{
	struct tmpfs_super *s = tmpfs_s(root->sb);

	buf->type = root->sb->magic;
	buf->bsize = PAGE_SIZE;
	buf->namelen = 255;
	if (s->max_blocks) {
		u64 used = atomic64_read(&s->blocks);

		buf->blocks = s->max_blocks;
		buf->bfree = buf->bavail = used < s->max_blocks ? s->max_blocks - used : 0;
	}
	if (s->max_inodes) {
		buf->files = s->max_inodes;
		buf->ffree = s->max_inodes - atomic64_read(&s->inodes);
	}
	return 0;
}

static int tmpfs_show_options(struct seq_file *m, struct dentry *root)
{
	struct tmpfs_super *s = tmpfs_s(root->sb);

	if (s->max_blocks && s->max_blocks != total_ram_pages() / 2)
		seq_printf(m, ",size=%lluk",
			   (unsigned long long)s->max_blocks << (PAGE_SHIFT - 10));
	if (s->max_inodes && s->max_inodes != total_ram_pages() / 2)
		seq_printf(m, ",nr_inodes=%llu", (unsigned long long)s->max_inodes);
	if (s->mode != (s->memory_only ? 0755 : 01777))
		seq_printf(m, ",mode=%03o", s->mode);
	if (s->uid)
		seq_printf(m, ",uid=%u", s->uid);
	if (s->gid)
		seq_printf(m, ",gid=%u", s->gid);
	return 0;
}

static void tmpfs_put_super(struct super_block *sb)
{
	kfree(sb->fs_info);
	sb->fs_info = NULL;
}

static const struct super_operations tmpfs_super_operations = {
	.alloc_inode = tmpfs_alloc_inode,
	.free_inode = tmpfs_free_inode,
	.evict_inode = tmpfs_evict_inode,
	.statfs = tmpfs_statfs,
	.remount = tmpfs_remount,
	.show_options = tmpfs_show_options,
	.put_super = tmpfs_put_super,
};

static int fill(struct super_block *sb, struct limits *l, bool memory_only)
{
	struct tmpfs_super *s = kzalloc(sizeof(*s), GFP_KERNEL);
	struct inode *root;

	if (!s)
		return -ENOMEM;
	sb->fs_info = s;
	sb->magic = memory_only ? RAMFS_MAGIC : TMPFS_MAGIC;
	sb->ops = &tmpfs_super_operations;
	*s = (struct tmpfs_super){
		.max_blocks = l->max_blocks,
		.max_inodes = l->max_inodes,
		.uid = l->uid,
		.gid = l->gid,
		.mode = l->mode,
		.memory_only = memory_only,
	};
	root = tmpfs_new_inode(sb, NULL, S_IFDIR | l->mode, 0);
	if (IS_ERR(root))
		return PTR_ERR(root);
	root->uid = l->uid;
	root->gid = l->gid;
	sb->root = d_make_root(root);
	return sb->root ? 0 : -ENOMEM;
}

static int fill_tmpfs(struct super_block *sb, void *data, bool silent)
{
	unsigned long pages = total_ram_pages();
	struct limits l = {
		.max_blocks = pages / 2,
		.max_inodes = pages / 2,
		.mode = 01777,
		.uid = current_cred()->fsuid,
		.gid = current_cred()->fsgid,
	};
	int error = parse(data, &l);

	return error ?: fill(sb, &l, false);
}

static int fill_unlimited(struct super_block *sb, void *data, bool silent)
{
	struct limits l = { .mode = 0755 };
	int error = parse(data, &l);

	l.max_blocks = l.max_inodes = 0;
	return error ?: fill(sb, &l, true);
}

/* For the kernel's own mounts: no limits, mode 0777 and sticky. */
int tmpfs_fill(struct super_block *sb, void *data, bool silent)
{
	struct limits l = { .mode = 01777 };

	return fill(sb, &l, false);
}

static struct dentry *mount_tmpfs(struct file_system_type *type, unsigned int flags,
				  const char *device, char *options)
{
	return mount_nodev(type, flags, options, fill_tmpfs);
}

static struct dentry *mount_unlimited(struct file_system_type *type, unsigned int flags,
				      const char *device, char *options)
{
	return mount_nodev(type, flags, options, fill_unlimited);
}

static struct file_system_type tmpfs_type = { .name = "tmpfs", .mount = mount_tmpfs, .kill_sb = kill_litter_super };
static struct file_system_type ramfs_type = { .name = "ramfs", .mount = mount_unlimited, .kill_sb = kill_litter_super };
static struct file_system_type rootfs_type = { .name = "rootfs", .mount = mount_unlimited, .kill_sb = kill_litter_super };

void tmpfs_init(void)
{
	tmpfs_cache_init();
	if (register_filesystem(&tmpfs_type) || register_filesystem(&ramfs_type) ||
	    register_filesystem(&rootfs_type))
		panic("tmpfs: cannot register");
}
