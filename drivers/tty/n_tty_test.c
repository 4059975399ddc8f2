/* SPDX-License-Identifier: MIT */
/* The line discipline on a terminal that keeps what is sent to it. */
#include "n_tty.h"

#include <kernel/ktest.h>
#include <lib/err.h>
#include <lib/string.h>

KTEST_SUITE("n_tty");

static char sent[256];
static size_t nr_sent, room;

static size_t fake_write(struct tty *tty, const u8 *bytes, size_t len)
{
	len = min(len, room);
	memcpy(sent + nr_sent, bytes, len);
	nr_sent += len;
	room -= len;
	return len;
}

static size_t fake_write_room(struct tty *tty)
{
	return room;
}

static const struct tty_operations fake_ops = { .write = fake_write, .write_room = fake_write_room };
static struct tty_driver fake_driver = { .name = "test", .dev_name = "test", .ops = &fake_ops, .no_nodes = true };

static struct tty *make(void)
{
	struct tty *tty;

	nr_sent = 0;
	room = sizeof(sent);
	fake_driver.init_termios = tty_std_termios;
	xa_init(&fake_driver.lines);
	mutex_init(&fake_driver.lines_lock);
	tty = tty_create(&fake_driver, 0, NULL);
	return KTEST_EXPECT(!IS_ERR(tty)) ? tty : NULL;
}

static void type(struct tty *tty, const char *text)
{
	tty_receive(tty, (const u8 *)text, strlen(text));
}

static bool echoed(const char *text)
{
	bool same = strlen(text) == nr_sent && !memcmp(text, sent, nr_sent);

	nr_sent = 0;
	room = sizeof(sent);
	return same;
}

/* The read buffer, the line being edited too. */
static bool holds(struct tty *tty, const char *text)
{
	struct line_discipline *ld = &tty->ldisc;
	size_t length = strlen(text);

	if (ld->head - ld->tail != length)
		return false;
	for (size_t i = 0; i < length; i++)
		if (ld->buffer[(ld->tail + i) & MASK] != (u8)text[i])
			return false;
	return true;
}

KTEST_CASE(lines_are_edited)
{
	struct tty *tty = make();

	if (!tty)
		return;
	type(tty, "abc\177d");
	KTEST_EXPECT(holds(tty, "abd"));
	KTEST_EXPECT_EQ(n_tty_input_queued(tty), 0);
	KTEST_EXPECT(echoed("abc\b \bd"));
	type(tty, "\025one two\027\r");
	KTEST_EXPECT(holds(tty, "one \n"));
	KTEST_EXPECT_EQ(n_tty_input_queued(tty), 5);
	tty_destroy(tty);
}

KTEST_CASE(control_characters_are_echoed_as_such)
{
	struct tty *tty = make();

	if (!tty)
		return;
	type(tty, "\001\t\026\003");
	KTEST_EXPECT(echoed("^A\t^\b^C"));
	KTEST_EXPECT(holds(tty, "\001\t\003"));
	type(tty, "\177");
	KTEST_EXPECT(echoed("\b \b\b \b"));
	tty_destroy(tty);
}

KTEST_CASE(end_of_file_is_no_data)
{
	struct tty *tty = make();

	if (!tty)
		return;
	type(tty, "ab\004\004");
	KTEST_EXPECT_EQ(n_tty_input_queued(tty), 2);
	KTEST_EXPECT_EQ(tty->ldisc.head - tty->ldisc.tail, 4);
	tty_destroy(tty);
}

KTEST_CASE(a_line_too_long_is_cut)
{
	struct tty *tty = make();

	if (!tty)
		return;
	tty->termios.c_lflag &= ~ECHO;
	for (unsigned int i = 0; i < 2 * SIZE; i++)
		type(tty, "x");
	KTEST_EXPECT_EQ(n_tty_input_queued(tty), 0);
	type(tty, "\n");
	KTEST_EXPECT_EQ(n_tty_input_queued(tty), SIZE);
	KTEST_EXPECT_EQ(n_tty_receive_room(tty), 0);
	tty_flush_input(tty);
	KTEST_EXPECT_EQ(n_tty_receive_room(tty), SIZE);
	tty_destroy(tty);
}

KTEST_CASE(echo_waits_for_room)
{
	struct tty *tty = make();

	if (!tty)
		return;
	room = 2;
	type(tty, "abcd");
	KTEST_EXPECT_EQ(nr_sent, 2);
	room = 100;
	n_tty_flush_echo(tty);
	KTEST_EXPECT(echoed("abcd"));
	tty_stop_output(tty);
	type(tty, "e");
	KTEST_EXPECT_EQ(nr_sent, 0);
	tty_start_output(tty);
	n_tty_flush_echo(tty);
	KTEST_EXPECT(echoed("e"));
	tty_destroy(tty);
}

KTEST_CASE(raw_input_is_marked)
{
	static const u8 byte = 'x', mark = 0xff;
	struct tty *tty = make();

	if (!tty)
		return;
	tty->termios.c_lflag = 0;
	tty->termios.c_iflag = PARMRK | INPCK;
	mutex_lock(&tty->receive_lock);
	n_tty_receive(tty, &byte, &(u8){ TTY_PARITY }, 1);
	n_tty_receive(tty, &mark, NULL, 1);
	mutex_unlock(&tty->receive_lock);
	KTEST_EXPECT_EQ(n_tty_input_queued(tty), 5);
	KTEST_EXPECT(tty->ldisc.buffer[0] == 0xff && tty->ldisc.buffer[1] == 0 &&
		     tty->ldisc.buffer[2] == 'x');
	KTEST_EXPECT(tty->ldisc.buffer[3] == 0xff && tty->ldisc.buffer[4] == 0xff);
	tty_destroy(tty);
}
