/* SPDX-License-Identifier: MIT */
/*
 * What the files of fs/tracefs share. What is where: Documentation/tracing.md.
 *
 *	tracefs.c	the file system; control files
 *	buffer.c	the rings: making, sizes, on and off
 *	events.c	events/: switches, formats
 *	filters.c	filters of events, lists of threads
 *	text.c		trace, trace_pipe
 *	raw.c		trace_pipe_raw: pages as Linux lays them out
 *	marker.c	trace_marker
 *	latency.c	latency/, counters
 *	profile.c	profile_hz
 *	settings.c	the small files
 *
 * Lock order: trace_mutex (switches, sizes), then trace_read_mutex (consuming readers, clearing).
 */
#ifndef FS_TRACEFS_INTERNAL_H
#define FS_TRACEFS_INTERNAL_H

#include <fs/kernfs.h>
#include <fs/seq_file.h>
#include <kernel/cpumask.h>
#include <kernel/mutex.h>
#include <kernel/trace.h>
#include <kernel/trace_ring.h>
#include <kernel/wait.h>
#include <lib/err.h>
#include <lib/kernel.h>

extern struct mutex trace_mutex, trace_read_mutex;
extern struct kernfs_node *tracefs_root;

/*
 * A file that is a text, which show() prints and store() takes, or a number of at most max, which
 * get() tells and set() takes with trace_mutex held; max 1 is a switch. object is its folder's. 0
 * or -errno.
 */
struct tracefs_control {
	const char *name;
	u16 mode;
	int (*show)(struct seq_file *m, void *object);
	int (*store)(void *object, char *text);
	void (*truncate)(void *object); /* before what is written replaces what there is; or NULL */
	unsigned long (*get)(void *object);
	int (*set)(void *object, unsigned long value);
	unsigned long max;
};
#define TRACEFS_NUMBER(text, get_, set_, max_) \
	{ .name = text, .mode = 0640, .get = get_, .set = set_, .max = max_ }
void tracefs_add(struct kernfs_node *dir, const struct tracefs_control *controls, size_t nr);
/* A folder, and a file with operations of its own; they are made at boot or not at all. */
struct kernfs_node *tracefs_dir(struct kernfs_node *parent, const char *name, void *object);
void tracefs_file(struct kernfs_node *dir, const char *name, u16 mode,
		  const struct file_operations *ops);
/* The object of an open file's folder. */
void *tracefs_object(const struct file *file);
/* The text of a write; ERR_PTR. For kvfree(). */
struct iov_iter;
char *tracefs_text(struct iov_iter *from, size_t max);

/* Folders of CPUs: the object is the number plus one; the root's, NULL, means all. */
static inline bool cpu_of_object(const void *object, unsigned int *cpu)
{
	*cpu = (unsigned long)object - 1;
	return object;
}

/* buffer.c. trace_mutex held. */
extern bool trace_is_on;      /* tracing_on */
int trace_buffers_make(void); /* the rings are there from now on; 0 or -ENOMEM */
#define TRACE_KIB_MAX	(4ul << 20)
int trace_buffer_resize(void *object, unsigned long kib);
unsigned long trace_buffer_kib(unsigned int cpu);
void trace_set_on(bool on);
void trace_set_overwrite(bool on);
bool trace_overwrites(void);
void trace_set_cpus(const struct cpumask *cpus); /* whose events are recorded */
void trace_get_cpus(struct cpumask *cpus);
void trace_clear(void *object);
extern wait_queue_head_t trace_wait; /* a ring has what its reader waits for */
enum trace_wait {
	TRACE_WAIT,
	TRACE_WAIT_NOT,	     /* -EAGAIN; trace_wait is woken then */
	TRACE_WAIT_WHILE_ON, /* or until recording is switched off */
};
/* Sleeps until the ring's end has reached pos; ring NULL: until any has something that nobody has consumed. 0, -EAGAIN, -ERESTARTSYS. */
int trace_wait_for(struct trace_ring *ring, u64 pos, enum trace_wait how);

/* events.c */
struct trace_event *trace_event_by_id(u16 id);
void trace_events_make(void);
/* Every event; index from 0 on, NULL: behind the last. */
struct trace_event *trace_event_at(unsigned int index);
int trace_event_switch(struct trace_event *event, bool on); /* trace_mutex held */
/* "system:event", "system:*", "event", "*:*": how many were switched, -EINVAL for none. */
int trace_events_switch(const char *pattern, bool on);

/* filters.c */
void trace_filters_make(void);
int trace_filter_show(struct seq_file *m, void *event);
int trace_filter_store(void *event, char *text);
int trace_group_filter_show(struct seq_file *m, void *system);
int trace_group_filter_store(void *system, char *text);

/* text.c */
extern const struct file_operations trace_operations, trace_pipe_operations;
/* raw.c */
extern const struct file_operations trace_raw_operations;
/* marker.c */
extern bool trace_takes_marks; /* trace_mutex; read without */
extern const struct file_operations trace_marker_operations;
/* latency.c */
void trace_latency_make(void);
/* profile.c. trace_mutex held: the event profile:sample has been switched off. */
void trace_profile_stop(void);
void trace_profile_make(void);
/* settings.c */
void trace_settings_make(void);

#endif
