/* SPDX-License-Identifier: MIT */
/* drivers: modules/echo */
#include <kit/char.h>
#include <kit/errno.h>
#include <kit/memory.h>
#include "../../../modules/echo/echo.h"
#include "fakekit.h"

static struct fake_file *open_echo(u32 flags)
{
	int error;
	struct fake_file *file = fake_open("echo", flags, &error);

	EXPECT_EQ(error, 0);
	return file;
}

FAKE_TEST(bytes_come_back)
{
	struct fake_file *file;
	char buffer[16] = { 0 };

	EXPECT_EQ(fake_load(), 0);
	file = open_echo(3 | 4);
	EXPECT_EQ(fake_read(file, buffer, 16), -EAGAIN);
	EXPECT_EQ(fake_poll(file), CHAR_WRITABLE);
	EXPECT_EQ(fake_write(file, "hello", 5), 5);
	EXPECT_EQ(fake_poll(file), CHAR_READABLE | CHAR_WRITABLE);
	EXPECT_EQ(fake_read(file, buffer, 3), 3);
	EXPECT_EQ(memcmp(buffer, "hel", 3), 0);
	EXPECT_EQ(fake_read(file, buffer, 16), 2);
	fake_close(file);
}

static struct fake_file *shared;
static void reader(void *data)
{
	char c;

	for (int i = 0; i < 100; i++) {
		EXPECT_EQ(fake_read(shared, &c, 1), 1);
		EXPECT_EQ(c, i);
	}
	*(bool *)data = true;
}

FAKE_TEST(a_reader_waits_for_a_writer_and_the_reverse)
{
	bool finished = false;

	EXPECT_EQ(fake_param("size", "4"), 0);
	EXPECT_EQ(fake_load(), 0);
	shared = open_echo(3);
	fake_thread(reader, &finished);
	for (int i = 0; i < 100; i++) {
		char c = (char)i;

		EXPECT_EQ(fake_write(shared, &c, 1), 1);
	}
	fake_join();
	EXPECT(finished);
	fake_close(shared);
}

static void sleeper(void *data)
{
	char c;

	*(ssize_t *)data = fake_read(shared, &c, 1);
}

FAKE_TEST(a_sleeping_reader_hears_that_the_device_has_gone)
{
	ssize_t result = 0;

	EXPECT_EQ(fake_load(), 0);
	shared = open_echo(1);
	fake_thread(sleeper, &result);
	fake_settle();
	fake_unload();
	fake_join();
	EXPECT_EQ(result, -ENODEV);
	fake_close(shared);
}

FAKE_TEST(ioctls)
{
	unsigned int n = 7;
	struct fake_file *file;
	char buffer[4];

	EXPECT_EQ(fake_load(), 0);
	file = open_echo(3);
	EXPECT_EQ(fake_write(file, "abc", 3), 3);
	EXPECT_EQ(fake_ioctl(file, ECHO_GET_QUEUED, &n), 0);
	EXPECT_EQ(n, 3);
	n = 2;
	EXPECT_EQ(fake_ioctl(file, ECHO_SET_UPPER, &n), -EINVAL);
	n = 1;
	EXPECT_EQ(fake_ioctl(file, ECHO_SET_UPPER, &n), 0);
	EXPECT_EQ(fake_read(file, buffer, 2), 2);
	EXPECT_EQ(memcmp(buffer, "AB", 2), 0);
	EXPECT_EQ(fake_ioctl(file, ECHO_CLEAR, NULL), 1);
	EXPECT_EQ(fake_ioctl(file, 12345, NULL), -ENOTTY);
	fake_close(file);
}

FAKE_TEST(an_exchange)
{
	char out[] = "abcdef", back[16] = "................";
	struct echo_exchange e = { (u64)(unsigned long)out, (u64)(unsigned long)back, 6, 4 };
	struct fake_file *file;

	EXPECT_EQ(fake_load(), 0);
	file = open_echo(3);
	EXPECT_EQ(fake_ioctl(file, ECHO_EXCHANGE, &e), 0);
	EXPECT_EQ(e.out_bytes, 6);
	EXPECT_EQ(e.back_bytes, 4);
	EXPECT_EQ(memcmp(back, "abcd....", 8), 0);
	EXPECT(e.out == (unsigned long)out && e.back == (unsigned long)back);
	e.out_bytes = 0;
	e.back_bytes = 16;
	EXPECT_EQ(fake_ioctl(file, ECHO_EXCHANGE, &e), 0);
	EXPECT_EQ(e.back_bytes, 2);
	EXPECT_EQ(memcmp(back, "efcd....", 8), 0);
	e.back_bytes = 4097;
	EXPECT_EQ(fake_ioctl(file, ECHO_EXCHANGE, &e), -EINVAL);
	fake_close(file);
}

FAULT_TEST(the_board)
{
	struct fake_mapping *one, *other;
	struct fake_file *file;
	int error;
	u64 value;

	if (fake_load())
		return;
	file = open_echo(3);
	one = fake_mmap(file, 0, ECHO_BOARD_SIZE, 3, &error);
	if (!one) {
		EXPECT_EQ(error, -ENOMEM);
		fake_close(file);
		return;
	}
	other = fake_mmap(file, 0, ECHO_BOARD_SIZE, 1, &error);
	EXPECT(other || fake_fault());
	EXPECT(!fake_mmap(file, ECHO_BOARD_SIZE, ECHO_BOARD_SIZE, 1, &error));
	EXPECT_EQ(error, -ENXIO);
	EXPECT(!fake_mmap(file, 0, 2 * ECHO_BOARD_SIZE, 1, &error));
	EXPECT_EQ(error, -ENXIO);
	EXPECT(fake_mapped_write(one, 16, 4, 4711));
	if (other)
		EXPECT(fake_mapped_read(other, 16, 4, &value) && value == 4711);
	fake_close(file);
	fake_unload();
	EXPECT(!fake_mapped_read(one, 16, 4, &value));
	fake_munmap(one);
	if (other)
		fake_munmap(other);
}

FAULT_TEST(loading_fails_cleanly)
{
	int error = fake_load();

	EXPECT_EQ(error, fake_fault() ? -ENOMEM : 0);
}
