// SPDX-License-Identifier: MIT
/*
 * Loading ELF programs: their layout in a new address space.
 *
 *	stack_top	below the end of user space by up to 16 GiB, at random
 *	mmap_base	below the room for the stack: shared libraries and everything else that asks for no place
 *	0x555555554000	and up to 1 TiB above: position-independent programs that have an interpreter; then the heap
 *	as linked	all others
 */
#include <arch/cpu.h>
#include <arch/signal_frame.h>
#include <fs/exec.h>
#include <fs/files.h>
#include <kernel/init.h>
#include <kernel/process.h>
#include <kernel/random.h>
#include <kernel/sched.h>
#include <kernel/vdso.h>
#include <lib/err.h>
#include <lib/kernel.h>
#include <lib/string.h>
#include <mm/slab.h>
#include <mm/space.h>
#include <mm/uaccess.h>
#include <uapi/auxvec.h>
#include <uapi/mman.h>
#include <uapi/param.h>
#include <uapi/personality.h>
#include "exec.h"

#define DYN_BASE	0x555555554000ul
#define RANDOM_MAP	(BIT(28) - 1)		/* pages */
#define RANDOM_STACK	(BIT(22) - 1)		/* pages */
#define RANDOM_BRK	(32 * MB)
#define STACK_ROOM	(128 * KB)		/* mapped beyond what the strings take; the rest grows */
#define PLATFORM	"x86_64"

int randomize_va_space = 2; /* kernel.randomize_va_space */

/* Programs lie at the same addresses each time: for measuring, and for debuggers. */
static int __init set_norandmaps(const char *value)
{
	randomize_va_space = 0;
	return 0;
}
BOOT_PARAM("norandmaps", set_norandmaps);

static bool layout_is_random(void)
{
	return randomize_va_space && !(current->process->personality & ADDR_NO_RANDOMIZE);
}

static unsigned long random_pages(unsigned long mask)
{
	return layout_is_random() ? (get_random_u64() & mask) << PAGE_SHIFT : 0;
}

/* --- looking --- */

void exec_free_image(struct exec_image *image)
{
	exec_file_put(image->file);
	kvfree(image->phdrs);
	image->file = NULL;
	image->phdrs = NULL;
}

static int check_image(struct exec_image *image, const void *head, size_t head_size)
{
	struct elf_program *program = &image->program;
	int err = elf_check_header(head, head_size, program);

	if (err)
		return err;
	image->phdrs = kvmalloc(program->phdrs_size, GFP_KERNEL);
	if (!image->phdrs)
		return -ENOMEM;
	err = exec_read(image->file, image->phdrs, program->phdrs_size, program->phdrs_offset);
	if (err)
		return err;
	return elf_check_segments(image->phdrs, READ_ONCE(image->file->inode->size), USER_SPACE_END,
				  program);
}

static int open_interpreter(struct exec *x)
{
	const struct elf_program *program = &x->main.program;
	char *path = kmalloc(program->interp_size, GFP_KERNEL);
	struct file *file;
	int err;

	if (!path)
		return -ENOMEM;
	err = exec_read(x->main.file, path, program->interp_size, program->interp_offset);
	if (!err)
		err = elf_check_interp(path, program->interp_size);
	if (!err) {
		file = open_exec(path);
		err = PTR_ERR_OR_ZERO(file);
		if (!err)
			x->interp.file = file;
	}
	kfree(path);
	return err;
}

int exec_check_elf(struct exec *x)
{
	Elf64_Ehdr header;
	int err = check_image(&x->main, x->head, sizeof(x->head));

	if (err || !x->main.program.interp_size)
		return err;
	err = open_interpreter(x);
	if (err)
		return err;
	err = exec_read(x->interp.file, &header, sizeof(header), 0);
	if (!err)
		err = check_image(&x->interp, &header, sizeof(header));
	/* A bad program is the caller's error, a bad interpreter the system's. */
	return err == -ENOEXEC ? -ELIBBAD : err;
}

/* --- the new space --- */

int exec_make_space(struct exec *x)
{
	const struct elf_program *program = &x->main.program;
	unsigned long random = random_pages(RANDOM_MAP), stack_random = random_pages(RANDOM_STACK);
	struct vma *stack;
	int err;

	x->space = space_create();
	if (!x->space)
		return -ENOMEM;
	x->stack_top = USER_SPACE_END - stack_random;
	x->stack_size = ALIGN(x->args.used, PAGE_SIZE) + STACK_ROOM;
	/* A program linked to where the stack is can never run. */
	if (!program->is_dyn && program->end > x->stack_top - x->stack_size &&
	    program->start < x->stack_top)
		return -ENOMEM;
	space_set_layout(x->space,
			 rlimit(RLIMIT_STACK) +
				 (layout_is_random() ? (RANDOM_STACK + 1) << PAGE_SHIFT : 0),
			 random);
	err = space_map_stack(x->space, x->stack_top, x->stack_size, program->exec_stack, &stack);
	if (err)
		return err;
	return exec_write_args(&x->args, x->space, x->stack_top);
}

/* --- mapping --- */

static unsigned long segment_prot(const Elf64_Phdr *ph)
{
	return (ph->p_flags & PF_R ? PROT_READ : 0) | (ph->p_flags & PF_W ? PROT_WRITE : 0) |
	       (ph->p_flags & PF_X ? PROT_EXEC : 0);
}

/* The part of a segment that the file does not fill; brk: it is the program's last, and the heap follows. */
static int map_bss(const Elf64_Phdr *ph, unsigned long base, bool brk)
{
	unsigned long file_end = base + ph->p_vaddr + ph->p_filesz,
		      end = base + ph->p_vaddr + ph->p_memsz;
	unsigned long page_end = ALIGN(file_end, PAGE_SIZE), address;

	/* The rest of the last page of the file holds whatever the file has there. */
	/* To the end of the page, not of bss: the dynamic linker allocates from there and takes it to be zero. */
	if (ph->p_filesz && file_end < page_end && ph->p_flags & PF_W &&
	    clear_user((void __user *)file_end, page_end - file_end))
		return -EFAULT;
	if (!ph->p_filesz)
		page_end = ALIGN_DOWN(file_end, PAGE_SIZE);
	if (brk)
		return space_set_brk_area(current->space, page_end, max(end, page_end));
	if (ALIGN(end, PAGE_SIZE) <= page_end)
		return 0;
	address = space_mmap(NULL, page_end, ALIGN(end, PAGE_SIZE) - page_end, segment_prot(ph),
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, 0);
	return IS_ERR_VALUE(address) ? (int)address : 0;
}

static int map_segment(struct file *file, const Elf64_Phdr *ph, unsigned long base, bool brk)
{
	unsigned long start = ALIGN_DOWN(base + ph->p_vaddr, PAGE_SIZE), address;
	unsigned long size = ALIGN(ph->p_filesz + ph->p_vaddr % PAGE_SIZE, PAGE_SIZE);

	if (ph->p_filesz) {
		address = space_mmap(file, start, size, segment_prot(ph), MAP_PRIVATE | MAP_FIXED,
				     ph->p_offset >> PAGE_SHIFT);
		if (IS_ERR_VALUE(address))
			return address;
	}
	return brk || ph->p_memsz > ph->p_filesz ? map_bss(ph, base, brk) : 0;
}

static const Elf64_Phdr *last_load(const struct exec_image *image)
{
	const Elf64_Phdr *last = NULL;

	for (unsigned int i = 0; i < image->program.nr_phdrs; i++)
		if (image->phdrs[i].p_type == PT_LOAD && image->phdrs[i].p_memsz)
			last = &image->phdrs[i];
	return last;
}

static int map_image(struct exec_image *image, bool brk)
{
	const Elf64_Phdr *last = last_load(image);
	int err = 0;

	for (unsigned int i = 0; i < image->program.nr_phdrs && !err; i++) {
		const Elf64_Phdr *ph = &image->phdrs[i];

		if (ph->p_type == PT_LOAD && ph->p_memsz)
			err = map_segment(image->file, ph, image->base, brk && ph == last);
	}
	return err;
}

/* A free place for something that may be anywhere. */
static int choose_base(struct exec_image *image)
{
	const struct elf_program *program = &image->program;
	unsigned long size = program->end - program->start,
		      room = size + program->align - PAGE_SIZE;
	unsigned long place = space_mmap(NULL, 0, room, PROT_NONE,
					 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, 0);

	if (IS_ERR_VALUE(place))
		return place;
	space_munmap(current->space, place, room);
	image->base = ALIGN(place, program->align) - ALIGN_DOWN(program->start, program->align);
	return 0;
}

/* Where the program goes. With an interpreter it keeps away from the libraries, so that its heap has room to grow. */
static int place_main(struct exec *x)
{
	struct exec_image *image = &x->main;

	if (!image->program.is_dyn) {
		image->base = 0;
		return 0;
	}
	if (!x->interp.file)
		return choose_base(image);
	image->base = ALIGN_DOWN(DYN_BASE + random_pages(RANDOM_MAP), image->program.align) -
		      image->program.start;
	return 0;
}

static int place_interp(struct exec *x)
{
	struct exec_image *image = &x->interp;

	image->base = 0;
	return image->program.is_dyn ? choose_base(image) : 0;
}

static void note_layout(struct exec *x)
{
	const struct elf_program *program = &x->main.program;
	unsigned long base = x->main.base;
	struct address_space *s = current->space;

	s->start_code = base + program->start_code;
	s->end_code = base + program->end_code;
	s->start_data = base + program->start_data;
	s->end_data = base + program->end_data;
	s->start_stack = x->sp;
	s->arg_start = x->stack_top - x->args.argv_end;
	s->arg_end = s->env_start = x->stack_top - x->args.env_end;
	s->env_end = x->stack_top - x->args.name_end;
}

/* The heap of a program that can be anywhere among the libraries goes to where there is room below them. */
static int place_heap(struct exec *x)
{
	struct address_space *s = current->space;
	unsigned long start;

	if (randomize_va_space < 2 || !layout_is_random())
		return 0;
	start = x->main.program.is_dyn && !x->interp.file ? DYN_BASE : ALIGN(s->brk, PAGE_SIZE);
	start += ALIGN_DOWN(get_random_u64() % RANDOM_BRK, PAGE_SIZE);
	return space_set_brk_area(s, start, start);
}

/* --- what the program finds on its stack --- */

struct stack_table {
	unsigned long *words;
	unsigned int nr;
};

static void add_aux(struct stack_table *table, unsigned long type, unsigned long value)
{
	table->words[table->nr++] = type;
	table->words[table->nr++] = value;
}

static void add_auxv(struct exec *x, struct stack_table *table, unsigned long platform,
		     unsigned long random_bytes)
{
	const struct elf_program *program = &x->main.program;
	const struct credentials *cred = current->cred;
	unsigned int first = table->nr;

	if (current->space->vdso_base)
		add_aux(table, AT_SYSINFO_EHDR, current->space->vdso_base);
	add_aux(table, AT_HWCAP, boot_cpu.features[0]); /* CPUID 1, edx */
	add_aux(table, AT_PAGESZ, PAGE_SIZE);
	add_aux(table, AT_CLKTCK, USER_HZ);
	add_aux(table, AT_PHDR, program->phdrs_address ? x->main.base + program->phdrs_address : 0);
	add_aux(table, AT_PHENT, sizeof(Elf64_Phdr));
	add_aux(table, AT_PHNUM, program->nr_phdrs);
	add_aux(table, AT_BASE, x->interp.file ? x->interp.base : 0);
	add_aux(table, AT_FLAGS, 0);
	add_aux(table, AT_ENTRY, x->main.base + program->entry);
	add_aux(table, AT_UID, cred->uid);
	add_aux(table, AT_EUID, cred->euid);
	add_aux(table, AT_GID, cred->gid);
	add_aux(table, AT_EGID, cred->egid);
	add_aux(table, AT_SECURE, x->secure);
	add_aux(table, AT_RANDOM, random_bytes);
	/* HWCAP2_FSGSBASE */
	add_aux(table, AT_HWCAP2, cpu_has(CPU_FEATURE_FSGSBASE) ? 2 : 0);
	add_aux(table, AT_EXECFN, x->stack_top - x->args.name_end);
	add_aux(table, AT_PLATFORM, platform);
	add_aux(table, AT_MINSIGSTKSZ, signal_frame_size());
	add_aux(table, AT_NULL, 0);
	memset(current->space->saved_auxv, 0, sizeof(current->space->saved_auxv));
	memcpy(current->space->saved_auxv, table->words + first,
	       min_t(size_t, (table->nr - first) * sizeof(long),
		     sizeof(current->space->saved_auxv)));
}

#define MAX_AUXV	(2 * 24)

static int push_to_stack(unsigned long *sp, const void *data, size_t size)
{
	*sp -= size;
	return copy_to_user((void __user *)*sp, data, size) ? -EFAULT : 0;
}

static int push_table(struct exec *x, unsigned long sp, unsigned long platform,
		      unsigned long random_bytes)
{
	const struct exec_args *args = &x->args;
	struct stack_table table = { .nr = 0 };
	int err;

	table.words = kvmalloc((1 + args->argc + 1 + args->envc + 1 + MAX_AUXV) * sizeof(long),
			       GFP_KERNEL);
	if (!table.words)
		return -ENOMEM;
	table.words[table.nr++] = args->argc;
	exec_string_addresses(args, x->stack_top, args->argv_end, args->argc,
			      table.words + table.nr);
	table.nr += args->argc;
	table.words[table.nr++] = 0;
	exec_string_addresses(args, x->stack_top, args->env_end, args->envc,
			      table.words + table.nr);
	table.nr += args->envc;
	table.words[table.nr++] = 0;
	add_auxv(x, &table, platform, random_bytes);
	sp = ALIGN_DOWN(sp - table.nr * sizeof(long), 16);
	err = copy_to_user((void __user *)sp, table.words, table.nr * sizeof(long)) ? -EFAULT : 0;
	x->sp = sp;
	kvfree(table.words);
	return err;
}

static int make_stack(struct exec *x)
{
	unsigned long sp = x->stack_top - x->args.used, platform, random_bytes;
	u8 seed[16];
	int err;

	/* Some more randomness within the page, of which a forked child does not share cache lines by accident. */
	if (layout_is_random())
		sp -= get_random_u32_below(8192);
	sp = ALIGN_DOWN(sp, 16);
	err = push_to_stack(&sp, PLATFORM, sizeof(PLATFORM));
	if (err)
		return err;
	platform = sp;
	get_random_bytes(seed, sizeof(seed));
	err = push_to_stack(&sp, seed, sizeof(seed));
	memzero_explicit(seed, sizeof(seed));
	if (err)
		return err;
	random_bytes = sp;
	return push_table(x, sp, platform, random_bytes);
}

int exec_load_elf(struct exec *x, unsigned long *entry)
{
	int err = place_main(x);

	if (!err)
		err = map_image(&x->main, true);
	if (!err)
		err = place_heap(x);
	if (!err && x->interp.file)
		err = place_interp(x);
	if (!err && x->interp.file)
		err = map_image(&x->interp, false);
	if (!err)
		err = vdso_map();
	if (!err)
		err = make_stack(x);
	if (err)
		return err;
	note_layout(x);
	*entry = x->interp.file ? x->interp.base + x->interp.program.entry
				: x->main.base + x->main.program.entry;
	return 0;
}
