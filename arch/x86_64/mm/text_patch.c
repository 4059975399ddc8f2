/* SPDX-License-Identifier: MIT */
/*
 * Rewriting the branches of static keys in running code (kernel/static_key.h).
 *
 * The text's own mapping is never writable. What is written goes through two pages of kernel
 * addresses that are reserved for it: for the length of one write they map the frames of the
 * text, writable and not executable; in between they map nothing.
 *
 * An instruction of five bytes cannot be replaced at once under the feet of other CPUs. For all
 * branches of a key together:
 *
 *	1. the first byte becomes a breakpoint;		every CPU is interrupted
 *	2. the other four bytes become the new ones;	every CPU is interrupted
 *	3. the first byte becomes the new one;		every CPU is interrupted
 *	4. the first byte is written once more;		every CPU is interrupted
 *
 * A CPU that meets a breakpoint on a branch goes where the key says (text_patch_trap). The
 * interrupts serialise the CPU and drop what it knows of the writable view. The last step is for
 * emulators: QEMU (before 8) may still run code that it was translating while step 3 wrote; the
 * next write finds and drops that translation.
 *
 * Before anything is written, what stands there must be what the table of branches and the key say:
 * a wrong table would otherwise destroy other code.
 *
 * Lock: patch_mutex, inside those of who switches a key (trace_mutex and others), and none inside it. Its
 * holder waits for interrupts of all CPUs: no spinlock is held, interrupts are on.
 */
#include <arch/cpu.h>
#include <arch/trap_frame.h>
#include <kernel/bug.h>
#include <kernel/init.h>
#include <kernel/log.h>
#include <kernel/mutex.h>
#include <kernel/smp.h>
#include <kernel/static_key.h>
#include <lib/kernel.h>
#include <lib/string.h>
#include <mm/kernel_map.h>
#include <mm/page.h>
#include <mm/slab.h>
#include <mm/tlb.h>

#define BREAKPOINT	0xcc
#define JUMP		0xe9

extern const struct static_branch __static_branches_start[], __static_branches_end[];
extern char __init_text_start[], __init_text_end[];

#define for_each_branch(b)						\
	for (const struct static_branch *b = __static_branches_start;	\
	     b < __static_branches_end; b++)

static DEFINE_MUTEX(patch_mutex);
static unsigned long window __ro_after_init; /* the writable view */
static u64 *window_entry[2] __ro_after_init;

static unsigned long site_of(const struct static_branch *b)
{
	return (unsigned long)&b->site + b->site;
}

static unsigned long target_of(const struct static_branch *b)
{
	return (unsigned long)&b->target + b->target;
}

static const struct static_key *key_of(const struct static_branch *b)
{
	return (const void *)((unsigned long)&b->key + b->key);
}

/* Those of __init code stay as they are: their memory belongs to somebody else soon. */
static bool is_branch_of(const struct static_branch *b, const struct static_key *key)
{
	unsigned long site = site_of(b);

	return key_of(b) == key &&
	       !(site >= (unsigned long)__init_text_start && site < (unsigned long)__init_text_end);
}

/*
 * Preemption is off until clear_window(). This CPU may have read the entries of an earlier write,
 * of another CPU, without using them: it forgets those first.
 */
static void set_window(unsigned long text, bool second)
{
	u64 frame = __pa((void *)text) & PAGE_MASK, prot = PROT_KERNEL_RW & pte_supported;

	entry_set(window_entry[0], frame | prot);
	invlpg(window);
	if (!second)
		return;
	entry_set(window_entry[1], (frame + PAGE_SIZE) | prot);
	invlpg(window + PAGE_SIZE);
}

static void clear_window(void)
{
	for (int i = 0; i < 2; i++) {
		entry_set(window_entry[i], 0);
		invlpg(window + i * PAGE_SIZE);
	}
}

static void write_text(unsigned long text, const u8 *old, const u8 *bytes, size_t size)
{
	u8 *view = (u8 *)(window + (text & ~PAGE_MASK));

	if (unlikely(memcmp((const void *)text, old, size) != 0))
		panic("no branch of a static key at %pS", (void *)text);
	preempt_disable();
	set_window(text, (text & ~PAGE_MASK) + size > PAGE_SIZE);
	if (size == 1)
		WRITE_ONCE(*view, *bytes);
	else
		memcpy(view, bytes, size);
	clear_window();
	preempt_enable();
}

static void forget_old_text(void *unused)
{
	invlpg(window);
	invlpg(window + PAGE_SIZE);
	cpuid(0, 0); /* serialises */
}

/* The instruction of a branch whose key is on, or off. */
static void make_code(const struct static_branch *b, bool on, u8 code[STATIC_BRANCH_BYTES])
{
	s32 distance = target_of(b) - (site_of(b) + STATIC_BRANCH_BYTES);

	if (!on) {
		memcpy(code, b->no_op, STATIC_BRANCH_BYTES);
		return;
	}
	code[0] = JUMP;
	memcpy(code + 1, &distance, sizeof(distance));
}

static void patch_all(const struct static_key *key, int step)
{
	static const u8 breakpoint = BREAKPOINT;
	u8 old[STATIC_BRANCH_BYTES], new[STATIC_BRANCH_BYTES];
	bool on = static_key_enabled(key);

	/* lint: comparePointers: the linker's bounds of one area */
	for_each_branch(b) {
		if (!is_branch_of(b, key))
			continue;
		make_code(b, !on, old);
		make_code(b, on, new);
		if (step == 1)
			write_text(site_of(b), old, &breakpoint, 1);
		else if (step == 2)
			write_text(site_of(b) + 1, old + 1, new + 1, STATIC_BRANCH_BYTES - 1);
		else
			write_text(site_of(b), step == 3 ? &breakpoint : new, new, 1);
	}
	on_each_cpu(forget_old_text, NULL, true);
}

/* patch_mutex held; key->users says already what it becomes. */
static void patch(const struct static_key *key)
{
	for (int step = 1; step <= 4; step++)
		patch_all(key, step);
}

void static_key_get(struct static_key *key)
{
	mutex_lock(&patch_mutex);
	WRITE_ONCE(key->users, key->users + 1);
	if (key->users == 1)
		patch(key);
	mutex_unlock(&patch_mutex);
}

void static_key_put(struct static_key *key)
{
	mutex_lock(&patch_mutex);
	if (!WARN_ON(!key->users))
		WRITE_ONCE(key->users, key->users - 1);
	if (!key->users)
		patch(key);
	mutex_unlock(&patch_mutex);
}

/* Whoever comes late, when nothing is being patched any more, met a copy of what was there. */
bool text_patch_trap(struct trap_frame *frame)
{
	unsigned long site = frame->rip - 1;

	/* lint: comparePointers: the linker's bounds of one area */
	for_each_branch(b) {
		if (site_of(b) != site)
			continue;
		frame->rip = static_key_enabled(key_of(b)) ? target_of(b)
							   : site + STATIC_BRANCH_BYTES;
		return true;
	}
	return false;
}

void __init text_patch_init(void)
{
	struct page *pages[2] = { zero_page, zero_page };
	void *area = vmap(pages, 2, PROT_KERNEL_RO);
	unsigned int level;

	if (!area)
		panic("no memory for the writable view of the text");
	window = (unsigned long)area;
	for (int i = 0; i < 2; i++)
		window_entry[i] = kernel_entry(window + i * PAGE_SIZE, &level);
	clear_window();
}
