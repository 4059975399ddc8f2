// SPDX-License-Identifier: MIT
/*
 * The controller as a whole: on, off, reset, admin commands.
 *
 * Commands of the admin queue are few: one at a time that somebody waits for, and one abort that nobody waits for.
 */
#include "nvme.h"

#include <kit/device.h>
#include <kit/dma.h>
#include <kit/irq.h>
#include <kit/log.h>
#include <kit/memory.h>
#include <kit/pci.h>
#include <kit/time.h>

#define ADMIN_TIMEOUT_MS	20000u
#define SHUTDOWN_MS		5000u
#define NVME_CUT_SHORT		0xffffu		/* a status that no controller gives: it was switched off */

static u32 status_of(const struct nvme *nvme)
{
	return readl(nvme->registers + NVME_CSTS);
}

bool nvme_is_gone(const struct nvme *nvme)
{
	return !pci_is_present(nvme->device) || status_of(nvme) == NVME_GONE;
}

/* --- on and off --- */

/* Waits until (CSTS & mask) == value: 0, -ENODEV, -EIO: the controller says that it is broken, -ETIMEDOUT. */
static int wait_for(struct nvme *nvme, u32 mask, u32 value, u32 timeout_ms)
{
	u64 end = ktime_get_ns() + timeout_ms * 1000000ull;

	for (u32 delay_ms = 1;;) {
		u32 status = status_of(nvme);
		bool late = ktime_get_ns() > end;

		if (status == NVME_GONE)
			return -ENODEV;
		if (value && status & NVME_CSTS_CFS)
			return -EIO;
		if ((status & mask) == value)
			return 0;
		if (late)
			return -ETIMEDOUT;
		msleep(delay_ms);
		delay_ms = delay_ms < 16 ? delay_ms * 2 : 16;
	}
}

static u32 ready_ms(const struct nvme *nvme)
{
	return (NVME_CAP_TO(nvme->cap) + 1) * 500;
}

static int switch_off(struct nvme *nvme)
{
	u32 cc = readl(nvme->registers + NVME_CC);

	if (cc == NVME_GONE)
		return -ENODEV;
	writel(cc & ~(NVME_CC_EN | NVME_CC_SHN_MASK), nvme->registers + NVME_CC);
	return wait_for(nvme, NVME_CSTS_RDY, 0, ready_ms(nvme));
}

int nvme_controller_start(struct nvme *nvme)
{
	int error = switch_off(nvme);

	if (error)
		return error;
	nvme_queue_restart(&nvme->admin);
	writel((NVME_ADMIN_DEPTH - 1) << 16 | (NVME_ADMIN_DEPTH - 1), nvme->registers + NVME_AQA);
	writeq_halves(nvme->admin.commands_address, nvme->registers + NVME_ASQ);
	writeq_halves(nvme->admin.completions_address, nvme->registers + NVME_ACQ);
	writel(NVME_CC_IOSQES | NVME_CC_IOCQES | NVME_CC_EN, nvme->registers + NVME_CC);
	error = wait_for(nvme, NVME_CSTS_RDY, NVME_CSTS_RDY, ready_ms(nvme));
	nvme->admin.on = !error;
	return error;
}

static void end_wait(struct nvme *nvme, u32 status)
{
	nvme->admin_status = status;
	complete(&nvme->admin_done);
}

static void stop_queues(struct nvme *nvme)
{
	nvme_queue_stop(&nvme->admin);
	for (u32 i = 0; nvme->queues && i < nvme->nr_queues; i++)
		nvme_queue_stop(&nvme->queues[i]);
}

/* Who waits for an answer waits no longer. It will give its buffer back, so the controller is off, or gone. */
static void cut_wait_short(struct nvme *nvme)
{
	if (__atomic_exchange_n(&nvme->admin_waits, 0, __ATOMIC_SEQ_CST))
		end_wait(nvme, NVME_CUT_SHORT);
}

/* Off, whatever it was doing: afterwards it touches no memory, its handlers do not run, and nobody ends a command of it any more. */
int nvme_controller_disable(struct nvme *nvme)
{
	int error;

	stop_queues(nvme);
	error = switch_off(nvme);
	if (error == -ETIMEDOUT) {
		dev_warn(nvme->device, "does not stop: cut off from memory\n");
		pci_set_master(nvme->device, false);
	}
	for (u32 i = 0; i < nvme->nr_vectors; i++)
		irq_drain(nvme->device, i);
	nvme_reap_all(nvme);
	cut_wait_short(nvme);
	return error == -ETIMEDOUT ? error : 0;
}

void nvme_controller_shutdown(struct nvme *nvme)
{
	u32 cc = readl(nvme->registers + NVME_CC);

	stop_queues(nvme);
	if (cc != NVME_GONE && cc & NVME_CC_EN) {
		writel((cc & ~NVME_CC_SHN_MASK) | NVME_CC_SHN_NORMAL, nvme->registers + NVME_CC);
		if (wait_for(nvme, 3u << 2, NVME_CSTS_SHST_DONE << 2, SHUTDOWN_MS))
			dev_warn(nvme->device, "does not say that it is shut down\n");
	}
	nvme_controller_disable(nvme);
	pci_set_master(nvme->device, false);
}

/* --- admin commands --- */

void nvme_admin_completed(struct nvme *nvme, const volatile struct nvme_completion *entry)
{
	u32 id = le16_to_cpu(entry->id), waited_for = id;

	if (id == NVME_ID_ABORT) {
		atomic_set(&nvme->aborting, 0);
	} else if (id == NVME_ID_EVENT) {
		atomic_set(&nvme->asking, 0);
		atomic_set(&nvme->event, (int)le32_to_cpu(entry->result));
		if (nvme->live)
			work_schedule(&nvme->event_work);
	} else if (id >= NVME_ID_SYNC &&
		   __atomic_compare_exchange_n(&nvme->admin_waits, &waited_for, 0, false,
					       __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
		nvme->admin_result = le32_to_cpu(entry->result);
		end_wait(nvme, NVME_STATUS(le16_to_cpu(entry->status)));
	} else {
		dev_warn(nvme->device, "completes an admin command that is not under way: 0x%04x\n",
			 id);
	}
}

/* 0: an answer has come. */
static int wait_for_answer(struct nvme *nvme)
{
	u32 lost;

	if (!completion_wait(&nvme->admin_done, ADMIN_TIMEOUT_MS))
		return 0;
	lost = nvme_queue_look(&nvme->admin);
	if (__atomic_exchange_n(&nvme->admin_waits, 0, __ATOMIC_SEQ_CST))
		return -ETIMEDOUT;
	if (lost)
		dev_warn(nvme->device, "an interrupt of the admin queue was lost\n");
	/* Whoever took the command from us is about to say so. */
	return completion_wait(&nvme->admin_done, ADMIN_TIMEOUT_MS);
}

/* admin_mutex is held. */
static int admin(struct nvme *nvme, struct nvme_command *command, u32 *result)
{
	u32 id = NVME_ID_SYNC | (nvme->admin_turn++ & 0xff);
	int error;

	reinit_completion(&nvme->admin_done);
	command->id = cpu_to_le16((u16)id);
	__atomic_store_n(&nvme->admin_waits, id, __ATOMIC_SEQ_CST);
	if (!nvme_queue_submit(&nvme->admin, command, true)) {
		__atomic_store_n(&nvme->admin_waits, 0, __ATOMIC_SEQ_CST);
		return -ENODEV;
	}
	error = wait_for_answer(nvme);
	if (error) {
		dev_err(nvme->device, "admin command 0x%02x is not answered\n", command->opcode);
		nvme_controller_disable(nvme);
		return error;
	}
	if (nvme->admin_status == NVME_CUT_SHORT)
		return -ENODEV;
	if (nvme->admin_status != NVME_OK) {
		dev_err(nvme->device, "admin command 0x%02x failed: status 0x%03x\n",
			command->opcode, nvme->admin_status);
		return -EIO;
	}
	if (result)
		*result = nvme->admin_result;
	return 0;
}

int nvme_admin(struct nvme *nvme, struct nvme_command *command, u32 *result)
{
	u32 life;
	int error;

	mutex_lock(&nvme->admin_mutex);
	error = admin(nvme, command, result);
	/* That which admin() has switched off. Odd: the reset that is under way has yet to take the mutex, and switches it on. */
	life = nvme_life(nvme);
	mutex_unlock(&nvme->admin_mutex);
	if (error == -ETIMEDOUT && nvme->live)
		nvme_want_reset(nvme, life);
	return error;
}

/* Nobody waits for the answer: it either ends the command or the next time-out resets the controller. */
bool nvme_abort(struct nvme_queue *queue, u32 id)
{
	struct nvme *nvme = queue->nvme;
	struct nvme_command command = { .opcode = NVME_ADMIN_ABORT,
					.id = cpu_to_le16(NVME_ID_ABORT),
					.cdw10 = cpu_to_le32(id << 16 | queue->id) };

	if (atomic_xchg(&nvme->aborting, 1))
		/* most controllers take a few only; one at a time will do */
		return false;
	if (nvme_queue_submit(&nvme->admin, &command, true))
		return true;
	atomic_set(&nvme->aborting, 0);
	return false;
}

/* --- events: what the controller tells by itself --- */

void nvme_ask_for_events(struct nvme *nvme)
{
	struct nvme_command command = { .opcode = NVME_ADMIN_ASYNC_EVENT,
					.id = cpu_to_le16(NVME_ID_EVENT) };

	if (!nvme->tells || atomic_xchg(&nvme->asking, 1))
		return;
	if (!nvme_queue_submit(&nvme->admin, &command, true))
		atomic_set(&nvme->asking, 0);
}

/* admin_mutex is held. */
static int switch_events_on(struct nvme *nvme)
{
	struct nvme_command command = {
		.opcode = NVME_ADMIN_SET_FEATURES,
		.cdw10 = cpu_to_le32(NVME_FEATURE_EVENTS),
		.cdw11 = cpu_to_le32(NVME_EVENT_NAMESPACES),
	};
	int error = nvme->tells ? admin(nvme, &command, NULL) : 0;

	if (error == -EIO)
		nvme->tells = false;
	return error == -EIO ? 0 : error;
}

/* An event is not told again until its page of the log has been read. */
static int read_log(struct nvme *nvme, u32 page)
{
	u32 bytes = page == NVME_LOG_CHANGED ? NVME_PAGE : NVME_LOG_BYTES;
	struct nvme_command command = {
		.opcode = NVME_ADMIN_GET_LOG,
		.namespace = cpu_to_le32(~0u),
		.cdw10 = cpu_to_le32((bytes / 4 - 1) << 16 | page),
	};
	dma_addr_t address;
	void *buffer = dma_alloc(nvme->device, NVME_PAGE, &address);
	int error;

	if (!buffer)
		return -ENOMEM;
	command.prp1 = cpu_to_le64(address);
	error = nvme_admin(nvme, &command, NULL);
	dma_free(nvme->device, buffer);
	return error;
}

void nvme_event_work(struct work *work)
{
	struct nvme *nvme = container_of(work, struct nvme, event_work);
	u32 event = (u32)atomic_xchg(&nvme->event, 0);
	int error = 0;

	if (!nvme->live)
		return;
	if (event != NVME_EVENT_CHANGED) /* after a reset there is no page to read */
		error = read_log(nvme, NVME_EVENT_PAGE(event));
	if (!error && NVME_EVENT_KIND(event) == NVME_EVENT_CHANGED)
		error = nvme_namespaces_scan(nvme);
	if (error)
		dev_err(nvme->device, "what it tells (0x%06x) cannot be followed: error %d\n",
			event, error);
	nvme_ask_for_events(nvme);
}

/* --- setting up --- */

/* Without spaces at the end; anything odd becomes a question mark. */
static void copy_text(char *to, const u8 *from, u32 length)
{
	u32 used = 0;

	for (u32 i = 0; i < length && from[i]; i++) {
		to[i] = from[i] >= ' ' && from[i] < 0x7f ? (char)from[i] : '?';
		if (to[i] != ' ')
			used = i + 1;
	}
	to[used] = '\0';
}

static void learn(struct nvme *nvme, const struct nvme_id_controller *id)
{
	u32 oncs = le16_to_cpu(id->oncs), unit = NVME_PAGE << NVME_CAP_MPSMIN(nvme->cap);

	copy_text(nvme->model, id->mn, sizeof(id->mn));
	copy_text(nvme->serial, id->sn, sizeof(id->sn));
	copy_text(nvme->firmware, id->fr, sizeof(id->fr));
	nvme->max_bytes = NVME_MAX_BYTES;
	if (id->mdts && id->mdts < 16 && unit << id->mdts < nvme->max_bytes)
		nvme->max_bytes = unit << id->mdts;
	nvme->can_discard = oncs & NVME_ONCS_DSM;
	nvme->can_zero = oncs & NVME_ONCS_WRITE_ZEROES;
	nvme->has_cache = id->vwc & NVME_VWC_PRESENT;
	nvme->tells = le32_to_cpu(id->oaes) & NVME_EVENT_NAMESPACES;
	nvme->nr_namespaces = le32_to_cpu(id->nn);
}

int nvme_controller_identify(struct nvme *nvme)
{
	struct nvme_command command = { .opcode = NVME_ADMIN_IDENTIFY,
					.cdw10 = cpu_to_le32(NVME_ID_CONTROLLER) };
	dma_addr_t address;
	struct nvme_id_controller *id = dma_alloc(nvme->device, sizeof(*id), &address);
	int error;

	if (!id)
		return -ENOMEM;
	command.prp1 = cpu_to_le64(address);
	error = nvme_admin(nvme, &command, NULL);
	if (!error)
		learn(nvme, id);
	dma_free(nvme->device, id);
	return error;
}

static int create_pair(struct nvme *nvme, struct nvme_queue *queue)
{
	u32 size = (queue->entries - 1) << 16 | queue->id;
	struct nvme_command cq = {
		.opcode = NVME_ADMIN_CREATE_CQ,
		.prp1 = cpu_to_le64(queue->completions_address),
		.cdw10 = cpu_to_le32(size),
		.cdw11 = cpu_to_le32(queue->vector << 16 | NVME_CQ_INTERRUPTS |
				     NVME_QUEUE_CONTIGUOUS),
	};
	struct nvme_command sq = {
		.opcode = NVME_ADMIN_CREATE_SQ,
		.prp1 = cpu_to_le64(queue->commands_address),
		.cdw10 = cpu_to_le32(size),
		.cdw11 = cpu_to_le32(queue->id << 16 | NVME_QUEUE_CONTIGUOUS),
	};
	int error;

	nvme_queue_restart(queue);
	error = admin(nvme, &cq, NULL);
	if (!error)
		error = admin(nvme, &sq, NULL);
	queue->on = !error;
	return error;
}

/* How many pairs the controller lends us, of nr_queues; after a reset it must be as many again. */
static int ask_for_queues(struct nvme *nvme)
{
	u32 wanted = nvme->nr_queues - 1, got;
	struct nvme_command command = {
		.opcode = NVME_ADMIN_SET_FEATURES,
		.cdw10 = cpu_to_le32(NVME_FEATURE_QUEUES),
		.cdw11 = cpu_to_le32(wanted << 16 | wanted),
	};
	int error = admin(nvme, &command, &got);

	if (error)
		return error;
	got = (got & 0xffff) < got >> 16 ? (got & 0xffff) + 1 : (got >> 16) + 1;
	if (got < nvme->nr_queues && nvme->queues)
		return -EIO;
	if (got < nvme->nr_queues)
		nvme->nr_queues = got;
	return 0;
}

static int alloc_queues(struct nvme *nvme)
{
	struct nvme_queue *queues = dev_kzalloc(nvme->device, nvme->nr_queues * sizeof(*queues));
	int error = 0;

	if (!queues)
		return -ENOMEM;
	for (u32 i = 0; i < nvme->nr_queues && !error; i++) {
		queues[i].vector = nvme->nr_vectors == 1 ? 0 : i + 1;
		error = nvme_queue_alloc(nvme, &queues[i], i + 1, nvme->queue_entries,
					 nvme->queue_entries - 1);
	}
	if (!error)
		nvme->queues = queues;
	return error;
}

int nvme_controller_queues(struct nvme *nvme)
{
	int error = ask_for_queues(nvme);

	if (!error && !nvme->queues)
		error = alloc_queues(nvme);
	for (u32 i = 0; i < nvme->nr_queues && !error; i++)
		error = create_pair(nvme, &nvme->queues[i]);
	return error ? error : switch_events_on(nvme);
}

/* --- reset: namespaces_lock is held --- */

static void quiesce_all(struct nvme *nvme)
{
	for (struct nvme_namespace *n = nvme->namespaces; n; n = n->next) {
		n->quiesced = n->disk != NULL;
		if (n->quiesced)
			block_quiesce(n->disk);
	}
}

static void resume_all(struct nvme *nvme)
{
	for (struct nvme_namespace *n = nvme->namespaces; n; n = n->next)
		if (n->quiesced)
			block_resume(n->disk);
	work_schedule(&nvme->ready_work); /* for one that was registered meanwhile */
}

static void end_all(struct nvme *nvme, int error)
{
	for (struct nvme_namespace *n = nvme->namespaces; n; n = n->next)
		if (n->disk)
			block_end_all(n->disk, error);
}

static void give_up(struct nvme *nvme)
{
	nvme->dead = true;
	for (struct nvme_namespace *n = nvme->namespaces; n; n = n->next)
		if (n->disk)
			block_gone(n->disk);
	nvme_controller_disable(nvme);
	end_all(nvme, -ENODEV);
}

void nvme_give_up(struct nvme *nvme)
{
	stop_queues(nvme);
	cut_wait_short(nvme); /* a reset under way ends soon */
	mutex_lock(&nvme->namespaces_lock);
	give_up(nvme);
	mutex_unlock(&nvme->namespaces_lock);
}

/* It is off, and nothing is in flight any more. */
static int bring_back(struct nvme *nvme, bool stopped)
{
	int error = nvme_is_gone(nvme) ? -ENODEV : 0;

	if (!error && !stopped)
		error = pci_reset(nvme->device);
	if (error)
		return error;
	pci_set_master(nvme->device, true);
	mutex_lock(&nvme->admin_mutex);
	error = nvme_controller_start(nvme);
	if (!error)
		error = nvme_controller_queues(nvme);
	mutex_unlock(&nvme->admin_mutex);
	return error;
}

u32 nvme_life(const struct nvme *nvme)
{
	return __atomic_load_n(&nvme->life, __ATOMIC_SEQ_CST);
}

/* Who saw something wrong in a life that is over by now, or is about to be, has nothing more to say. */
void nvme_want_reset(struct nvme *nvme, u32 life)
{
	if (!(life & 1) && __atomic_compare_exchange_n(&nvme->life, &life, life | 1, false,
						       __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		work_schedule(&nvme->reset_work);
}

static void reset(struct nvme *nvme)
{
	bool stopped;
	int error;

	dev_warn(nvme->device, "reset (status 0x%x)\n", status_of(nvme));
	quiesce_all(nvme);
	stopped = !nvme_controller_disable(nvme);
	atomic_set(&nvme->aborting, 0);
	atomic_set(&nvme->asking, 0);
	end_all(nvme, -EAGAIN);
	error = bring_back(nvme, stopped);
	if (error) {
		dev_err(nvme->device, "cannot be brought back: error %d\n", error);
		give_up(nvme);
	}
	resume_all(nvme);
	if (error || !nvme->live || !nvme->tells)
		return;
	nvme_ask_for_events(nvme);
	/* What it would have told meanwhile. */
	atomic_set(&nvme->event, NVME_EVENT_CHANGED);
	work_schedule(&nvme->event_work);
}

void nvme_reset_work(struct work *work)
{
	struct nvme *nvme = container_of(work, struct nvme, reset_work);

	mutex_lock(&nvme->namespaces_lock);
	if (!nvme->dead)
		reset(nvme);
	__atomic_fetch_add(&nvme->life, 1, __ATOMIC_SEQ_CST);
	mutex_unlock(&nvme->namespaces_lock);
}
