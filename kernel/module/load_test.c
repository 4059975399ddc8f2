// SPDX-License-Identifier: MIT
/* The loader, with hello.ko of the initramfs: what it refuses and why, W^X by the page tables, nothing left behind. */
#include "internal.h"

#include <arch/pgtable.h>
#include <fs/vfs.h>
#include <kernel/ktest.h>
#include <lib/elf.h>
#include <lib/err.h>
#include <lib/string.h>
#include <mm/kernel_map.h>
#include <mm/slab.h>
#include <mm/stat.h>
#include <uapi/fcntl.h>

KTEST_SUITE("module");

#define FOLDER	"/lib/modules/" CONFIG_RELEASE "/kernel/modules/"

struct image {
	u8 *bytes;
	size_t size;
};

static bool read_image(struct image *image)
{
	struct file *file = filp_open(FOLDER "hello/hello.ko", O_RDONLY, 0);
	loff_t pos = 0;
	bool ok;

	*image = (struct image){ 0 };
	if (IS_ERR(file)) {
		ktest_skip("no module in the initramfs");
		return false;
	}
	image->size = file->inode->size;
	image->bytes = vmalloc(image->size);
	ok = image->bytes &&
	     kernel_read(file, image->bytes, image->size, &pos) == (ssize_t)image->size;
	fput(file);
	if (!ok) {
		vfree(image->bytes);
		KTEST_FAIL("the module cannot be read");
	}
	return ok;
}

/* --- protection --- */

enum { WRITE = 1, EXECUTE = 2 };

static unsigned int rights(const void *p)
{
	unsigned int level;
	u64 *entry = kernel_entry((unsigned long)p, &level);
	u64 value = entry ? entry_read(entry) : 0;

	if (!entry)
		return ~0u;
	return (value & PTE_WRITE ? WRITE : 0) | (value & PTE_NX ? 0 : EXECUTE);
}

static void expect_rights(const struct module *module, int r, unsigned int wanted)
{
	const struct module_region *region = &module->regions[r];

	for (size_t at = 0; at < region->size; at += PAGE_SIZE) {
		const u8 *p = region->base + at;

		KTEST_EXPECT_EQ(rights(p), wanted);
		/* The same page in the direct map: never executable, and writable only if the module may write it. */
		KTEST_EXPECT_EQ(rights(page_address(vmalloc_to_page(p))), wanted & WRITE);
	}
}

/* hello, loaded from the image with these arguments; NULL: it is not, which is a failure. */
static struct module *load_hello(const struct image *image, const char *arguments)
{
	struct module *module;

	if (!KTEST_EXPECT_EQ(module_load(image->bytes, image->size, arguments, 0), 0))
		return NULL;
	mutex_lock(&module_mutex);
	module = module_find("hello");
	mutex_unlock(&module_mutex);
	KTEST_EXPECT(module);
	return module;
}

/* A module may still read what it found in its variable when that is set anew. */
KTEST_CASE(a_text_stays_until_its_module_goes)
{
	char first[] = "whom=first", second[] = "whom=second", again[] = "whom=first";
	const char *const *variable, *text;
	const struct kit_param *p;
	struct module *module;
	struct image image;

	if (!read_image(&image))
		return;
	module = load_hello(&image, "");
	if (!module)
		return;
	p = module->descriptor->params;
	while (p < module->descriptor->params_end && strcmp(p->name, "whom"))
		p = param_next(p);
	KTEST_ASSERT(p < module->descriptor->params_end);
	variable = p->value;
	KTEST_EXPECT_EQ(module_parse_arguments(module, first), 0);
	text = *variable;
	KTEST_EXPECT_EQ(module_parse_arguments(module, second), 0);
	KTEST_EXPECT(!strcmp(*variable, "second"));
	KTEST_EXPECT(*variable != text && !strcmp(text, "first"));
	/* And takes no more memory the second time. */
	KTEST_EXPECT_EQ(module_parse_arguments(module, again), 0);
	KTEST_EXPECT(*variable == text);
	KTEST_EXPECT_EQ(module_unload("hello", O_NONBLOCK), 0);
	vfree(image.bytes);
}

KTEST_CASE(no_memory_of_a_module_is_writable_and_executable)
{
	struct module *module;
	struct image image;
	struct page *text;

	if (!read_image(&image))
		return;
	module = load_hello(&image, "times=1");
	if (!module)
		return;
	KTEST_EXPECT_EQ(module->state, MODULE_LIVE);
	KTEST_EXPECT(module->regions[REGION_TEXT].size);
	KTEST_EXPECT(module->regions[REGION_DATA].size);
	expect_rights(module, REGION_TEXT, EXECUTE);
	expect_rights(module, REGION_RODATA, 0);
	expect_rights(module, REGION_DATA, WRITE);
	KTEST_EXPECT(!module->regions[REGION_INIT_TEXT].base);
	KTEST_EXPECT(!module->regions[REGION_INIT_DATA].base);
	text = vmalloc_to_page(module->regions[REGION_TEXT].base);
	KTEST_EXPECT_EQ(module_unload("hello", O_NONBLOCK), 0);
	/* Who gets the page next may write it. */
	KTEST_EXPECT_EQ(rights(page_address(text)), WRITE);
	vfree(image.bytes);
}

/* --- refusals --- */

static u8 *find(const struct image *image, const char *text)
{
	size_t length = strlen(text);

	for (size_t i = 0; i + length <= image->size; i++)
		if (!memcmp(image->bytes + i, text, length))
			return image->bytes + i;
	return NULL;
}

static Elf64_Ehdr *header(const struct image *image) { return (Elf64_Ehdr *)image->bytes; }
static Elf64_Shdr *sections(const struct image *image) { return (Elf64_Shdr *)(image->bytes + header(image)->e_shoff); }

static Elf64_Shdr *section_of(const struct image *image, u32 type)
{
	for (unsigned int i = 1; i < header(image)->e_shnum; i++)
		if (sections(image)[i].sh_type == type)
			return &sections(image)[i];
	return NULL;
}

static bool bad_magic(struct image *i) { header(i)->e_ident[0] = 0; return true; }
static bool bad_class(struct image *i) { header(i)->e_ident[4] = 1; return true; }
static bool bad_machine(struct image *i) { header(i)->e_machine = 183; return true; }
static bool bad_type(struct image *i) { header(i)->e_type = 2; return true; }
static bool short_file(struct image *i) { i->size -= 64; return true; }
static bool tiny_file(struct image *i) { i->size = 63; return true; }
static bool sections_outside(struct image *i) { header(i)->e_shoff = i->size - 64; return true; }
static bool sections_wrap(struct image *i) { header(i)->e_shoff = ~0ull - 63; return true; }
static bool names_outside(struct image *i) { header(i)->e_shstrndx = header(i)->e_shnum; return true; }

static bool section_outside(struct image *i)
{
	/* lint: analyzer-null-dereference: the image has it */
	section_of(i, SHT_SYMTAB)->sh_offset = i->size;
	return true;
}

static bool no_symbols(struct image *i)
{
	/* lint: analyzer-null-dereference: the image has it */
	section_of(i, SHT_SYMTAB)->sh_type = 0;
	return true;
}

static bool writable_text(struct image *i)
{
	for (unsigned int n = 1; n < header(i)->e_shnum; n++)
		if (sections(i)[n].sh_flags & SHF_EXECINSTR)
			sections(i)[n].sh_flags |= SHF_WRITE;
	return true;
}

static bool relocation_type(struct image *i)
{
	/* lint: analyzer-null-dereference: the image has it */
	Elf64_Rela *rela = (Elf64_Rela *)(i->bytes + section_of(i, SHT_RELA)->sh_offset);

	rela->r_info = (rela->r_info & ~0xffffffffull) | 40;
	return true;
}

static bool relocation_outside(struct image *i)
{
	/* lint: analyzer-null-dereference: the image has it */
	((Elf64_Rela *)(i->bytes + section_of(i, SHT_RELA)->sh_offset))->r_offset = 1ull << 40;
	return true;
}

static bool change(struct image *i, const char *from, const char *to)
{
	u8 *p = find(i, from);

	if (p)
		memcpy(p, to, strlen(to));
	return p;
}

static bool other_vermagic(struct image *i) { return change(i, "vermagic=kit1", "vermagic=kit7"); }
static bool no_vermagic(struct image *i) { return change(i, "vermagic=", "vermagik="); }
static bool newer_kit(struct image *i) { return change(i, "kit=0.", "kit=8."); }
static bool no_name(struct image *i) { return change(i, &"\0name="[1], "nane="); }

static bool unknown_symbol(struct image *i)
{
	bool any = false;
	u8 *p;

	/* In the table of strings and in __versions. */
	while ((p = find(i, "kit_log"))) {
		memcpy(p, "kit_lug", 7);
		any = true;
	}
	return any;
}

static const struct refusal {
	const char *name;
	bool (*damage)(struct image *image);
	const char *arguments;
	int error;
} refusals[] = {
	{ "magic", bad_magic, "", -ENOEXEC },
	{ "class", bad_class, "", -ENOEXEC },
	{ "machine", bad_machine, "", -ENOEXEC },
	{ "type", bad_type, "", -ENOEXEC },
	{ "cut short", short_file, "", -ENOEXEC },
	{ "shorter than a header", tiny_file, "", -ENOEXEC },
	{ "section table outside", sections_outside, "", -ENOEXEC },
	{ "section table wraps", sections_wrap, "", -ENOEXEC },
	{ "names outside", names_outside, "", -ENOEXEC },
	{ "a section outside", section_outside, "", -ENOEXEC },
	{ "no symbols", no_symbols, "", -ENOEXEC },
	{ "writable text", writable_text, "", -ENOEXEC },
	{ "type of relocation", relocation_type, "", -ENOEXEC },
	{ "relocation outside", relocation_outside, "", -ENOEXEC },
	{ "vermagic", other_vermagic, "", -ENOEXEC },
	{ "no vermagic", no_vermagic, "", -ENOEXEC },
	{ "kit", newer_kit, "", -ENOEXEC },
	{ "no name", no_name, "", -ENOEXEC },
	{ "unknown symbol", unknown_symbol, "", -ENOENT },
	{ "value that is no number", NULL, "times=x", -EINVAL },
	{ "value too large", NULL, "times=99999999999", -ERANGE },
	{ "value that init refuses", NULL, "times=11", -EINVAL },
};

static void refuse_one(const struct refusal *r, const struct image *good, struct image *bad)
{
	int error;

	memcpy(bad->bytes, good->bytes, good->size);
	bad->size = good->size;
	if (r->damage && !r->damage(bad)) {
		KTEST_FAIL("%s: nothing to damage", r->name);
		return;
	}
	error = module_load(bad->bytes, bad->size, r->arguments, 0);
	if (error != r->error)
		KTEST_FAIL("%s: %d instead of %d", r->name, error, r->error);
	if (!error)
		module_unload("hello", O_NONBLOCK);
}

KTEST_CASE(each_refusal_has_its_errno_and_leaves_nothing)
{
	struct image good, bad;
	long before;

	if (!read_image(&good))
		return;
	bad.bytes = vmalloc(good.size);
	KTEST_ASSERT(bad.bytes);
	/* Stacks are areas too, and workers come and go, but not always. */
	do {
		mm_settle();
		before = mm_level_read(MM_VMALLOC);
		for (unsigned int i = 0; i < ARRAY_SIZE(refusals); i++)
			refuse_one(&refusals[i], &good, &bad);
		mm_settle();
	} while (mm_level_read(MM_VMALLOC) != before);
	mutex_lock(&module_mutex);
	KTEST_EXPECT(!module_find("hello"));
	mutex_unlock(&module_mutex);
	vfree(bad.bytes);
	vfree(good.bytes);
}

KTEST_CASE(twice_is_refused_and_references_keep_it)
{
	struct module *module;
	struct image image;

	if (!read_image(&image))
		return;
	KTEST_ASSERT_EQ(module_load(image.bytes, image.size, "", 0), 0);
	KTEST_EXPECT_EQ(module_load(image.bytes, image.size, "", 0), -EEXIST);
	mutex_lock(&module_mutex);
	module = module_find("hello");
	KTEST_EXPECT(try_module_get(module));
	mutex_unlock(&module_mutex);
	KTEST_EXPECT_EQ(module_unload("hello", O_NONBLOCK), -EWOULDBLOCK);
	module_put(module);
	KTEST_EXPECT_EQ(module_unload("hello", O_NONBLOCK), 0);
	KTEST_EXPECT_EQ(module_unload("hello", O_NONBLOCK), -ENOENT);
	vfree(image.bytes);
}

/* --- loading against unloading --- */

struct race {
	struct image image;
	bool ended; /* the load has */
};

static bool is_live_or_ended(const struct race *race)
{
	const struct module *module;
	bool live;

	rcu_read_lock();
	module = module_find("hello");
	live = module && READ_ONCE(module->state) == MODULE_LIVE;
	rcu_read_unlock();
	return live || READ_ONCE(race->ended);
}

static void load_and_watch(void *arg, unsigned int number)
{
	struct race *race = arg;
	const struct module *module;

	if (!number) {
		KTEST_EXPECT_EQ(module_load(race->image.bytes, race->image.size, "", 0), 0);
		WRITE_ONCE(race->ended, true);
		wake_up_all(&module_wait);
		return;
	}
	wait_event(&module_wait, is_live_or_ended(race));
	rcu_read_lock();
	module = module_find("hello");
	KTEST_EXPECT(module && !READ_ONCE(module->regions[REGION_INIT_TEXT].base));
	rcu_read_unlock();
}

/* Who sees it live may unload it at once, which frees all of it: so whoever loads it has no more to do with it. */
KTEST_CASE(a_live_one_has_no_init_memory_to_be_freed)
{
	struct race race = { .ended = false };

	if (!read_image(&race.image))
		return;
	ktest_in_threads(2, load_and_watch, &race);
	KTEST_EXPECT_EQ(module_unload("hello", O_NONBLOCK), 0);
	vfree(race.image.bytes);
}
