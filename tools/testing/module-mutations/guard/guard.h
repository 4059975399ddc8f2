/* SPDX-License-Identifier: MIT */
/*
 * The module that is mutated, and those that stand round it: a parameter of each type, exports, imports, callbacks,
 * and text, constants and data of a known content. Reading /dev/NAME checks them: 0 bytes if all is as it was, EIO
 * else. A source says NAME, as an identifier and as a string, and includes this.
 */
#include <kit/char.h>
#include <kit/errno.h>
#include <kit/lock.h>
#include <kit/log.h>
#include <kit/memory.h>
#include <kit/module.h>
#include <kit/param.h>
#include <kit/time.h>

#define PASTE_(a, b)	a##b
#define PASTE(a, b)	PASTE_(a, b)

static bool flag;
static int number = 3;
static u8 byte;
static u64 wide;
static const char *text = "text";
static char word[16] = "word";
static int list[4];
static u32 nr_list;
module_param(flag, bool, 0644);
module_param(number, int, 0644);
module_param(byte, u8, 0444);
module_param(wide, u64, 0400);
module_param(text, charp, 0644);
module_param_string(word, word, 0644);
module_param_array(list, int, &nr_list, 0444);
MODULE_PARM_DESC(number, "a number");

int PASTE(NAME, _first)(int a);
int PASTE(NAME, _second)(int a);
int PASTE(NAME, _first)(int a) { return a + number; }
int PASTE(NAME, _second)(int a) { return a - number; }
EXPORT_KIT_PLAIN(PASTE(NAME, _first), 0, 9);
EXPORT_KIT_PLAIN(PASTE(NAME, _second), 0, 9);

#define WORDS	1024
static u64 data[WORDS];
static const u8 constants[8192] = { 1, 2, 3, [4000] = 4, [8191] = 5 };
static struct timer timer;
static spinlock_t lock;

/* Text that nobody runs. */
__asm__(".text\n" NAME_TEXT "_pattern: .fill 4096, 1, 0xcc\n" NAME_TEXT "_pattern_end:\n");
extern const u8 PASTE(NAME, _pattern)[], PASTE(NAME, _pattern_end)[];

static void expired(struct timer *unused)
{
	byte++;
}

static u64 sum(const void *from, size_t size)
{
	const u8 *p = from;
	u64 sum = size;

	while (size--)
		sum = (sum << 7 | sum >> 57) ^ *p++;
	return sum;
}

static u64 sum_of_all(void)
{
	u64 total = sum(data, sizeof(data)) + 3 * sum(constants, sizeof(constants));

	return total +
	       /* lint: comparePointers: both ends of one area, set in asm */
	       5 * sum(PASTE(NAME, _pattern), PASTE(NAME, _pattern_end) - PASTE(NAME, _pattern));
}

static u64 wanted;

static ssize_t check_read(struct char_file *file, void *buffer, size_t length, u64 position)
{
	return sum_of_all() == wanted ? 0 : -EIO;
}

static const struct char_operations operations = { .size = sizeof(operations), .read = check_read };

static int __init guard_init(void)
{
	static const struct char_params params = {
		.size = sizeof(params),
		.name = NAME_TEXT,
		.mode = 0400,
		.operations = &operations,
	};
	void *memory = kzalloc(100);
	struct char_device *device;

	if (!memory)
		return -ENOMEM;
	kfree(memory);
	for (int i = 0; i < WORDS; i++)
		data[i] = 0x0123456789abcdefull * (i + 1);
	wanted = sum_of_all();
	spin_lock(&lock);
	spin_unlock(&lock);
	timer_setup(&timer, expired);
	pr_debug("%s: %s, %d\n", text, word, flag ? list[0] : (int)wide);
	device = char_register(THIS_MODULE, NULL, &params);
	return IS_ERR(device) ? PTR_ERR(device) : 0;
}

static void guard_exit(void)
{
	timer_cancel(&timer);
}

module_init(guard_init);
module_exit(guard_exit);
MODULE_LICENSE("MIT");
MODULE_DESCRIPTION("Watches its memory");
MODULE_ALIAS("watch:" NAME_TEXT);
MODULE_VERSION("1.0");
