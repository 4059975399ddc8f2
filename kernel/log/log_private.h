/* SPDX-License-Identifier: MIT */
/* Between the parts of the log. */
#ifndef LOG_PRIVATE_H
#define LOG_PRIVATE_H

#include <kernel/log.h>

struct ring_slot;

/* A record being written: reserve, write at most the reserved bytes, commit. NULL: lapped before it began; nothing to commit. */
struct ring_entry {
	struct ring_slot *slot;
	u64 seq;
	char *text;
};

bool ring_reserve(struct ring_entry *entry, size_t length);
void ring_commit(struct ring_entry *entry, struct log_record *record);

/* console.c: from here on one CPU prints, without asking who owns the consoles; there will be one. */
void console_panic_begin(void);
/* All levels are shown from here on: something went wrong. */
void console_verbose(void);

/* panic.c: this CPU reports the panic that is in progress. */
bool panic_is_here(void);
/* panic.c: a panic whose report has been printed. */
void __noreturn panic_after_report(const char *reason);

/* early_serial.c: for a panic that finds no console. */
void early_serial_in_panic(void);

#endif
