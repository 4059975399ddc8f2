/* SPDX-License-Identifier: MIT */
/* Names, walks and mounts from inside: what programs cannot see. */
#include <fs/calls.h>
#include <fs/files.h>
#include <fs/sysfs.h>
#include <fs/vfs.h>
#include <kernel/ktest.h>
#include <kernel/sched.h>
#include <kernel/time.h>
#include <lib/err.h>
#include <lib/printf.h>
#include <mm/slab.h>
#include <uapi/fcntl.h>
#include <uapi/fs.h>
#include <uapi/stat.h>

#include "internal.h"
#include "mount.h"
#include "name_hash.h"

KTEST_SUITE("vfs");

static long with_name(const char *text, long (*call)(int dfd, struct pathname *name))
{
	struct pathname name;
	long r = pathname_from_kernel(&name, text);

	if (!r) {
		r = call(AT_FDCWD, &name);
		pathname_put(&name);
	}
	return r;
}

static long mkdir_0755(int dfd, struct pathname *name) { return do_mkdirat(dfd, name, 0755); }
static int make_dir(const char *path) { return with_name(path, mkdir_0755); }
static int remove_dir(const char *path) { return with_name(path, do_rmdirat); }
static int remove_file(const char *path) { return with_name(path, do_unlinkat); }

static int make_file(const char *path)
{
	struct file *file = filp_open(path, O_CREAT | O_RDWR, 0644);

	if (IS_ERR(file))
		return PTR_ERR(file);
	fput_sync(file);
	return 0;
}

static int rename_to(const char *from, const char *to, unsigned int flags)
{
	struct pathname a, b;
	int r;

	if (pathname_from_kernel(&a, from) || pathname_from_kernel(&b, to))
		return -ENAMETOOLONG;
	r = do_renameat2(AT_FDCWD, &a, AT_FDCWD, &b, flags);
	pathname_put(&a);
	pathname_put(&b);
	return r;
}

KTEST_CASE(names_hash_the_same_by_text_and_by_length)
{
	static const char text[] = "abcdefghijklmnopqrstuvwxyz/rest";

	for (unsigned int len = 1; len <= 26; len++) {
		char copy[40];
		struct qstr q;

		memcpy(copy, text, len);
		copy[len] = len & 1 ? '/' : 0;
		q = qstr_of(copy, len);
		KTEST_EXPECT_EQ(name_hash_len(copy), q.hash_len);
		KTEST_EXPECT_EQ(q.len, len);
	}
}

KTEST_CASE(words_do_not_reach_into_the_next_page)
{
	char *page = (char *)vmalloc(PAGE_SIZE); /* an unmapped page behind it */

	KTEST_ASSERT(page);
	for (unsigned int len = 1; len < 20; len++) {
		char *name = page + PAGE_SIZE - len - 1;
		char padded[24] = "";

		memset(name, 'x', len);
		name[len] = 0;
		KTEST_EXPECT_EQ(name_hash_len(name), qstr_of(name, len).hash_len);
		memcpy(padded, name, len);
		KTEST_EXPECT(name_equal(padded, name, len));
		padded[len - 1] = 'y';
		KTEST_EXPECT(!name_equal(padded, name, len));
	}
	vfree(page);
}

struct seen { bool rcu; u64 ino; unsigned int calls; };

static int note(const struct path *path, struct inode *inode, bool rcu, void *arg)
{
	struct seen *s = arg;

	s->rcu = rcu;
	s->ino = inode->ino;
	s->calls++;
	return 0;
}

static int look(const char *path, struct seen *s)
{
	struct pathname name;
	int r = pathname_from_kernel(&name, path);

	s->calls = 0;
	if (!r) {
		r = path_apply(AT_FDCWD, &name, LOOKUP_FOLLOW, note, s);
		pathname_put(&name);
	}
	return r;
}

KTEST_CASE(a_cached_name_is_looked_at_without_references)
{
	struct seen s;
	struct path path;
	int before;

	KTEST_ASSERT_EQ(make_dir("/ktest"), 0);
	KTEST_ASSERT_EQ(make_file("/ktest/file"), 0);
	KTEST_EXPECT_EQ(look("/ktest/file", &s), 0);
	/* lint: clang-analyzer-core.uninitialized.Assign: look() fills it */
	KTEST_EXPECT(s.rcu);
	KTEST_EXPECT_EQ(s.calls, 1);
	KTEST_ASSERT_EQ(kern_path("/ktest/file", 0, &path), 0);
	before = path.dentry->count;
	for (unsigned int i = 0; i < 100; i++)
		look("/ktest/file", &s);
	KTEST_EXPECT_EQ(path.dentry->count, before);
	path_put(&path);
	KTEST_EXPECT_EQ(remove_file("/ktest/file"), 0);
	KTEST_EXPECT_EQ(look("/ktest/file", &s), -ENOENT);
	KTEST_EXPECT_EQ(remove_dir("/ktest"), 0);
}

/* Between the moment at which a name is hashed and d_lookup_done() others find it: it is not theirs to look up. */
KTEST_CASE(a_name_is_looked_up_once)
{
	struct qstr name = qstr_of("name", 4);
	struct dentry *first, *second;
	struct path dir;
	bool is_new;

	KTEST_ASSERT_EQ(make_dir("/ktest"), 0);
	KTEST_ASSERT_EQ(kern_path("/ktest", 0, &dir), 0);
	down_read(&dir.dentry->inode->rwsem);
	first = d_alloc_parallel(dir.dentry, &name, &is_new);
	if (IS_ERR(first)) {
		up_read(&dir.dentry->inode->rwsem);
		path_put(&dir);
		KTEST_FAIL("no dentry: %ld", PTR_ERR(first));
		return;
	}
	KTEST_EXPECT(is_new);
	d_add(first, NULL);
	second = d_alloc_parallel(dir.dentry, &name, &is_new);
	KTEST_EXPECT(second == first);
	KTEST_EXPECT(!is_new);
	d_lookup_done(first);
	up_read(&dir.dentry->inode->rwsem);
	dput(second);
	dput(first);
	path_put(&dir);
	KTEST_EXPECT_EQ(remove_dir("/ktest"), 0);
}

KTEST_CASE(dentries_and_inodes_go_with_their_names)
{
	unsigned long dentries, inodes;

	KTEST_ASSERT_EQ(make_dir("/ktest"), 0);
	mm_settle(); /* what others have closed goes by then */
	dentries = dentry_count() - dentry_unused_count();
	inodes = inode_count();
	for (unsigned int i = 0; i < 200; i++) {
		char name[32];

		snprintf(name, sizeof(name), "/ktest/f%u", i);
		KTEST_ASSERT_EQ(make_file(name), 0);
	}
	KTEST_EXPECT_EQ(inode_count(), inodes + 200);
	for (unsigned int i = 0; i < 200; i++) {
		char name[32];

		snprintf(name, sizeof(name), "/ktest/f%u", i);
		KTEST_EXPECT_EQ(remove_file(name), 0);
	}
	KTEST_EXPECT_EQ(inode_count(), inodes);
	KTEST_EXPECT_EQ(dentry_count() - dentry_unused_count(), dentries);
	KTEST_EXPECT_EQ(remove_dir("/ktest"), 0);
}

/* --- walks against renames: a walker must always find one of the two names, and never anything else --- */

static struct {
	bool stop;
	atomic_t wrong, walks;
	u64 ino;
	atomic_t running;
} race;

static int walker(void *unused)
{
	while (!READ_ONCE(race.stop)) {
		struct seen s;
		int a = look("/ktest/one/deep/file", &s);

		if (!a && s.ino != race.ino)
			atomic_inc(&race.wrong);
		if (a && a != -ENOENT)
			atomic_inc(&race.wrong);
		atomic_inc(&race.walks);
		cond_resched();
	}
	atomic_dec(&race.running);
	return 0;
}

KTEST_CASE(walks_survive_renames)
{
	struct seen s;
	u64 end;

	KTEST_ASSERT_EQ(make_dir("/ktest"), 0);
	KTEST_ASSERT_EQ(make_dir("/ktest/one"), 0);
	KTEST_ASSERT_EQ(make_dir("/ktest/one/deep"), 0);
	KTEST_ASSERT_EQ(make_file("/ktest/one/deep/file"), 0);
	KTEST_ASSERT_EQ(look("/ktest/one/deep/file", &s), 0);
	race.ino = s.ino;
	race.stop = false;
	atomic_set(&race.wrong, 0);
	atomic_set(&race.walks, 0);
	atomic_set(&race.running, 3);
	for (unsigned int i = 0; i < 3; i++)
		KTEST_ASSERT(!IS_ERR(kthread_run(walker, NULL, "walker")));
	end = ktime_get_ns() + NSEC_PER_SEC / 2;
	while (ktime_get_ns() < end || !atomic_read(&race.walks)) {
		KTEST_EXPECT_EQ(rename_to("/ktest/one", "/ktest/two", 0), 0);
		KTEST_EXPECT_EQ(rename_to("/ktest/two/deep", "/ktest/deep", 0), 0);
		KTEST_EXPECT_EQ(rename_to("/ktest/deep", "/ktest/two/deep", 0), 0);
		KTEST_EXPECT_EQ(rename_to("/ktest/two", "/ktest/one", 0), 0);
		cond_resched();
	}
	WRITE_ONCE(race.stop, true);
	while (atomic_read(&race.running))
		msleep(1);
	KTEST_EXPECT_EQ(atomic_read(&race.wrong), 0);
	ktest_note("%d walks", atomic_read(&race.walks));
	KTEST_EXPECT_EQ(remove_file("/ktest/one/deep/file"), 0);
	KTEST_EXPECT_EQ(remove_dir("/ktest/one/deep"), 0);
	KTEST_EXPECT_EQ(remove_dir("/ktest/one"), 0);
	KTEST_EXPECT_EQ(remove_dir("/ktest"), 0);
}

KTEST_CASE(a_directory_cannot_be_moved_into_itself)
{
	KTEST_ASSERT_EQ(make_dir("/ktest"), 0);
	KTEST_ASSERT_EQ(make_dir("/ktest/a"), 0);
	KTEST_ASSERT_EQ(make_dir("/ktest/a/b"), 0);
	KTEST_EXPECT_EQ(rename_to("/ktest/a", "/ktest/a/b/c", 0), -EINVAL);
	KTEST_EXPECT_EQ(rename_to("/ktest/a/b", "/ktest/a", 0), -ENOTEMPTY);
	KTEST_EXPECT_EQ(rename_to("/ktest/a", "/ktest/a/b", RENAME_EXCHANGE), -EINVAL);
	KTEST_EXPECT_EQ(remove_dir("/ktest/a/b"), 0);
	KTEST_EXPECT_EQ(remove_dir("/ktest/a"), 0);
	KTEST_EXPECT_EQ(remove_dir("/ktest"), 0);
}

/* --- kernfs: removal waits for readers --- */

static atomic_t inside;
static bool let_go;

static ssize_t slow_show(void *object, const struct sysfs_attribute *attr, char *buf)
{
	atomic_inc(&inside);
	while (!READ_ONCE(let_go))
		msleep(1);
	atomic_dec(&inside);
	return sysfs_emit(buf, "done\n");
}

static const struct sysfs_attribute slow = { "slow", 0444, slow_show, NULL, NULL };
static atomic_t readers;

static int slow_reader(void *file)
{
	char buf[16];
	loff_t pos = 0;

	kernel_read(file, buf, sizeof(buf), &pos);
	atomic_dec(&readers);
	return 0;
}

static int release_later(void *unused)
{
	msleep(20);
	WRITE_ONCE(let_go, true);
	atomic_dec(&readers);
	return 0;
}

KTEST_CASE(removing_an_attribute_waits_for_its_readers)
{
	sysfs_dir_t *dir = sysfs_create_dir(sysfs_kernel, "ktest", NULL);
	struct path path = { .mount = NULL };
	struct file_system_type *type = get_fs_type("sysfs");
	struct mount *m = type ? kern_mount(type) : ERR_PTR(-ENODEV);
	struct dentry *kernel, *ktest, *attr;
	struct file *file;
	char buf[16];
	loff_t pos = 0;

	KTEST_ASSERT(!IS_ERR(dir) && !IS_ERR(m));
	put_fs_type(type);
	KTEST_ASSERT_EQ(sysfs_create_file(dir, &slow), 0);
	down_write(&m->root->inode->rwsem);
	kernel = lookup_one_locked("kernel", m->root, 6);
	up_write(&m->root->inode->rwsem);
	KTEST_ASSERT(!IS_ERR(kernel) && d_is_positive(kernel));
	down_write(&kernel->inode->rwsem);
	ktest = lookup_one_locked("ktest", kernel, 5);
	up_write(&kernel->inode->rwsem);
	KTEST_ASSERT(!IS_ERR(ktest) && d_is_positive(ktest));
	down_write(&ktest->inode->rwsem);
	attr = lookup_one_locked("slow", ktest, 4);
	up_write(&ktest->inode->rwsem);
	KTEST_ASSERT(!IS_ERR(attr) && d_is_positive(attr));
	path = (struct path){ m, attr };
	file = dentry_open(&path, O_RDONLY);
	KTEST_ASSERT(!IS_ERR(file));
	let_go = false;
	atomic_set(&inside, 0);
	atomic_set(&readers, 2);
	KTEST_ASSERT(!IS_ERR(kthread_run(slow_reader, file, "reader")));
	while (!atomic_read(&inside))
		msleep(1);
	KTEST_ASSERT(!IS_ERR(kthread_run(release_later, NULL, "release")));
	sysfs_remove(dir);
	KTEST_EXPECT_EQ(atomic_read(&inside), 0); /* nobody is in it any more */
	while (atomic_read(&readers))
		msleep(1);
	KTEST_EXPECT_EQ(kernel_read(file, buf, sizeof(buf), &pos), -ENODEV);
	fput_sync(file);
	dput(attr);
	dput(ktest);
	dput(kernel);
}
