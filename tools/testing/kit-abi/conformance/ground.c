// SPDX-License-Identifier: MIT
/* Conformance: the headers types, errno, log, memory, list, cpu. */
#include "conform.h"

#include <kit/cpu.h>
#include <kit/errno.h>
#include <kit/list.h>
#include <kit/memory.h>

#define HUGE_SIZE	(1ul << 60)

static const size_t sizes[] = { 1, 8, 15, 16, 17, 24, 100, 192, 1000, 4096, 5000, 70000 };

static bool is_filled(const u8 *p, size_t size, u8 with)
{
	for (size_t i = 0; i < size; i++)
		if (p[i] != with)
			return false;
	return true;
}

/* Twice, so that what was freed full comes back, and side by side, so that none lies in another. */
static void try_memory(void *(*get)(size_t size), void (*free)(const void *p))
{
	u8 *got[ARRAY_SIZE(sizes)];

	for (u32 round = 0; round < 2; round++) {
		for (u32 i = 0; i < ARRAY_SIZE(sizes); i++) {
			got[i] = get(sizes[i]);
			if (!EXPECT(got[i]))
				return;
			EXPECT((uintptr_t)got[i] % 16 == 0);
			EXPECT(is_filled(got[i], sizes[i], 0));
			memset(got[i], (int)i + 1, sizes[i]);
		}
		for (u32 i = 0; i < ARRAY_SIZE(sizes); i++) {
			EXPECT(is_filled(got[i], sizes[i], (u8)(i + 1)));
			free(got[i]);
		}
	}
	EXPECT(!get(HUGE_SIZE));
	free(NULL);
}

static void kzalloc_case(void)
{
	try_memory(kzalloc, kfree);
}

static void kzalloc_atomic_case(void)
{
	static spinlock_t lock;
	u64 flags = spin_lock_save(&lock);
	void *p = kzalloc_atomic(64);

	spin_unlock_restore(&lock, flags);
	EXPECT(p);
	kfree(p);
	try_memory(kzalloc_atomic, kfree);
}

static void vzalloc_case(void)
{
	u8 *large = vzalloc(3 << 20);

	EXPECT(large && is_filled(large, 3 << 20, 0));
	vfree(large);
	try_memory(vzalloc, vfree);
}

static void kmemdup_case(void)
{
	static const char text[] = "what is copied";
	char *copy = kmemdup(text, sizeof(text));

	if (!EXPECT(copy && copy != text && !memcmp(copy, text, sizeof(text))))
		return;
	copy[0] = 'W';
	EXPECT(text[0] == 'w' && (uintptr_t)copy % 16 == 0);
	kfree(copy);
}

static const char *const abx = "abX", *const aby = "abY", *const high = "\x80", *const low = "\x7f";

static void bytes_case(void)
{
	char a[16] = "0123456789abcde", b[16];

	EXPECT(memcpy(b, a, 16) == b && !memcmp(a, b, 16));
	EXPECT(memmove(a + 2, a, 10) == a + 2 && !memcmp(a, "010123456789cde", 16));
	EXPECT(memmove(b, b + 2, 10) == b && !memcmp(b, "23456789ababcde", 16));
	EXPECT(memset(b + 1, 0xfe, 3) == b + 1 && is_filled((u8 *)b + 1, 3, 0xfe));
	EXPECT(b[0] == '2' && b[4] == '6');
	EXPECT(memcmp(high, low, 1) > 0 && memcmp(low, high, 1) < 0);
	EXPECT(!memcmp(abx, aby, 2) && memcmp(abx, aby, 3) < 0 && !memcmp(abx, low, 0));
}

static void text_case(void)
{
	char to[4];
	char *page = vzalloc(4096); /* behind its end nothing may be read */

	EXPECT(strlen("") == 0 && strlen("seven77") == 7);
	EXPECT(strnlen("seven77", 3) == 3 && strnlen("abc", 9) == 3);
	if (EXPECT(page)) {
		memset(page, 'x', 4096);
		EXPECT(strnlen(page + 4091, 5) == 5);
		vfree(page);
	}
	EXPECT(!strcmp(abx, "abX") && strcmp(abx, "abXx") < 0 && strcmp(aby, abx) > 0);
	EXPECT(strcmp(high, low) > 0);
	EXPECT(!strncmp(abx, aby, 2) && strncmp(abx, aby, 3) < 0 && !strncmp(abx, "abX", 9));
	EXPECT(strscpy(to, "abc", sizeof(to)) == 3 && !strcmp(to, "abc"));
	EXPECT(strscpy(to, "abcd", sizeof(to)) == -E2BIG && !strcmp(to, "abc"));
}

static bool prints(int wanted, const char *text, const char *format, ...) __printf(3, 4);
static bool prints(int wanted, const char *text, const char *format, ...)
{
	char buf[40];
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(buf, sizeof(buf), format, args);
	va_end(args);
	return length == wanted && !strcmp(buf, text);
}

static void printf_case(void)
{
	char buf[8] = "unused", symbol[80];

	EXPECT(prints(10, "-7 8 ff FF", "%d %u %x %X", -7, 8u, 255u, 255u));
	EXPECT(prints(17, "[  42|42  |00042]", "[%4d|%-4d|%05d]", 42, 42, 42));
	EXPECT(prints(20, "18446744073709551615", "%llu", ~0ull));
	EXPECT(prints(18, "0xfeedfacecafebeef", "%#lx", 0xfeedfacecafebeeful));
	EXPECT(prints(11, "a text te %", "%c %s %.2s %%", 'a', "text", "text"));
	EXPECT(prints(5, "   12", "%*zu", 5, (size_t)12));
	EXPECT(snprintf(buf, sizeof(buf), "%s", "longer than it") == 14 && !strcmp(buf, "longer "));
	EXPECT(snprintf(buf, 0, "%d", 123) == 3 && buf[0] == 'l');
	EXPECT(snprintf(symbol, sizeof(symbol), "%pS", (void *)bytes_case) > 10);
	EXPECT(!strncmp(symbol, "bytes_case", 10));
}

/* use.c looks at these lines. */
static void log_case(void)
{
	log_print(THIS_MODULE, LOG_LEVEL_ERR, "level three %d", 3);
	log_print(THIS_MODULE, LOG_LEVEL_DEBUG, "level seven\n");
	dev_print(LOG_LEVEL_NOTICE, NULL, "of no device");
}

struct item {
	int number;
	struct list_head node;
};

/* Are these the list's numbers, as decimal digits, and its links whole? */
static bool is_list(const struct list_head *head, int digits)
{
	const struct item *item;
	int found = 0;
	bool whole = head->next->prev == head;

	list_for_each_entry(item, head, node) {
		found = found * 10 + item->number;
		whole &= item->node.next->prev == &item->node;
	}
	return whole && found == digits;
}

static void list_case(void)
{
	LIST_HEAD(a);
	LIST_HEAD(b);
	struct item items[6], *item, *next;

	for (int i = 0; i < 6; i++)
		items[i].number = i + 1;
	EXPECT(list_empty(&a) && !list_first_entry_or_null(&a, struct item, node));
	list_add(&items[0].node, &a);
	EXPECT(list_is_singular(&a));
	list_add(&items[1].node, &a);
	list_add_tail(&items[2].node, &a);
	EXPECT(is_list(&a, 213) && !list_is_singular(&a));
	EXPECT(list_is_first(&items[1].node, &a) && list_is_last(&items[2].node, &a));
	list_rotate_left(&a);
	EXPECT(is_list(&a, 132));
	list_replace_init(&items[2].node, &items[3].node);
	EXPECT(is_list(&a, 142) && list_empty(&items[2].node));
	list_add(&items[2].node, &b);
	list_move_tail(&items[0].node, &b);
	list_move(&items[1].node, &b);
	EXPECT(is_list(&a, 4) && is_list(&b, 231));
	list_splice_tail_init(&b, &a);
	EXPECT(is_list(&a, 4231) && list_empty(&b));
	list_cut_position(&b, &a, &items[1].node);
	EXPECT(is_list(&b, 42) && is_list(&a, 31));
	list_splice_init(&b, &a);
	EXPECT(is_list(&a, 4231));
	list_for_each_entry_safe(item, next, &a, node)
		if (item->number % 2 == 0)
			list_del(&item->node);
	EXPECT(is_list(&a, 31) && items[1].node.next == LIST_POISON1);
	list_del_init(&items[2].node);
	list_del_init(&items[0].node);
	EXPECT(list_empty(&a) && list_empty(&items[0].node));
}

static void errno_case(void)
{
	EXPECT(IS_ERR(ERR_PTR(-EIO)) && PTR_ERR(ERR_PTR(-EIO)) == -EIO);
	EXPECT(IS_ERR(ERR_PTR(-MAX_ERRNO)) && !IS_ERR(ERR_PTR(-MAX_ERRNO - 1)) && !IS_ERR(NULL));
}

static void atomic_case(void)
{
	atomic_t a = { 0 };

	EXPECT(atomic_inc_return(&a) == 1 && atomic_add_return(-3, &a) == -2);
	EXPECT(atomic_dec_return(&a) == -3 && atomic_xchg(&a, 7) == -3 && atomic_read(&a) == 7);
	atomic_set(&a, 1);
	EXPECT(atomic_read(&a) == 1);
}

static void cpu_case(void)
{
	EXPECT(cpu_count() > 0 && cpu_current() < cpu_count());
}

static const struct conform_case cases[] = {
	{ "kzalloc: zeroed, whole, aligned to 16; too much is NULL", kzalloc_case },
	{ "kzalloc_atomic: the same, also with interrupts off", kzalloc_atomic_case },
	{ "vzalloc: the same, also large", vzalloc_case },
	{ "kmemdup: a copy", kmemdup_case },
	{ "memcpy, memmove, memset, memcmp", bytes_case },
	{ "strlen, strnlen, strcmp, strncmp, strscpy", text_case },
	{ "snprintf, vsnprintf: the text, cut to the room, and its whole length", printf_case },
	{ "messages", log_case },
	{ "lists", list_case },
	{ "errors as pointers", errno_case },
	{ "counters", atomic_case },
	{ "CPUs are numbered from 0 to one less than there are", cpu_case },
};

void ground_run(void)
{
	conform_run(cases, ARRAY_SIZE(cases));
}
