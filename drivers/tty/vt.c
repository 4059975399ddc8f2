// SPDX-License-Identifier: MIT
/*
 * Virtual terminals: /dev/tty1 to /dev/tty63 share one screen and keyboard; one of them is in the foreground. A terminal's cells are made
 * when it is first opened or switched to.
 *
 * Output changes cells; vt_refresh() then draws what differs from what the display shows (the shadow), once for each piece of output. So a
 * page that scrolls by costs one drawing of what is left of it. Drawing is slow: both go on in small pieces, with interrupts let in between.
 *
 * The log's console "tty" writes to the foreground terminal.
 */
#include "internal.h"
#include "vt.h"

#include <fs/chrdev.h>
#include <kernel/log.h>
#include <lib/err.h>
#include <lib/kernel.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <mm/slab.h>
#include <uapi/keyboard.h>
#include <uapi/major.h>
#include <uapi/vt.h>

#define PIECE		64u	/* bytes of output with interrupts off */
#define DRAW_CELLS	32u	/* cells drawn with interrupts off */

DEFINE_SPINLOCK(vt_lock, LOCK_RANK_CONSOLE);
struct vt *vt_foreground;

static struct text_display *display;
static struct text_cell *shadow;   /* vt_lock: what the display shows */
static struct vt *vts[VT_MAX + 1]; /* vt_lock: by number; made under make_lock */
static DEFINE_MUTEX(make_lock);
static struct tty_driver vt_driver;
static DECLARE_WAIT_QUEUE_HEAD(switch_wait);

/* ---- Drawing ---- */

static bool same(const struct text_cell *a, const struct text_cell *b)
{
	return !memcmp(a, b, sizeof(*a));
}

/*
 * Draws the runs of one row that differ, from column x on, but no more than DRAW_CELLS. Returns the column to go on from, the width of the
 * screen when the row is done.
 */
static unsigned int refresh_row(unsigned int y, const struct text_cell *line, unsigned int cursor_x,
				unsigned int x)
{
	struct text_cell *shown = shadow + (size_t)y * display->columns, cell;
	unsigned int start, left = DRAW_CELLS;

	if (cursor_x >= display->columns &&
	    !memcmp(line + x, shown + x, (display->columns - x) * sizeof(cell)))
		return display->columns;
	for (; x < display->columns && left; x++) {
		start = x;
		for (; x < display->columns && left; x++, left--) {
			cell = line[x];
			if (x == cursor_x)
				cell.flags |= CELL_CURSOR;
			if (same(&cell, &shown[x]))
				break;
			shown[x] = cell;
		}
		if (x > start)
			display->draw(display, start, y, shown + start, x - start);
		if (!left)
			break;
	}
	return x;
}

/*
 * This CPU takes, holds or lets go vt_lock: what it prints meanwhile (an oops of this code, a finding of the lock checker) is for the
 * other consoles. Set and cleared with interrupts off.
 */
static DEFINE_PER_CPU(bool, at_screen);

void vt_lock_screen(unsigned long *flags) __acquires(&vt_lock)
{
	local_irq_save(*flags);
	this_cpu_write(at_screen, true);
	barrier();
	spin_lock(&vt_lock);
}

void vt_unlock_screen(unsigned long flags) __releases(&vt_lock)
{
	spin_unlock(&vt_lock);
	barrier();
	this_cpu_write(at_screen, false);
	local_irq_restore(flags);
}

/* In a panic the lock's holder may be stopped for ever: then it goes on without. True when it is held. */
/* lint: context: without the lock while panicking, if somebody else holds it; the result says so */
static bool screen_lock(unsigned long *flags)
{
	if (!panic_in_progress) {
		vt_lock_screen(flags);
		return true;
	}
	local_irq_save(*flags);
	return spin_trylock(&vt_lock);
}

/* lint: context: what screen_lock() took */
static void screen_unlock(bool locked, unsigned long flags)
{
	if (locked)
		vt_unlock_screen(flags);
	else
		local_irq_restore(flags);
}

/* The row from column x on; returns as refresh_row. vt_lock held. */
static unsigned int refresh_from(struct vt *vt, unsigned int y, unsigned int x)
{
	unsigned int origin = (vt->origin + vt->nr_lines - vt->scrolled_back) % vt->nr_lines;
	bool cursor = vt->cursor_visible && !display->cursor && y == vt->y + vt->scrolled_back;

	return refresh_row(y, vt->cells + (size_t)((origin + y) % vt->nr_lines) * vt->columns,
			   cursor ? vt->x : ~0u, x);
}

static void refresh_cursor(struct vt *vt)
{
	if (display->cursor)
		display->cursor(display, vt->x, vt->y + vt->scrolled_back,
				vt->cursor_visible && vt->y + vt->scrolled_back < vt->rows);
}

/*
 * The lock is let go every few cells: others may change the screen meanwhile, but who does so refreshes after that, so the last one finds
 * and draws whatever was missed.
 */
void vt_refresh(void)
{
	unsigned int x = 0, y = 0;
	unsigned long flags;
	bool locked, done;
	struct vt *vt;

	do {
		locked = screen_lock(&flags);
		vt = vt_foreground;
		done = !vt || vt->mode == KD_GRAPHICS;
		if (!done) {
			x = refresh_from(vt, y, x);
			if (x >= vt->columns) {
				x = 0;
				y++;
			}
			done = y >= vt->rows;
			if (done)
				refresh_cursor(vt);
		}
		screen_unlock(locked, flags);
	} while (!done);
}

void vt_scroll_view(int lines)
{
	struct vt *vt;
	unsigned long flags;

	vt_lock_screen(&flags);
	vt = vt_foreground;
	vt->scrolled_back = clamp((int)vt->scrolled_back + lines, 0, (int)vt->history);
	vt_unlock_screen(flags);
	vt_refresh();
}

/* ---- Terminals ---- */

struct vt *vt_find(unsigned int number)
{
	return number && number <= VT_MAX ? vts[number] : NULL;
}

static struct vt *make(unsigned int number)
{
	struct vt *vt = kzalloc(sizeof(*vt), GFP_KERNEL);

	if (!vt)
		return ERR_PTR(-ENOMEM);
	vt->number = number;
	vt->columns = display->columns;
	vt->rows = display->rows;
	vt->nr_lines = vt->rows + VT_HISTORY;
	vt->keyboard_mode = K_UNICODE;
	vt->cells = vzalloc((size_t)vt->nr_lines * vt->columns * sizeof(struct text_cell));
	if (!vt->cells)
		goto no_memory;
	vt_reset(vt);
	vt->tty = tty_create(&vt_driver, number - 1, vt);
	if (IS_ERR(vt->tty))
		goto no_memory;
	vt->tty->winsize = (struct winsize){ .ws_row = vt->rows, .ws_col = vt->columns };
	return vt;

no_memory:
	vfree(vt->cells);
	kfree(vt);
	return ERR_PTR(-ENOMEM);
}

struct vt *vt_get(unsigned int number)
{
	unsigned long flags;
	struct vt *vt;

	if (!display || !number || number > VT_MAX)
		return ERR_PTR(-ENXIO);
	mutex_lock(&make_lock);
	vt = vts[number];
	if (!vt) {
		vt = make(number);
		if (!IS_ERR(vt)) {
			vt_lock_screen(&flags);
			vts[number] = vt;
			vt_unlock_screen(flags);
		}
	}
	mutex_unlock(&make_lock);
	return vt;
}

static void switch_to(struct vt *vt)
{
	unsigned long flags;

	vt_lock_screen(&flags);
	WRITE_ONCE(vt_foreground, vt);
	vt_unlock_screen(flags);
	vt_refresh();
}

static unsigned int wanted_number; /* vt_lock */

static void switch_work(struct work_struct *work)
{
	unsigned int number = READ_ONCE(wanted_number);
	struct vt *vt = vt_get(number);

	if (IS_ERR(vt))
		return;
	switch_to(vt);
	keyboard_update_leds();
	wake_up_all(&switch_wait);
}
static DECLARE_WORK(switch_item, switch_work);

void vt_switch_soon(unsigned int number)
{
	if (!number || number > VT_MAX)
		return;
	WRITE_ONCE(wanted_number, number);
	schedule_work(&switch_item);
}

int vt_wait_active(unsigned int number)
{
	return wait_event_interruptible(&switch_wait,
					READ_ONCE(vt_foreground) &&
						READ_ONCE(vt_foreground)->number == number);
}

unsigned int vt_nr_used(void)
{
	unsigned int n = 0;

	for (unsigned int i = 1; i <= VT_MAX; i++)
		n += vts[i] != NULL;
	return n;
}

bool vt_is_open(unsigned int number)
{
	struct vt *vt = vt_find(number);

	return vt && READ_ONCE(vt->tty->open_count);
}

/* ---- As a tty ---- */

static void send_answer(struct vt *vt)
{
	char text[sizeof(vt->answer)];
	unsigned int length;
	unsigned long flags;

	vt_lock_screen(&flags);
	length = vt->answer_length;
	memcpy(text, vt->answer, length);
	vt->answer_length = 0;
	vt_unlock_screen(flags);
	if (length)
		tty_insert(vt->tty, (const u8 *)text, length, TTY_NORMAL);
}

static size_t vt_write(struct tty *tty, const u8 *bytes, size_t len)
{
	struct vt *vt = tty->driver_data;
	unsigned long flags;
	size_t done = 0, end;

	if (READ_ONCE(tty->stopped))
		return 0;
	while (done < len) {
		vt_lock_screen(&flags);
		for (end = min(done + PIECE, len); done < end; done++)
			vt_put_byte(vt, bytes[done]);
		vt->scrolled_back = 0;
		vt_unlock_screen(flags);
	}
	if (vt == READ_ONCE(vt_foreground))
		vt_refresh();
	if (READ_ONCE(vt->answer_length))
		send_answer(vt);
	return len;
}

static size_t vt_write_room(struct tty *tty)
{
	return READ_ONCE(tty->stopped) ? 0 : 4096;
}

static const struct tty_operations vt_ops = {
	.write = vt_write,
	.write_room = vt_write_room,
	.ioctl = vt_ioctl,
};

/* Minor 0 is the foreground terminal, n is terminal n; the line's index is one less. */
static struct tty *lookup(struct tty_driver *driver, unsigned int index, struct file *file)
{
	struct vt *vt = vt_get(index + 1);

	return IS_ERR(vt) ? ERR_CAST(vt) : tty_get(vt->tty);
}

static struct tty_driver vt_driver = {
	.name = "/dev/vc",
	.dev_name = "tty",
	.name_base = 1,
	.major = TTY_MAJOR,
	.minor_start = 1,
	.minors = VT_MAX,
	.type = TTY_TYPE_CONSOLE,
	.ops = &vt_ops,
	.lookup = lookup,
	/* all nodes are there from the start: opening one makes the terminal */
	.no_nodes = true,
};

/* /dev/tty0 opens what is in the foreground now. */
static int foreground_open(struct inode *inode, struct file *file)
{
	struct vt *vt = READ_ONCE(vt_foreground);
	int error;

	nonseekable_open(inode, file);
	if (!vt)
		return -ENXIO;
	error = tty_open_line(tty_get(vt->tty), file);
	if (error)
		tty_put(vt->tty);
	return error;
}

static struct file_operations foreground_fops;

/* ---- As the log's console ---- */

void vt_console_write(struct console *console, const char *text, size_t length)
{
	struct vt *vt = READ_ONCE(vt_foreground);
	unsigned long flags;
	size_t done = 0, end;
	bool locked;

	if (!vt || (this_cpu_read(at_screen) && !panic_in_progress))
		return;
	while (done < length) {
		locked = screen_lock(&flags);
		for (end = min(done + PIECE, length); done < end; done++) {
			if (text[done] == '\n')
				vt_put_byte(vt, '\r');
			vt_put_byte(vt, text[done]);
		}
		if (panic_in_progress)
			vt->mode = KD_TEXT;
		vt->scrolled_back = 0;
		screen_unlock(locked, flags);
	}
	vt_refresh();
}

static struct console vt_console = { .name = "tty", .index = 0, .flags = CONSOLE_PANIC, .write = vt_console_write };

static void make_nodes(void)
{
	char name[8];

	simple_device_create("tty", "tty0", 0620, MKDEV(TTY_MAJOR, 0));
	for (unsigned int i = 1; i <= VT_MAX; i++) {
		snprintf(name, sizeof(name), "tty%u", i);
		simple_device_create("tty", name, 0620, MKDEV(TTY_MAJOR, i));
	}
}

void vt_init(void)
{
	struct vt *vt;

	display = display_probe();
	if (!display)
		return;
	shadow = vzalloc((size_t)display->columns * display->rows * sizeof(*shadow));
	vt_driver.init_termios = tty_std_termios;
	vt_driver.init_termios.c_iflag |= IUTF8;
	foreground_fops = tty_fops;
	foreground_fops.open = foreground_open;
	if (!shadow || tty_register_driver(&vt_driver) ||
	    register_chrdev_ops(MKDEV(TTY_MAJOR, 0), 1, "/dev/tty0", &foreground_fops, NULL)) {
		pr_err("vt: cannot register\n");
		display = NULL;
		return;
	}
	vt = vt_get(1);
	if (IS_ERR(vt)) {
		pr_err("vt: no memory for the first terminal\n");
		display = NULL;
		return;
	}
	make_nodes();
	switch_to(vt);
	keyboard_init();
	register_console(&vt_console);
	tty_offer_console(vt->tty, "tty0");
}
