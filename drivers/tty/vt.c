// SPDX-License-Identifier: MIT
/*
 * Virtual terminals: /dev/tty1 to /dev/tty63 share one screen and keyboard; one of them is in the foreground. A terminal's cells are made
 * when it is first opened or switched to.
 *
 * Output changes cells; vt_refresh() then draws what differs from what the display shows (the shadow), once for each piece of output. So a
 * page that scrolls by costs one drawing of what is left of it.
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

#define PIECE	128u		/* bytes of output with interrupts off */

DEFINE_SPINLOCK(vt_lock, LOCK_RANK_CONSOLE);
struct vt *vt_foreground;

static struct text_display *display;
static struct text_cell *shadow;	/* vt_lock: what the display shows */
static struct vt *vts[VT_MAX + 1];	/* vt_lock: by number; made under make_lock */
static DEFINE_MUTEX(make_lock);
static struct tty_driver vt_driver;
static DECLARE_WAIT_QUEUE_HEAD(switch_wait);

/* ---- Drawing ---- */

static bool same(const struct text_cell *a, const struct text_cell *b)
{
	return !memcmp(a, b, sizeof(*a));
}

/* Draws the runs of one row that differ. */
static void refresh_row(unsigned int y, const struct text_cell *line, unsigned int cursor_x)
{
	struct text_cell *shown = shadow + (size_t)y * display->columns, cell;
	unsigned int x, start;

	for (x = 0; x < display->columns; x++) {
		start = x;
		for (; x < display->columns; x++) {
			cell = line[x];
			if (x == cursor_x)
				cell.flags |= CELL_CURSOR;
			if (same(&cell, &shown[x]))
				break;
			shown[x] = cell;
		}
		if (x > start)
			display->draw(display, start, y, shown + start, x - start);
	}
}

void vt_refresh(void)
{
	struct vt *vt = vt_foreground;
	unsigned int origin, cursor_y;
	bool cursor;

	if (!vt || vt->mode == KD_GRAPHICS)
		return;
	origin = (vt->origin + vt->nr_lines - vt->scrolled_back) % vt->nr_lines;
	cursor = vt->cursor_visible && vt->y + vt->scrolled_back < vt->rows;
	cursor_y = vt->y + vt->scrolled_back;
	for (unsigned int y = 0; y < vt->rows; y++)
		refresh_row(y, vt->cells + (size_t)((origin + y) % vt->nr_lines) * vt->columns,
			    cursor && !display->cursor && y == cursor_y ? vt->x : ~0u);
	if (display->cursor)
		display->cursor(display, vt->x, cursor_y, cursor);
}

void vt_scroll_view(int lines)
{
	struct vt *vt;
	unsigned long flags;

	spin_lock_irqsave(&vt_lock, flags);
	vt = vt_foreground;
	vt->scrolled_back = clamp((int)vt->scrolled_back + lines, 0, (int)vt->history);
	vt_refresh();
	spin_unlock_irqrestore(&vt_lock, flags);
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
	struct vt *vt;

	if (!display || !number || number > VT_MAX)
		return ERR_PTR(-ENXIO);
	mutex_lock(&make_lock);
	vt = vts[number];
	if (!vt) {
		vt = make(number);
		if (!IS_ERR(vt)) {
			spin_lock_irq(&vt_lock);
			vts[number] = vt;
			spin_unlock_irq(&vt_lock);
		}
	}
	mutex_unlock(&make_lock);
	return vt;
}

void vt_switch_locked(struct vt *vt)
{
	if (vt == vt_foreground)
		return;
	WRITE_ONCE(vt_foreground, vt);
	vt_refresh();
}

static unsigned int wanted_number;	/* vt_lock */

static void switch_work(struct work_struct *work)
{
	unsigned int number = READ_ONCE(wanted_number);
	struct vt *vt = vt_get(number);

	if (IS_ERR(vt))
		return;
	spin_lock_irq(&vt_lock);
	vt_switch_locked(vt);
	spin_unlock_irq(&vt_lock);
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
	return wait_event_interruptible(&switch_wait, READ_ONCE(vt_foreground) && READ_ONCE(vt_foreground)->number == number);
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

	spin_lock_irq(&vt_lock);
	length = vt->answer_length;
	memcpy(text, vt->answer, length);
	vt->answer_length = 0;
	spin_unlock_irq(&vt_lock);
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
		spin_lock_irqsave(&vt_lock, flags);
		for (end = min(done + PIECE, len); done < end; done++)
			vt_put_byte(vt, bytes[done]);
		vt->scrolled_back = 0;
		if (vt == vt_foreground)
			vt_refresh();
		spin_unlock_irqrestore(&vt_lock, flags);
	}
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
	.no_nodes = true,		/* all nodes are there from the start: opening one makes the terminal */
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

static void console_write(struct console *console, const char *text, size_t length)
{
	struct vt *vt = vt_foreground;
	unsigned long flags;
	bool locked = false;

	if (!vt)
		return;
	local_irq_save(flags);
	if (panic_in_progress)
		locked = spin_trylock(&vt_lock);	/* its holder may be stopped for ever */
	else
		spin_lock(&vt_lock);
	for (size_t i = 0; i < length; i++) {
		if (text[i] == '\n')
			vt_put_byte(vt, '\r');
		vt_put_byte(vt, text[i]);
	}
	if (panic_in_progress)
		vt->mode = KD_TEXT;
	vt->scrolled_back = 0;
	vt_refresh();
	if (!panic_in_progress || locked)
		spin_unlock(&vt_lock);
	local_irq_restore(flags);
}

static struct console vt_console = { .name = "tty", .index = 0, .write = console_write };

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
	spin_lock_irq(&vt_lock);
	vt_switch_locked(vt);
	spin_unlock_irq(&vt_lock);
	keyboard_init();
	register_console(&vt_console);
	tty_offer_console(vt->tty, "tty0");
}
