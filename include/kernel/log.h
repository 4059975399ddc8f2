/* SPDX-License-Identifier: MIT */
/*
 * The log: printk and its kin, the ring of records behind them, and consoles.
 *
 * printk works in every context: before memory, in interrupts, in NMIs, while panicking. It stores one record; then it prints what
 * the consoles have not seen, if no other CPU is doing so already. One call is one record: there is no continuation.
 *
 * Records carry a sequence number without gaps. Readers (/dev/kmsg, syslog(2)) take no lock; see log_read().
 */
#ifndef KERNEL_LOG_H
#define KERNEL_LOG_H

#include <kit/list.h>
#include <lib/compiler.h>
#include <lib/types.h>

/* A level in front of the format: printk(KERN_ERR "text"). */
#define KERN_SOH	"\001"
#define KERN_EMERG	KERN_SOH "0"
#define KERN_ALERT	KERN_SOH "1"
#define KERN_CRIT	KERN_SOH "2"
#define KERN_ERR	KERN_SOH "3"
#define KERN_WARNING	KERN_SOH "4"
#define KERN_NOTICE	KERN_SOH "5"
#define KERN_INFO	KERN_SOH "6"
#define KERN_DEBUG	KERN_SOH "7"

enum log_level {
	LOG_LEVEL_EMERG,
	LOG_LEVEL_ALERT,
	LOG_LEVEL_CRIT,
	LOG_LEVEL_ERR,
	LOG_LEVEL_WARNING,
	LOG_LEVEL_NOTICE,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG,
};

/* Define before the includes to give a file's messages a common beginning. */
#ifndef pr_fmt
#define pr_fmt(fmt)	fmt
#endif

/* A trailing newline is allowed and ignored. */
int printk(const char *fmt, ...) __printf(1, 2);
int vprintk(const char *fmt, va_list args) __printf(1, 0);

#define pr_emerg(fmt, ...)	printk(KERN_EMERG pr_fmt(fmt), ##__VA_ARGS__)
#define pr_alert(fmt, ...)	printk(KERN_ALERT pr_fmt(fmt), ##__VA_ARGS__)
#define pr_crit(fmt, ...)	printk(KERN_CRIT pr_fmt(fmt), ##__VA_ARGS__)
#define pr_err(fmt, ...)	printk(KERN_ERR pr_fmt(fmt), ##__VA_ARGS__)
#define pr_warn(fmt, ...)	printk(KERN_WARNING pr_fmt(fmt), ##__VA_ARGS__)
#define pr_notice(fmt, ...)	printk(KERN_NOTICE pr_fmt(fmt), ##__VA_ARGS__)
#define pr_info(fmt, ...)	printk(KERN_INFO pr_fmt(fmt), ##__VA_ARGS__)
/* Stored always, shown on consoles with `debug` or loglevel=8. */
#define pr_debug(fmt, ...)	printk(KERN_DEBUG pr_fmt(fmt), ##__VA_ARGS__)

#define printk_once(fmt, ...) do {						\
	static bool printed_;							\
	if (!printed_ && !__atomic_exchange_n(&printed_, true, __ATOMIC_RELAXED))	\
		printk(fmt, ##__VA_ARGS__);					\
} while (0)
#define pr_err_once(fmt, ...)	printk_once(KERN_ERR pr_fmt(fmt), ##__VA_ARGS__)
#define pr_warn_once(fmt, ...)	printk_once(KERN_WARNING pr_fmt(fmt), ##__VA_ARGS__)
#define pr_info_once(fmt, ...)	printk_once(KERN_INFO pr_fmt(fmt), ##__VA_ARGS__)

/* Around filling the transmitter of a UART that may be the log's console. Interrupts off. */
void log_uart_lock(void);
void log_uart_unlock(void);

/*
 * At most `burst` messages per `interval_ms`; how many were left out is said when the next one comes through. Lock-free,
 * any context.
 */
struct ratelimit {
	u32 interval_ms;
	u32 burst;
	u64 window_start_ns; /* atomic */
	u32 printed;	     /* atomic: in this window */
	u32 missed;	     /* atomic */
};

#define RATELIMIT_INIT(interval_ms_, burst_)	{ .interval_ms = (interval_ms_), .burst = (burst_) }
#define DEFINE_RATELIMIT(name, interval_ms_, burst_) \
	struct ratelimit name = RATELIMIT_INIT(interval_ms_, burst_)

bool ratelimit_ok(struct ratelimit *limit, const char *where);
#define printk_ratelimited(fmt, ...) do {					\
	static DEFINE_RATELIMIT(limit_, 5000, 10);				\
	if (ratelimit_ok(&limit_, __func__))					\
		printk(fmt, ##__VA_ARGS__);					\
} while (0)
#define pr_emerg_ratelimited(fmt, ...)	printk_ratelimited(KERN_EMERG pr_fmt(fmt), ##__VA_ARGS__)
#define pr_err_ratelimited(fmt, ...)	printk_ratelimited(KERN_ERR pr_fmt(fmt), ##__VA_ARGS__)
#define pr_warn_ratelimited(fmt, ...)	printk_ratelimited(KERN_WARNING pr_fmt(fmt), ##__VA_ARGS__)
#define pr_notice_ratelimited(fmt, ...)	printk_ratelimited(KERN_NOTICE pr_fmt(fmt), ##__VA_ARGS__)
#define pr_info_ratelimited(fmt, ...)	printk_ratelimited(KERN_INFO pr_fmt(fmt), ##__VA_ARGS__)

/* Records. */

#define LOG_FACILITY_KERNEL	0
#define LOG_TEXT_MAX		1000	/* bytes of one record's text; longer ones are cut */

struct log_record {
	u64 seq;
	u64 time_ns;
	u32 caller; /* thread id, or LOG_CALLER_CPU | CPU number outside threads */
	u16 length; /* of the text, without a terminating zero */
	u8 level;
	u8 facility;
};

#define LOG_CALLER_CPU	0x80000000u

/*
 * Reads the oldest record with a number of at least seq. text (LOG_TEXT_MAX + 1 bytes, or NULL) gets the text and a zero.
 * False: there is none yet. record->seq > seq tells how many were overwritten before they were read. Any context.
 */
bool log_read(u64 seq, struct log_record *record, char *text);
u64 log_oldest(void); /* number of the oldest record that can still be read */
u64 log_next(void);   /* number that the next record will get */

/* Stores a record from user space (/dev/kmsg); it reaches the consoles like any other. */
void log_store(unsigned int facility, unsigned int level, const char *text, size_t length);

/* Called after each new record, in whatever context printk was called in, NMIs too: it may queue an irq_work that wakes readers. */
extern void (*log_new_record)(void);

/* "[    1.234567] " into a buffer of at least 24 bytes; the length. */
int log_format_time(char *buffer, u64 time_ns);

/* syslog(2)'s console switches. Levels below console_loglevel are shown. */
extern int console_loglevel;
extern int console_loglevel_default;
extern int console_loglevel_minimum;

/* Consoles. */

struct console {
	char name[16]; /* "ttyS", "tty": console=ttyS0 means index 0 */
	int index;
	unsigned int flags; /* CONSOLE_* */
	/* Interrupts may be on or off; never called by two CPUs at once but in a panic. Must not print or sleep. */
	void (*write)(struct console *console, const char *text, size_t length);
	void *data;
	/* The log's own. */
	u64 seq;	     /* next record to show */
	bool in_panic_write; /* the CPU that panics is within write */
	bool replayed;	     /* it has shown what was kept from it, after console_verbose() */
	struct list_head node;
};

#define CONSOLE_BOOT		0x1	/* stands in until a real one is registered, then it goes */
#define CONSOLE_NEW_ONLY	0x2	/* do not show what was logged before it was registered */
#define CONSOLE_PANIC		0x4	/* write works whatever was interrupted: used in NMIs too */

/*
 * A console is shown messages if the command line names it by console=, or if it has no console= at all. -ENODEV: it is
 * registered but not wanted, nothing will be written to it. The caller keeps the structure until unregister_console() returns.
 */
int register_console(struct console *console);
void unregister_console(struct console *console);

/* The last console= word, "ttyS0,115200": what /dev/console opens. False: none was given. */
bool console_preferred(const char **value);
/* The options (what follows the comma, or "") of console=NAMEindex, or NULL if it does not stand on the command line. */
const char *console_options(const char *name, int index);
void console_flush(void);

void early_console_init(void); /* the first serial port, or what earlyprintk= says; main.c */

/* The end. */

/* Prints the report and stops all CPUs; reboots after panic= seconds if that is set. */
void __noreturn panic(const char *fmt, ...) __printf(1, 2);
extern bool panic_in_progress;

/* Reports. */
void dump_stack(void);

#endif
