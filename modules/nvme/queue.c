// SPDX-License-Identifier: MIT
/* Queue pairs: rings of commands and of completions in memory, and the doorbells that tell the controller how far they go. */
#include "nvme.h"

#include <kit/dma.h>
#include <kit/irq.h>
#include <kit/log.h>
#include <kit/memory.h>

#define BATCH	16u

int nvme_queue_alloc(struct nvme *nvme, struct nvme_queue *queue, u32 id, u32 entries, u32 places)
{
	queue->nvme = nvme;
	queue->id = id;
	queue->entries = entries;
	queue->doorbell = nvme->registers + NVME_DOORBELLS + 2 * id * nvme->stride;
	queue->commands = dma_alloc(nvme->device, entries * sizeof(struct nvme_command),
				    &queue->commands_address);
	queue->completions = dma_alloc(nvme->device, entries * sizeof(struct nvme_completion),
				       &queue->completions_address);
	if (!queue->commands || !queue->completions)
		return -ENOMEM;
	/* nothing is taken for a completion before the controller has the queue */
	queue->phase = 1;
	if (!places)
		return 0;
	queue->nr_places = places;
	queue->places = dev_kzalloc(nvme->device, places * sizeof(*queue->places));
	queue->lists = dma_alloc(nvme->device, places * NVME_LIST_BYTES, &queue->lists_address);
	return queue->lists && queue->places ? 0 : -ENOMEM;
}

void nvme_queue_restart(struct nvme_queue *queue)
{
	/* a time-out may be looking for completions */
	u64 flags = spin_lock_save(&queue->complete_lock);

	memset((void *)queue->completions, 0, queue->entries * sizeof(struct nvme_completion));
	queue->tail = queue->rung = queue->head = 0;
	queue->phase = 1;
	for (u32 i = 0; i < queue->nr_places; i++)
		__atomic_store_n(&queue->places[i].request, NULL, __ATOMIC_RELAXED);
	spin_unlock_restore(&queue->complete_lock, flags);
}

/*
 * --- identifiers ---
 *
 * A place goes from free (NULL) to taken (TAKEN, while its turn is counted on) to its request, and back to free. Who ends a command looks at the request
 * first and at the turn then: if it sees a new request, it sees its turn.
 */
#define TAKEN	((struct block_request *)1)

static bool find_place(struct nvme_queue *queue, struct block_request *request, u32 *id)
{
	u32 at = __atomic_load_n(&queue->hint, __ATOMIC_RELAXED);

	for (u32 i = 0; i < queue->nr_places; i++, at++) {
		struct nvme_place *place =
			&queue->places[at < queue->nr_places ? at : (at -= queue->nr_places)];
		struct block_request *none = NULL;

		if (__atomic_load_n(&place->request, __ATOMIC_RELAXED) ||
		    !__atomic_compare_exchange_n(&place->request, &none, TAKEN, false,
						 __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
			continue;
		place->turn = (place->turn + 1) & 0xff;
		__atomic_store_n(&place->request, request, __ATOMIC_RELEASE);
		__atomic_store_n(&queue->hint, at + 1, __ATOMIC_RELAXED);
		*id = place->turn << 8 | at;
		return true;
	}
	return false;
}

/* Who frees a place looks at starved afterwards, and here it is the other way round: one of the two sees the other. */
bool nvme_queue_enter(struct nvme_queue *queue, struct block_request *request, u32 *id)
{
	if (likely(find_place(queue, request, id)))
		return true;
	__atomic_store_n(&queue->starved, 1, __ATOMIC_SEQ_CST);
	return find_place(queue, request, id);
}

struct block_request *nvme_queue_leave(struct nvme_queue *queue, u32 id)
{
	struct nvme_place *place = &queue->places[NVME_ID_PLACE(id)];
	struct block_request *request;

	if (NVME_ID_PLACE(id) >= queue->nr_places)
		return NULL;
	request = __atomic_load_n(&place->request, __ATOMIC_ACQUIRE);
	if (!request || request == TAKEN || place->turn != NVME_ID_TURN(id) ||
	    !__atomic_compare_exchange_n(&place->request, &request, NULL, false, __ATOMIC_SEQ_CST,
					 __ATOMIC_RELAXED))
		return NULL;
	if (unlikely(__atomic_load_n(&queue->starved, __ATOMIC_SEQ_CST)) &&
	    __atomic_exchange_n(&queue->starved, 0, __ATOMIC_SEQ_CST))
		work_schedule(&queue->nvme->ready_work);
	return request;
}

void nvme_queue_stop(struct nvme_queue *queue)
{
	u64 flags = spin_lock_save(&queue->submit_lock);

	queue->on = false;
	spin_unlock_restore(&queue->submit_lock, flags);
}

/* submit_lock is held. */
static void ring(struct nvme_queue *queue)
{
	if (queue->rung == queue->tail)
		return;
	queue->rung = queue->tail;
	writel(queue->tail, queue->doorbell);
}

bool nvme_queue_submit(struct nvme_queue *queue, const struct nvme_command *command, bool now)
{
	u64 flags = spin_lock_save(&queue->submit_lock);
	bool on = queue->on;

	if (on) {
		queue->commands[queue->tail] = *command;
		queue->tail = queue->tail + 1 == queue->entries ? 0 : queue->tail + 1;
		if (now)
			ring(queue);
	}
	spin_unlock_restore(&queue->submit_lock, flags);
	return on;
}

void nvme_queue_ring(struct nvme_queue *queue)
{
	u64 flags = spin_lock_save(&queue->submit_lock);

	if (queue->on)
		ring(queue);
	spin_unlock_restore(&queue->submit_lock, flags);
}

/* Takes up to BATCH new entries off the ring. */
static u32 take(struct nvme_queue *queue, struct nvme_completion *entries)
{
	u64 flags = spin_lock_save(&queue->complete_lock);
	u32 n = 0;

	while (n < BATCH) {
		volatile struct nvme_completion *entry = &queue->completions[queue->head];

		if ((le16_to_cpu(entry->status) & 1) != queue->phase)
			break;
		dma_rmb(); /* the rest of the entry was written before its phase */
		entries[n].result = entry->result;
		entries[n].id = entry->id;
		entries[n++].status = entry->status;
		if (++queue->head == queue->entries) {
			queue->head = 0;
			queue->phase ^= 1;
		}
	}
	if (n)
		writel(queue->head, queue->doorbell + queue->nvme->stride);
	spin_unlock_restore(&queue->complete_lock, flags);
	return n;
}

u32 nvme_queue_reap(struct nvme_queue *queue)
{
	struct nvme_completion entries[BATCH];
	u32 n, done = 0;

	do {
		n = take(queue, entries);
		for (u32 i = 0; i < n; i++) {
			if (queue->id)
				nvme_completed(queue, le16_to_cpu(entries[i].id),
					       le16_to_cpu(entries[i].status));
			else
				nvme_admin_completed(queue->nvme, &entries[i]);
		}
		done += n;
	} while (n == BATCH);
	return done;
}

/* --- without an interrupt --- */

u32 nvme_queue_look(struct nvme_queue *queue)
{
	u32 done;

	mutex_lock(&queue->nvme->look_mutex);
	done = nvme_queue_reap(queue);
	mutex_unlock(&queue->nvme->look_mutex);
	return done;
}

/* The controller is off and its interrupts are drained: who looks has finished when we have the mutex, and who comes later finds nothing. */
void nvme_reap_all(struct nvme *nvme)
{
	mutex_lock(&nvme->look_mutex);
	nvme_queue_reap(&nvme->admin);
	for (u32 i = 0; nvme->queues && i < nvme->nr_queues; i++)
		nvme_queue_reap(&nvme->queues[i]);
	mutex_unlock(&nvme->look_mutex);
}

/* --- interrupts --- */

static u32 queue_interrupt(void *data)
{
	return nvme_queue_reap(data) ? KIT_IRQ_HANDLED : KIT_IRQ_NONE;
}

/* The controller has one interrupt only, or none to spare: all queues are looked at. */
static u32 shared_interrupt(void *data)
{
	struct nvme *nvme = data;
	u32 done = nvme_queue_reap(&nvme->admin);

	for (u32 i = 0; nvme->queues && i < nvme->nr_queues; i++)
		done += nvme_queue_reap(&nvme->queues[i]);
	return done ? KIT_IRQ_HANDLED : KIT_IRQ_NONE;
}

/* Vector 0 is the admin queue's, vector i that of I/O queue i, on CPU i - 1. */
int nvme_connect_admin(struct nvme *nvme)
{
	if (nvme->nr_vectors == 1)
		return irq_connect(nvme->device, 0, shared_interrupt, nvme);
	return irq_connect(nvme->device, 0, queue_interrupt, &nvme->admin);
}

int nvme_connect_queues(struct nvme *nvme)
{
	int error = 0;

	for (u32 i = 0; nvme->nr_vectors > 1 && i < nvme->nr_queues && !error; i++) {
		error = irq_connect(nvme->device, i + 1, queue_interrupt, &nvme->queues[i]);
		/* Where it may not be placed it works all the same: requests are then ended by a message between CPUs. */
		if (!error && irq_set_cpu(nvme->device, i + 1, i))
			dev_info(nvme->device, "queue %u: its interrupt is not bound to a CPU\n",
				 i + 1);
	}
	return error;
}
