/* SPDX-License-Identifier: MIT */
/* Programs at terminals, for tests of drivers of ports (kit/tty.h). The core's side checks that closed ports are silent. */
#ifndef FAKE_TTY_H
#define FAKE_TTY_H

#include <kit/tty.h>
#include <kit/types.h>

bool fake_tty_exists(const char *name);
/* at 115200 8N1, with DTR and RTS: 0, -ENOENT, or the driver's */
int fake_tty_open(const char *name);
void fake_tty_close(const char *name);
/* What was really set is in *settings afterwards. */
void fake_tty_set(const char *name, struct tty_settings *settings);
void fake_tty_send(const char *name, const void *bytes, u32 length); /* does not wait */
u32 fake_tty_unsent(const char *name);	/* bytes that the driver has not taken */
u32 fake_tty_pending(const char *name); /* that it has taken, and not sent, as it says */
void fake_tty_stop(const char *name, bool stopped);		/* flow control */
u32 fake_tty_received(const char *name, void *bytes, u32 room); /* takes what came well */
u32 fake_tty_errors(const char *name, u32 how);			/* how many came as TTY_BYTE_* */
u32 fake_tty_lines(const char *name); /* as the driver last told, or (not told) says */
void fake_tty_break(const char *name, bool on);

#endif
