/* SPDX-License-Identifier: MIT */
/* Between keyboard.c and keymap.c; keyboard_lock held throughout. */
#ifndef DRIVERS_TTY_KEYMAP_H
#define DRIVERS_TTY_KEYMAP_H

#include <kernel/spinlock.h>
#include <uapi/keyboard.h>

#define NR_MAPS		16u
#define SYMBOL_TYPE(s)	((s) >> 8)
#define SYMBOL_VALUE(s)	((s) & 0xff)

extern spinlock_t keyboard_lock; /* LOCK_RANK_KEYBOARD, interrupts off */

void keymap_load_us(void); /* at boot, without the lock */
bool keymap_exists(unsigned int map);
u16 keymap_symbol(unsigned int map, unsigned int key); /* K_HOLE: nothing */

#endif
