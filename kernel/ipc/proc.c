// SPDX-License-Identifier: MIT
/* /proc/sysvipc: one line an object, in order of index; and the limits in /proc/sys/kernel. */
#include <fs/proc.h>
#include <fs/seq_file.h>
#include <kernel/init.h>
#include <kernel/ipc.h>
#include <lib/err.h>
#include <mm/mapping.h>
#include "msg.h"
#include "sem.h"
#include "shm.h"

/* Under the set's lock for reading: no object comes or goes. Position 0 is the heading, n + 1 index n. */
static int show_set(struct seq_file *m, struct ipc_set *set,
		    void (*show)(struct seq_file *m, struct ipc_object *object))
{
	struct ipc_object *object;
	unsigned long index;

	down_read(&set->lock);
	xa_for_each(&set->objects, index, object)
		show(m, object);
	up_read(&set->lock);
	return 0;
}

static void show_segment(struct seq_file *m, struct ipc_object *object)
{
	struct shm_segment *s = container_of(object, struct shm_segment, object);
	unsigned long rss = READ_ONCE(s->file->mapping->nr_pages) * PAGE_SIZE;

	seq_printf(
		m,
		"%10d %10d  %4o %21lu %5d %5d %5lu %5u %5u %5u %5u %10llu %10llu %10llu %21lu %21lu\n",
		object->key, object->id, object->mode, (unsigned long)s->size, s->creator_pid,
		s->last_pid, s->nr_attached, object->uid, object->gid, object->cuid, object->cgid,
		(u64)s->attach_time, (u64)s->detach_time, (u64)s->change_time, rss, 0ul);
}

static int show_shm(struct seq_file *m, void *v)
{
	seq_puts(
		m,
		"       key      shmid perms                  size  cpid  lpid nattch   uid   gid  cuid  cgid      atime      "
		"dtime      ctime                   rss                  swap\n");
	return show_set(m, &shm_set, show_segment);
}

static void show_semaphores(struct seq_file *m, struct ipc_object *object)
{
	struct sem_set *s = sem_set_of(object);

	seq_printf(m, "%10d %10d  %4o %10u %5u %5u %5u %5u %10llu %10llu\n", object->key,
		   object->id, object->mode, s->nr, object->uid, object->gid, object->cuid,
		   object->cgid, (u64)s->operation_time, (u64)s->change_time);
}

static int show_sem(struct seq_file *m, void *v)
{
	seq_puts(
		m,
		"       key      semid perms      nsems   uid   gid  cuid  cgid      otime      ctime\n");
	return show_set(m, &sem_set, show_semaphores);
}

static void show_queue(struct seq_file *m, struct ipc_object *object)
{
	struct msg_queue *q = msg_queue_of(object);

	seq_printf(m, "%10d %10d  %4o  %10lu %10lu %5d %5d %5u %5u %5u %5u %10llu %10llu %10llu\n",
		   object->key, object->id, object->mode, q->nr_bytes, q->nr_messages, q->send_pid,
		   q->receive_pid, object->uid, object->gid, object->cuid, object->cgid,
		   (u64)q->send_time, (u64)q->receive_time, (u64)q->change_time);
}

static int show_msg(struct seq_file *m, void *v)
{
	seq_puts(
		m,
		"       key      msqid perms      cbytes       qnum lspid lrpid   uid   gid  cuid  cgid      stime      rtime      "
		"ctime\n");
	return show_set(m, &msg_set, show_queue);
}

static int show_sem_limits(struct seq_file *m, const struct ctl_entry *entry)
{
	seq_printf(m, "%d\t%d\t%d\t%d\n", sem_limits[0], sem_limits[1], sem_limits[2],
		   sem_limits[3]);
	return 0;
}

static const struct ctl_entry limits[] = {
	{ .path = "kernel/shmmax",
	  .mode = 0644,
	  .type = CTL_ULONG,
	  .data = &shm_max_bytes,
	  .max = LONG_MAX },
	{ .path = "kernel/shmall",
	  .mode = 0644,
	  .type = CTL_ULONG,
	  .data = &shm_all_pages,
	  .max = LONG_MAX },
	{ .path = "kernel/shmmni",
	  .mode = 0644,
	  .type = CTL_UINT,
	  .data = &shm_set.max_objects,
	  .max = IPC_MAX_OBJECTS },
	{ .path = "kernel/msgmax",
	  .mode = 0644,
	  .type = CTL_INT,
	  .data = &msg_max_bytes,
	  .max = INT_MAX },
	{ .path = "kernel/msgmnb",
	  .mode = 0644,
	  .type = CTL_INT,
	  .data = &msg_queue_bytes,
	  .max = INT_MAX },
	{ .path = "kernel/msgmni",
	  .mode = 0644,
	  .type = CTL_UINT,
	  .data = &msg_set.max_objects,
	  .max = IPC_MAX_OBJECTS },
	{ .path = "kernel/sem", .mode = 0444, .type = CTL_HANDLER, .show = show_sem_limits },
};

void __init sysvipc_init(void)
{
	sem_undo_init();
	proc_create_single("sysvipc/shm", 0444, show_shm, NULL);
	proc_create_single("sysvipc/sem", 0444, show_sem, NULL);
	proc_create_single("sysvipc/msg", 0444, show_msg, NULL);
	ctl_register(limits, ARRAY_SIZE(limits));
}
