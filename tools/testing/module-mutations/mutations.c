/* SPDX-License-Identifier: MIT */
/*
 * mutations FILE COUNT SEED: damages a module by its structure and loads it, COUNT times. A module of its name is
 * loaded already, so one whose damage passes all checks is refused at the very end (EEXIST), and nothing of it runs.
 *
 * After each load: errno of a refusal, the lists of what is registered as they were, and the memory of the modules
 * round it. After each BATCH of them: the kernel's symbols as they were; if they are not, what is different is printed
 * and the batch is done once more, symbols looked at after each load, to find out which one did it. At the end: memory
 * in use is what it was after the first tenth.
 */
#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static unsigned char *good, *bad;
static size_t size, bad_size;
static uint64_t seed;
static const char *what; /* the present damage */

static uint64_t rnd(uint64_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return below ? (seed >> 11) % below : 0;
}

/* ---- the parts of a module ---- */

static Elf64_Shdr *sections(void) { return (Elf64_Shdr *)(bad + ((Elf64_Ehdr *)good)->e_shoff); }
static unsigned int nr_sections(void) { return ((Elf64_Ehdr *)good)->e_shnum; }

static const char *name_of(unsigned int i)
{
	const Elf64_Shdr *names = &sections()[((Elf64_Ehdr *)good)->e_shstrndx];

	return (char *)bad + names->sh_offset + sections()[i].sh_name;
}

/* In the undamaged copy. */
static Elf64_Shdr *section(const char *name)
{
	for (unsigned int i = 1; i < nr_sections(); i++)
		if (!strcmp(name_of(i), name))
			return &sections()[i];
	fprintf(stderr, "no section %s\n", name);
	exit(2);
}

static Elf64_Shdr *any_of_type(uint32_t type)
{
	unsigned int start = rnd(nr_sections());

	for (unsigned int n = 0; n < nr_sections(); n++) {
		Elf64_Shdr *s = &sections()[(start + n) % nr_sections()];

		if (s->sh_type == type && s->sh_size)
			return s;
	}
	return NULL;
}

/* ---- damage ---- */

/* A value that somebody may have forgotten to think of, near what belongs there or near a limit. */
static uint64_t strange(uint64_t old)
{
	static const uint64_t limits[] = {
		0,	    1,		0x7f,	    0xff,
		0xfff,	    0x1000,	0xffff,	    0x7fffffff,
		0x80000000, 0xffffffff, 1ull << 32, 64ull << 20,
		1ull << 63, ~0ull,	~0ull - 7,  0xffffffff80000000ull,
	};

	switch (rnd(6)) {
	case 0: return old + rnd(17) - 8;
	case 1: return old ^ 1ull << rnd(64);
	case 2: return size + rnd(17) - 8;
	case 3: return rnd(size);
	case 4: return rnd(2) ? old * 2 : old / 2;
	default: return limits[rnd(sizeof(limits) / sizeof(limits[0]))];
	}
}

static void spoil(void *at, size_t width)
{
	uint64_t value = 0;

	memcpy(&value, at, width);
	value = strange(value);
	memcpy(at, &value, width);
}

/* One field of a record of 4- and 8-byte fields; widths is a string of digits. */
static void spoil_field(void *record, const char *widths)
{
	size_t field = rnd(strlen(widths)), at = 0;

	for (size_t i = 0; i < field; i++)
		at += widths[i] - '0';
	spoil((char *)record + at, widths[field] - '0');
}

static void of_header(void) { spoil_field(bad + 16, "2248884222222"); }
static void of_section(void) { spoil_field(&sections()[rnd(nr_sections())], "4488884488"); }

static void two_sections(void)
{
	Elf64_Shdr *a = &sections()[rnd(nr_sections())], *b = &sections()[rnd(nr_sections())],
		   copy = *a;

	*a = *b;
	if (rnd(2))
		*b = copy;
}

static void of_symbol(void)
{
	Elf64_Shdr *s = any_of_type(SHT_SYMTAB);

	spoil_field(bad + s->sh_offset + rnd(s->sh_size / 24) * 24, "411288");
}

static void of_relocation(void)
{
	Elf64_Shdr *s = any_of_type(SHT_RELA);
	Elf64_Rela *rela = (Elf64_Rela *)(bad + s->sh_offset) + rnd(s->sh_size / 24);

	if (rnd(3))
		spoil_field(rela, "8448");
	else
		*rela = ((Elf64_Rela *)(bad + s->sh_offset))[rnd(s->sh_size / 24)];
}

static void of_strings(void)
{
	Elf64_Shdr *s = any_of_type(SHT_STRTAB);

	bad[s->sh_offset + rnd(s->sh_size)] = rnd(2) ? 0 : rnd(256);
}

/* Text of .modinfo: a byte, an end, one field over another. */
static void of_modinfo(void)
{
	Elf64_Shdr *s = section(".modinfo");
	char *start = (char *)bad + s->sh_offset, *p = start + rnd(s->sh_size),
	     *q = start + rnd(s->sh_size);
	size_t length = 1 + rnd(20);

	if (rnd(3) && p + length <= start + s->sh_size && q + length <= start + s->sh_size)
		memmove(p, q, length);
	else
		*p = rnd(2) ? 0 : rnd(256);
}

static void of_versions(void)
{
	Elf64_Shdr *s = section("__versions");
	unsigned char *entry = bad + s->sh_offset + rnd(s->sh_size / 64) * 64;

	switch (rnd(4)) {
	case 0: spoil(entry, 8); break;
	case 1: entry[8 + rnd(56)] = rnd(256); break;
	case 2: memset(entry + 8, 'x', 56); break;
	default: memcpy(entry, bad + s->sh_offset + rnd(s->sh_size / 64) * 64, 64);
	}
}

/* A table of the module, or the relocations that make its pointers. */
static void of_table(const char *name)
{
	char rela[80];
	Elf64_Shdr *s = section(name);

	if (rnd(2)) {
		spoil(bad + s->sh_offset + rnd(s->sh_size / 4) * 4, 4);
		return;
	}
	snprintf(rela, sizeof(rela), ".rela%s", name);
	s = section(rela);
	spoil_field(bad + s->sh_offset + rnd(s->sh_size / 24) * 24, "8448");
}
static void of_descriptor(void) { of_table(".rodata.kit_module"); }
static void of_parameters(void) { of_table(".rodata.kit_params"); }
static void of_exports(void) { of_table(".rodata.kit_exports"); }

static void any_byte(void) { bad[rnd(size)] = rnd(256); }
static void cut(void) { bad_size = 1 + rnd(size); }

static const struct {
	const char *name;
	void (*damage)(void);
} kinds[] = {
	{ "header", of_header },
	{ "section", of_section },
	{ "two sections", two_sections },
	{ "symbol", of_symbol },
	{ "relocation", of_relocation },
	{ "strings", of_strings },
	{ "modinfo", of_modinfo },
	{ "versions", of_versions },
	{ "descriptor", of_descriptor },
	{ "parameters", of_parameters },
	{ "exports", of_exports },
	{ "byte", any_byte },
	{ "cut", cut },
};
#define NR_KINDS	(sizeof(kinds) / sizeof(kinds[0]))

/* ---- what must stay as it is ---- */

static char lists[2][1 << 16];

static size_t add_file(char *to, size_t room, const char *path)
{
	int fd = open(path, O_RDONLY);
	ssize_t n, length = 0;

	while (fd >= 0 && (n = read(fd, to + length, room - length)) > 0)
		length += n;
	close(fd);
	return length;
}

static size_t add_folder(char *to, size_t room, const char *path)
{
	DIR *folder = opendir(path);
	struct dirent *entry;
	size_t length = 0;

	while (folder && (entry = readdir(folder)))
		length += snprintf(to + length, room - length, "%s/%s\n", path, entry->d_name);
	if (folder)
		closedir(folder);
	return length;
}

/* What is registered where. */
static void take_lists(char *to, size_t room)
{
	static const char *const folders[] = { "/sys/module", "/dev", "/sys/class/misc",
					       "/sys/class" };
	size_t n = add_file(to, room - 1, "/proc/modules");

	n += add_file(to + n, room - 1 - n, "/proc/devices");
	for (size_t i = 0; i < 4; i++)
		n += add_folder(to + n, room - 1 - n, folders[i]);
	to[n] = '\0';
}

/* The text of /proc/kallsyms; it stays the caller's. */
static char *take_symbols(void)
{
	static size_t room = 1 << 20;
	char *text = malloc(room);
	int fd = open("/proc/kallsyms", O_RDONLY);
	size_t length = 0;
	ssize_t n;

	while (fd >= 0 && (n = read(fd, text + length, room - 1 - length)) > 0) {
		length += n;
		if (length == room - 1)
			/* lint: memleakOnRealloc: it ends then */
			text = realloc(text, room *= 2);
		if (!text)
			abort();
	}
	close(fd);
	text[length] = '\0';
	return text;
}

/* The first lines that are different. */
static void print_difference(const char *before, const char *after)
{
	const char *line_before = before, *line_after = after;

	while (*before && *before == *after) {
		if (*before == '\n') {
			line_before = before + 1;
			line_after = after + 1;
		}
		before++;
		after++;
	}
	printf("# symbols: it was \"%.*s\", it is \"%.*s\"\n", (int)strcspn(line_before, "\n"),
	       line_before, (int)strcspn(line_after, "\n"), line_after);
}

static int guards_are_whole(void)
{
	static const char *const guards[] = { "/dev/guard1", "/dev/guard2", "/dev/guard3",
					      "/dev/victim" };
	int whole = 1;

	for (size_t i = 0; i < 4; i++) {
		int fd = open(guards[i], O_RDONLY);
		char byte;

		whole &= fd >= 0 && read(fd, &byte, 1) == 0;
		close(fd);
	}
	return whole;
}

/* What is freed already counts as free: KASAN's quarantine holds it back (Documentation/sanitizers.md). */
static void settle(void)
{
	int fd = open("/proc/sys/vm/drop_caches", O_WRONLY);

	if (fd < 0 || write(fd, "3", 1) != 1) {
		perror("drop_caches");
		exit(2);
	}
	close(fd);
}

static long meminfo(const char *field)
{
	char text[8192], *found;

	text[add_file(text, sizeof(text) - 1, "/proc/meminfo")] = '\0';
	found = strstr(text, field);
	return found ? atol(found + strlen(field)) : -1;
}

/* ---- */

static int is_refusal(int error)
{
	return error == ENOEXEC || error == ENOENT || error == EPERM || error == ESRCH ||
	       error == EINVAL || error == E2BIG || error == ENOMEM || error == ERANGE ||
	       error == ENOSPC || error == EEXIST;
}

static int failures;

static void expect(int fine, unsigned long i, const char *complaint, int error)
{
	if (fine)
		return;
	printf("# mutation %lu (%s): %s, errno %d\n", i, what, complaint, error);
	failures++;
}

static void mutate(unsigned long i, unsigned long counts[2])
{
	unsigned int kind = rnd(NR_KINDS),
		     times = 1 + (rnd(4) == 0 && kind > 5 && kind < 11 ? rnd(3) : 0);
	int error;

	memcpy(bad, good, size);
	bad_size = size;
	what = kinds[kind].name;
	while (times--)
		kinds[kind].damage();
	error = syscall(SYS_init_module, bad, bad_size, "number=5 text=new list=1,2,3 word=other")
			? errno
			: 0;
	counts[error == EEXIST]++;
	expect(is_refusal(error), i, "odd errno", error);
	take_lists(lists[1], sizeof(lists[1]));
	expect(!strcmp(lists[0], lists[1]), i, "something is registered", error);
	expect(guards_are_whole(), i, "the memory of another module is changed", error);
}

/* ---- batches ---- */

#define BATCH	100ul

static char *names; /* the symbols as they were */

static int symbols_are_as_they_were(void)
{
	char *now = take_symbols();
	int same = !strcmp(names, now);

	if (!same) {
		print_difference(names, now);
		free(names);
		names = now;
	} else {
		free(now);
	}
	return same;
}

/* Once more, from the same seed. */
static void find_culprit(unsigned long first, unsigned long end)
{
	unsigned long unused[2];

	for (unsigned long i = first; i < end; i++) {
		mutate(i, unused);
		expect(symbols_are_as_they_were(), i,
		       "the kernel's symbols are changed by this one", 0);
	}
}

static void do_batch(unsigned long first, unsigned long end, unsigned long counts[2])
{
	uint64_t seed_before = seed, seed_after;

	for (unsigned long i = first; i < end; i++)
		mutate(i, counts);
	if (symbols_are_as_they_were())
		return;
	what = "a batch";
	expect(0, first, "the kernel's symbols have changed in the batch from here on", 0);
	seed_after = seed;
	seed = seed_before;
	find_culprit(first, end);
	seed = seed_after;
}

int main(int argc, char **argv)
{
	int fd = open(argv[1], O_RDONLY);
	unsigned long count = atol(argv[2]), counts[2] = { 0 };
	long slab = 0, mapped = 0, used = 0;
	struct stat st;

	if (argc < 4 || fd < 0 || fstat(fd, &st))
		return 2;
	seed = atol(argv[3]) * 0x9e3779b97f4a7c15ull + 1;
	size = st.st_size;
	good = malloc(size);
	bad = malloc(size);
	if (read(fd, good, size) != (ssize_t)size)
		return 2;
	take_lists(lists[0], sizeof(lists[0]));
	names = take_symbols();
	for (unsigned long i = 0, end; i < count && failures < 20; i = end) {
		if (i / BATCH == count / BATCH / 10) {
			settle();
			slab = meminfo("Slab:");
			mapped = meminfo("VmallocUsed:");
			used = meminfo("MemTotal:") - meminfo("MemFree:");
		}
		end = i + BATCH < count ? i + BATCH : count;
		do_batch(i, end, counts);
		if (end % 1000 == 0)
			fprintf(stderr, "%lu\n", end);
	}
	what = "the end";
	settle();
	slab = meminfo("Slab:") - slab;
	mapped = meminfo("VmallocUsed:") - mapped;
	used = meminfo("MemTotal:") - meminfo("MemFree:") - used;
	printf("# %lu mutations: %lu refused, %lu passed all checks; slab %+ld, vmalloc %+ld, all memory %+ld KiB\n",
	       count, counts[0], counts[1], slab, mapped, used);
	expect(slab < 128 && mapped < 128 && used < 512, count, "memory is lost", 0);
	return failures != 0;
}
