/* SPDX-License-Identifier: MIT */
/* The fake PCI bus and the fake block and filesystem classes: a driver that breaks their contracts is caught. drivers: */
#include <kit/block.h>
#include <kit/dma.h>
#include <kit/errno.h>
#include <kit/filesystem.h>
#include <kit/memory.h>
#include <kit/mmio.h>
#include <kit/module.h>
#include <kit/pci.h>
#include <uapi/stat.h>
#include "fake_block.h"
#include "fake_fs.h"
#include "fake_pci.h"
#include "fakekit.h"

/* --- a PCI device with a disk --- */

static int (*crime)(struct block_queue *queue, struct block_request *request);
static u32 features;
static bool enables = true;
static struct device *card;
static struct block_device *disk;
static struct block_request *kept;
static u64 kept_address;

static int submit(struct block_queue *queue, struct block_request *request) { return crime(queue, request); }
static const struct block_operations operations = { .size = sizeof(operations), .submit = submit };

static int probe(struct device *device, const struct pci_id *id)
{
	struct block_params params = {
		.size = sizeof(params),
		.name = "victim",
		.operations = &operations,
		.nr_sectors = 4,
		.nr_queues = 1,
		.depth = 4,
		.logical_block = 512,
		.features = features,
		.timeout_ms = 100,
	};
	void __iomem *registers = mmio_map(device, 0);

	if (enables && pci_enable(device))
		return -EIO;
	if (IS_ERR(registers) || readl(registers) == 5)
		return -EIO;
	pci_set_master(device, true);
	disk = block_register(THIS_MODULE, device, &params);
	return IS_ERR(disk) ? (int)PTR_ERR(disk) : 0;
}

static const struct pci_id ids[] = { PCI_ID(1, 2) };
static const struct pci_driver driver = { .size = sizeof(driver), .nr_ids = 1, .name = "crimes", .ids = ids, .probe = probe };
static int crimes_init(void) { return pci_driver_register(THIS_MODULE, &driver); }
static void crimes_exit(void) { }
module_init(crimes_init);
module_exit(crimes_exit);

static void commit(int (*what)(struct block_queue *queue, struct block_request *request),
		   const char *complaint)
{
	static const struct fake_pci pci = { .vendor = 1,
					     .device = 2,
					     .bars = { { 4096, FAKE_BAR_32 } } };
	u8 data[512];

	crime = what;
	card = fake_pci_device("0000:00:04.0", &pci);
	fake_mmio(card, 0, 4096, NULL, NULL, NULL);
	fake_expect_complaint(complaint);
	EXPECT_EQ(fake_load(), 0);
	if (what)
		fake_disk_io("victim", BLOCK_READ, 0, data, 512);
}

FAKE_TEST(registers_before_pci_enable)
{
	enables = false;
	commit(NULL, "while the device does not decode");
}

static int positive(struct block_queue *queue, struct block_request *request) { return 1; }
FAKE_TEST(a_positive_errno) { commit(positive, "submit returned 1"); }

static int looks_back(struct block_queue *queue, struct block_request *request)
{
	block_complete(request, 0);
	return block_request_bytes(request) == 12345;
}
FAKE_TEST(a_request_that_was_ended) { commit(looks_back, "a request is looked at that the driver has not"); }

static int takes_memory(struct block_queue *queue, struct block_request *request)
{
	EXPECT(block_request_memory(request, 0) != NULL);
	block_complete(request, 0);
	return 0;
}
FAKE_TEST(memory_without_saying_so) { commit(takes_memory, "block_request_memory without BLOCK_CPU_DATA"); }

static int looks_too_far(struct block_queue *queue, struct block_request *request)
{
	u64 address;

	EXPECT_EQ(block_request_segment(request, block_request_segments(request), &address), 0);
	block_complete(request, 0);
	return 0;
}
FAKE_TEST(a_segment_too_far) { commit(looks_too_far, "a segment is looked at that the request has not"); }

static void ends_late(void *unused) { block_complete(kept, 0); }
static int is_slow(struct block_queue *queue, struct block_request *request)
{
	kept = request;
	fake_after(1000000, ends_late, NULL);
	return 0;
}
FAKE_TEST(synchronous_and_slow)
{
	features = BLOCK_CPU_DATA | BLOCK_SYNCHRONOUS;
	commit(is_slow, "is not ended when submit returns");
}

/* The device goes on writing into memory that is a program's again. */
static void writes_late(void *unused) { EXPECT(!fake_dma(card, kept_address, 1)); }
static int ends_too_early(struct block_queue *queue, struct block_request *request)
{
	block_request_segment(request, 0, &kept_address);
	block_complete(request, 0);
	fake_after(1000, writes_late, NULL);
	return 0;
}
FAKE_TEST(ended_while_the_device_has_it)
{
	commit(ends_too_early, "which are not lent to it");
	fake_sleep(1000000);
}

static int never_ends(struct block_queue *queue, struct block_request *request)
{
	kept = request;
	return 0;
}
static void pulls(void *unused) { block_gone(disk); }
static void gives_up(void *unused) { block_complete(kept, -EIO); }
FAKE_TEST(ends_all_of_a_disk_that_runs)
{
	u8 data[512];
	struct fake_io *io;

	commit(NULL, "neither quiesced nor gone");
	crime = never_ends;
	io = fake_disk_start("victim", 0, BLOCK_READ, 0, data, 512, 0);
	block_end_all(disk, -EIO);
	EXPECT_EQ(fake_io_wait(io), -EIO);
}

FAKE_TEST(resumes_what_is_not_quiesced)
{
	commit(NULL, "block_resume of a disk that is not quiesced");
	block_resume(disk);
}

/* Not crimes: time-outs are told until the request is ended, and removal waits for that. */
FAKE_TEST(time_outs_and_removal)
{
	u8 data[512];
	struct fake_io *io;

	commit(NULL, "block_resume of a disk");
	block_resume(disk);
	crime = never_ends;
	io = fake_disk_start("victim", 0, BLOCK_READ, 0, data, 512, 0);
	fake_sleep(350000000);
	EXPECT_EQ(fake_disk_timeouts("victim"), 3);
	fake_after(1000000, pulls, NULL);
	fake_after(200000000, gives_up, NULL);
	fake_unbind(card);
	EXPECT_EQ(fake_io_wait(io), -EIO);
	EXPECT(!fake_disk_exists("victim"));
}

/* --- a file system --- */

static int (*lookup_crime)(struct filesystem_mount *fs);

static int fs_mount(struct filesystem_mount *fs, const char *options, bool read_only,
		    struct filesystem_info *info)
{
	info->root = 1;
	info->max_bytes = 1 << 20;
	return 0;
}
static void fs_unmount(struct filesystem_mount *fs) { }
static int fs_space(struct filesystem_mount *fs, struct filesystem_space *space) { return 0; }
static int fs_read(struct filesystem_mount *fs, u64 inode, struct filesystem_attributes *a)
{
	a->mode = inode == 1 ? S_IFDIR | 0755 : S_IFREG | 0644;
	a->links = 2;
	a->bytes = 100;
	return 0;
}
static int fs_write(struct filesystem_mount *fs, u64 inode, const struct filesystem_attributes *a) { return 0; }
static int fs_truncate(struct filesystem_mount *fs, u64 inode, u64 bytes) { return 0; }
static void fs_evict(struct filesystem_mount *fs, u64 inode, bool unlinked) { }
static int fs_map(struct filesystem_mount *fs, u64 inode, u64 offset, u64 length, bool write,
		  struct filesystem_extent *e)
{
	e->type = FILESYSTEM_HOLE;
	e->offset = offset + 4096;
	e->length = 4096;
	return 0;
}
static int fs_lookup(struct filesystem_mount *fs, u64 directory, const char *name, u32 length,
		     u64 *inode)
{
	*inode = 2;
	return lookup_crime ? lookup_crime(fs) : 0;
}
static int fs_create(struct filesystem_mount *fs, u64 directory, const char *name, u32 length,
		     const struct filesystem_attributes *a, const char *target, u64 *inode)
{
	return -ENOSPC;
}
static int fs_link(struct filesystem_mount *fs, u64 directory, const char *name, u32 length, u64 inode) { return -ENOSPC; }
static int fs_rename(struct filesystem_mount *fs, u64 old_directory, const char *old_name,
		     u32 old_length, u64 new_directory, const char *new_name, u32 new_length,
		     u64 inode, u64 replaced)
{
	return -ENOSPC;
}
static int fs_iterate(struct filesystem_mount *fs, u64 directory, u64 *position, struct filesystem_sink *sink) { return 0; }
static int fs_read_link(struct filesystem_mount *fs, u64 inode, char *buffer, u32 size) { return -EINVAL; }

static const struct filesystem_operations fs_operations = {
	.size = sizeof(fs_operations),
	.mount = fs_mount,
	.unmount = fs_unmount,
	.space = fs_space,
	.read_inode = fs_read,
	.write_inode = fs_write,
	.truncate = fs_truncate,
	.evict = fs_evict,
	.map = fs_map,
	.lookup = fs_lookup,
	.create = fs_create,
	.link = fs_link,
	.remove = fs_link,
	.rename = fs_rename,
	.iterate = fs_iterate,
	.read_link = fs_read_link,
};

static struct fake_mount *mount(int (*what)(struct filesystem_mount *fs), const char *complaint)
{
	int error;

	lookup_crime = what;
	fake_expect_complaint(complaint);
	EXPECT_EQ(fake_load(), 0);
	EXPECT_EQ(filesystem_register(THIS_MODULE, "victim", &fs_operations), 0);
	return fake_mount("victim", fake_disk_make(16), "", false, &error);
}

static int holds(struct filesystem_mount *fs) { return IS_ERR(filesystem_block_get(fs, 3)) ? -EIO : 0; }
static int changes_quietly(struct filesystem_mount *fs)
{
	u8 *block = filesystem_block_get(fs, 3);

	block[7] = 1;
	filesystem_block_put(fs, block, false);
	return 0;
}
static int puts_twice(struct filesystem_mount *fs)
{
	void *block = filesystem_block_get(fs, 3);

	filesystem_block_put(fs, block, false);
	filesystem_block_put(fs, block, false);
	return 0;
}

static void commit_in_lookup(int (*what)(struct filesystem_mount *fs), const char *complaint)
{
	struct fake_mount *m = mount(what, complaint);
	struct filesystem_attributes a;

	fake_stat(m, "x", &a);
	fake_unmount(m);
}
FAKE_TEST(a_block_that_stays_held) { commit_in_lookup(holds, "lookup ended with block 3 held"); }
FAKE_TEST(a_change_that_is_not_told) { commit_in_lookup(changes_quietly, "block 3 was changed, and is put back as unchanged"); }
FAKE_TEST(a_block_that_is_put_back_twice) { commit_in_lookup(puts_twice, "put back by a thread that has not got it"); }

FAKE_TEST(a_map_of_elsewhere)
{
	struct fake_mount *m = mount(NULL, "map makes no sense");
	u8 byte;

	EXPECT_EQ(fake_pread(m, "x", &byte, 1, 0), -EIO);
	fake_unmount(m);
}
