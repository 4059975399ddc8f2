// SPDX-License-Identifier: MIT
/* Requests of virtual terminals: switching, text or graphics mode, keyboard modes and keymaps (ioctl_console(2)). */
#include "internal.h"
#include "vt.h"

#include <kernel/cred.h>
#include <lib/err.h>
#include <mm/uaccess.h>
#include <uapi/capability.h>
#include <uapi/keyboard.h>
#include <uapi/vt.h>

/* Changing the keyboard or the screen takes the right to the terminal. */
static bool may_change(struct tty *tty)
{
	return tty_current_is(tty) || capable(CAP_SYS_TTY_CONFIG);
}

static long set_mode(struct vt *vt, unsigned long mode)
{
	unsigned long flags;

	if (mode != KD_TEXT && mode != KD_GRAPHICS)
		return -EINVAL;
	vt_lock_screen(&flags);
	vt->mode = mode;
	vt_unlock_screen(flags);
	vt_refresh();
	return 0;
}

static long set_keyboard_mode(struct vt *vt, unsigned long mode)
{
	if (mode != K_RAW && mode != K_XLATE && mode != K_MEDIUMRAW && mode != K_UNICODE &&
	    mode != K_OFF)
		return -EINVAL;
	WRITE_ONCE(vt->keyboard_mode, (int)mode);
	return 0;
}

static long set_leds(struct vt *vt, unsigned long leds)
{
	WRITE_ONCE(vt->leds, leds & 7);
	keyboard_update_leds();
	return 0;
}

static long keymap_entry(struct tty *tty, unsigned int command, struct kbentry __user *arg)
{
	struct kbentry entry;
	int error;

	if (copy_from_user(&entry, arg, sizeof(entry)))
		return -EFAULT;
	if (command == KDSKBENT) {
		if (!may_change(tty))
			return -EPERM;
		return keyboard_set_entry(entry.kb_table, entry.kb_index, entry.kb_value);
	}
	error = keyboard_get_entry(entry.kb_table, entry.kb_index, &entry.kb_value);
	return error ?: put_user(entry.kb_value, &arg->kb_value);
}

static long keyboard_ioctl(struct tty *tty, struct vt *vt, unsigned int command, unsigned long arg)
{
	void __user *p = (void __user *)arg;

	switch (command) {
	case KDGKBTYPE: return put_user((u8)KB_101, (u8 __user *)p);
	case KDGETMODE: return put_user(vt->mode, (int __user *)p);
	case KDSETMODE: return may_change(tty) ? set_mode(vt, arg) : -EPERM;
	case KDGKBMODE: return put_user(vt->keyboard_mode, (int __user *)p);
	case KDSKBMODE: return may_change(tty) ? set_keyboard_mode(vt, arg) : -EPERM;
	case KDGETLED: return put_user(vt->leds, (u8 __user *)p);
	case KDGKBLED: return put_user(vt->lock_flags, (u8 __user *)p);
	case KDSETLED: return may_change(tty) ? set_leds(vt, arg) : -EPERM;
	case KDGKBENT:
	case KDSKBENT: return keymap_entry(tty, command, p);
	default: return -ENOIOCTLCMD;
	}
}

static long first_free(int __user *arg)
{
	unsigned int number = 1;

	while (number <= VT_MAX && vt_is_open(number))
		number++;
	return put_user(number <= VT_MAX ? (int)number : -1, arg);
}

static long state(struct vt_stat __user *arg)
{
	struct vt_stat s = { .v_active = READ_ONCE(vt_foreground)->number, .v_state = 1 };

	for (unsigned int i = 1; i < 16; i++)
		if (vt_is_open(i))
			s.v_state |= 1u << i;
	return copy_to_user(arg, &s, sizeof(s)) ? -EFAULT : 0;
}

static long activate(unsigned long number)
{
	struct vt *vt = vt_get(number);

	if (IS_ERR(vt))
		return PTR_ERR(vt);
	vt_switch_soon(number);
	return 0;
}

static long get_switch_mode(void __user *arg)
{
	struct vt_mode mode = { .mode = VT_AUTO };

	return copy_to_user(arg, &mode, sizeof(mode)) ? -EFAULT : 0;
}

/* Only the kernel switches: a program cannot be asked first. */
static long set_switch_mode(const void __user *arg)
{
	struct vt_mode mode;

	if (copy_from_user(&mode, arg, sizeof(mode)))
		return -EFAULT;
	return mode.mode == VT_AUTO ? 0 : -EINVAL;
}

static long switch_ioctl(struct tty *tty, unsigned int command, unsigned long arg)
{
	void __user *p = (void __user *)arg;

	switch (command) {
	case VT_OPENQRY: return first_free(p);
	case VT_GETSTATE: return state(p);
	case VT_ACTIVATE: return may_change(tty) ? activate(arg) : -EPERM;
	case VT_WAITACTIVE:
		if (!arg || arg > VT_MAX)
			return -ENXIO;
		return vt_wait_active(arg);
	case VT_GETMODE: return get_switch_mode(p);
	case VT_SETMODE: return may_change(tty) ? set_switch_mode(p) : -EPERM;
	default: return -ENOIOCTLCMD;
	}
}

long vt_ioctl(struct tty *tty, struct file *file, unsigned int command, unsigned long arg)
{
	struct vt *vt = tty->driver_data;
	long result = keyboard_ioctl(tty, vt, command, arg);

	return result == -ENOIOCTLCMD ? switch_ioctl(tty, command, arg) : result;
}
