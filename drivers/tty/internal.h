/* SPDX-License-Identifier: MIT */
/* What the files of drivers/tty share. */
#ifndef DRIVERS_TTY_INTERNAL_H
#define DRIVERS_TTY_INTERNAL_H

#include <drivers/tty.h>

struct iov_iter;
struct poll_table;

/* file->private of an open terminal. */
struct tty_file {
	struct tty *tty;
	unsigned int hangup_count; /* of the tty when it was opened */
};

static inline bool tty_file_hung_up(const struct tty_file *tf)
{
	return READ_ONCE(tf->tty->hangup_count) != tf->hangup_count;
}

/* tty_core.c */
extern const struct file_operations tty_fops;
struct file;
int tty_open_line(struct tty *tty, struct file *file);

/* n_tty.c: the line discipline. */
int n_tty_open(struct tty *tty); /* allocates the buffers: -ENOMEM */
void n_tty_free(struct tty *tty);
ssize_t n_tty_read(struct tty *tty, struct file *file, struct iov_iter *to);
ssize_t n_tty_write(struct tty *tty, struct file *file, struct iov_iter *from);
u32 n_tty_poll(struct tty *tty, struct file *file);
/* Bytes taken, fewer when the read buffer is full. receive_lock held. flags may be NULL: all TTY_NORMAL. */
size_t n_tty_receive(struct tty *tty, const u8 *bytes, const u8 *flags, size_t len);
void n_tty_flush_input(struct tty *tty);
/* termios_lock held for writing */
void n_tty_termios_changed(struct tty *tty, const struct ktermios *old);
size_t n_tty_input_queued(struct tty *tty); /* FIONREAD */
void n_tty_flush_echo(struct tty *tty);
void n_tty_drop_output(struct tty *tty); /* output_lock held */
size_t n_tty_room(struct tty *tty);

/* tty_jobctl.c */
/* 0, -EIO or -ERESTARTSYS: current may not touch it now */
int tty_check_change(struct tty *tty, int sig);
bool tty_current_is(const struct tty *tty); /* current's controlling terminal */
void tty_open_controlling(struct tty *tty, struct file *file);
long tty_jobctl_ioctl(struct tty *tty, struct tty *real, struct file *file, unsigned int command,
		      unsigned long arg);
void tty_signal_pgrp(struct tty *tty, int sig);
void tty_hangup_session(struct tty *tty);
/* no member has a terminal afterwards; nobody is told */
void tty_release_session(struct tty *tty);
void tty_jobctl_init(void);

/* tty_ioctl.c */
long tty_ioctl(struct file *file, unsigned int command, unsigned long arg);
void tty_stop_output(struct tty *tty);
void tty_start_output(struct tty *tty);
void tty_flush_output(struct tty *tty);
void tty_flush_input(struct tty *tty);
int tty_wait_until_sent(struct tty *tty, s64 timeout_ns); /* 0 or -ERESTARTSYS */

/* tty_buffer.c */
int tty_input_init(struct tty *tty);
void tty_input_free(struct tty *tty);
void tty_input_kick(struct tty *tty); /* the reader made room */
void tty_input_clear(struct tty *tty);

/* pty.c */
bool tty_is_pty_master(const struct tty *tty);
void pty_packet_event(struct tty *slave, u8 status);

#endif
