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
		if ((status & mask) == value)
			return 0;
		if (value && status & NVME_CSTS_CFS)
			return -EIO;
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

static void stop_queues(struct nvme *nvme)
{
	nvme_queue_stop(&nvme->admin);
	for (u32 i = 0; i < nvme->nr_queues; i++)
		nvme_queue_stop(&nvme->queues[i]);
}

/* Off, whatever it was doing: afterwards it touches no memory and its handlers do not run. */
void nvme_controller_disable(struct nvme *nvme)
{
	int error;

	stop_queues(nvme);
	error = switch_off(nvme);
	if (error == -ETIMEDOUT || error == -EIO) {
		dev_warn(nvme->device, "does not stop: cut off from memory\n");
		pci_set_master(nvme->device, false);
	}
	for (u32 i = 0; i < nvme->nr_vectors; i++)
		irq_drain(nvme->device, i);
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
	switch (le16_to_cpu(entry->id)) {
	case NVME_ID_SYNC:
		nvme->admin_status = NVME_STATUS(le16_to_cpu(entry->status));
		nvme->admin_result = le32_to_cpu(entry->result);
		complete(&nvme->admin_done);
		break;
	case NVME_ID_ABORT:
		atomic_set(&nvme->aborting, 0);
		break;
	default:
		dev_warn(nvme->device, "completes an admin command that nobody gave: %u\n", le16_to_cpu(entry->id));
	}
}

/* Sleeps: 0, -EIO: refused by the controller, -ETIMEDOUT, -ENODEV. */
int nvme_admin(struct nvme *nvme, struct nvme_command *command, u32 *result)
{
	int error = -ENODEV;

	mutex_lock(&nvme->admin_mutex);
	reinit_completion(&nvme->admin_done);
	command->id = cpu_to_le16(NVME_ID_SYNC);
	if (nvme_queue_submit(&nvme->admin, command, true))
		error = completion_wait(&nvme->admin_done, ADMIN_TIMEOUT_MS);
	if (error == -ETIMEDOUT && nvme_queue_reap(&nvme->admin)) {
		dev_warn(nvme->device, "an interrupt of the admin queue was lost\n");
		error = completion_wait(&nvme->admin_done, 1);
	}
	if (!error && nvme->admin_status != NVME_OK) {
		dev_err(nvme->device, "admin command 0x%02x failed: status 0x%03x\n", command->opcode, nvme->admin_status);
		error = -EIO;
	}
	if (!error && result)
		*result = nvme->admin_result;
	mutex_unlock(&nvme->admin_mutex);
	return error;
}

/* Nobody waits for the answer: it either ends the command or the next time-out resets the controller. */
void nvme_abort(struct nvme_queue *queue, u32 id)
{
	struct nvme *nvme = queue->nvme;
	struct nvme_command command = { .opcode = NVME_ADMIN_ABORT, .id = cpu_to_le16(NVME_ID_ABORT), .cdw10 = cpu_to_le32(id << 16 | queue->id) };

	if (atomic_xchg(&nvme->aborting, 1))
		return;			/* most controllers take a few only; one at a time will do */
	if (!nvme_queue_submit(&nvme->admin, &command, true))
		atomic_set(&nvme->aborting, 0);
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
	nvme->nr_namespaces = le32_to_cpu(id->nn);
}

int nvme_controller_identify(struct nvme *nvme)
{
	struct nvme_command command = { .opcode = NVME_ADMIN_IDENTIFY, .cdw10 = cpu_to_le32(NVME_ID_CONTROLLER) };
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
		.opcode = NVME_ADMIN_CREATE_CQ, .prp1 = cpu_to_le64(queue->completions_address), .cdw10 = cpu_to_le32(size),
		.cdw11 = cpu_to_le32(queue->vector << 16 | NVME_CQ_INTERRUPTS | NVME_QUEUE_CONTIGUOUS),
	};
	struct nvme_command sq = {
		.opcode = NVME_ADMIN_CREATE_SQ, .prp1 = cpu_to_le64(queue->commands_address), .cdw10 = cpu_to_le32(size),
		.cdw11 = cpu_to_le32(queue->id << 16 | NVME_QUEUE_CONTIGUOUS),
	};
	int error;

	nvme_queue_restart(queue);
	error = nvme_admin(nvme, &cq, NULL);
	if (!error)
		error = nvme_admin(nvme, &sq, NULL);
	queue->on = !error;
	return error;
}

/* How many pairs the controller lends us, of nr_queues; after a reset it must be as many again. */
static int ask_for_queues(struct nvme *nvme)
{
	u32 wanted = nvme->nr_queues - 1, got;
	struct nvme_command command = {
		.opcode = NVME_ADMIN_SET_FEATURES, .cdw10 = cpu_to_le32(NVME_FEATURE_QUEUES), .cdw11 = cpu_to_le32(wanted << 16 | wanted),
	};
	int error = nvme_admin(nvme, &command, &got);

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
		error = nvme_queue_alloc(nvme, &queues[i], i + 1, nvme->queue_entries, nvme->queue_entries);
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
	return error;
}

/* --- reset --- */

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
}

static void end_all(struct nvme *nvme, int error)
{
	for (struct nvme_namespace *n = nvme->namespaces; n; n = n->next)
		if (n->disk)
			block_end_all(n->disk, error);
}

void nvme_give_up(struct nvme *nvme)
{
	nvme->dead = true;
	for (struct nvme_namespace *n = nvme->namespaces; n; n = n->next)
		if (n->disk)
			block_gone(n->disk);
	nvme_controller_disable(nvme);
	end_all(nvme, -ENODEV);
}

void nvme_reset(struct work *work)
{
	struct nvme *nvme = container_of(work, struct nvme, reset_work);
	int error;

	if (nvme->dead)
		return;
	dev_warn(nvme->device, "reset (status 0x%x)\n", status_of(nvme));
	quiesce_all(nvme);
	nvme_controller_disable(nvme);
	atomic_set(&nvme->aborting, 0);
	end_all(nvme, -EAGAIN);
	error = nvme_is_gone(nvme) ? -ENODEV : 0;
	if (!error) {
		pci_set_master(nvme->device, true);
		error = nvme_controller_start(nvme);
	}
	if (!error)
		error = nvme_controller_queues(nvme);
	if (error) {
		dev_err(nvme->device, "cannot be brought back: error %d\n", error);
		nvme_give_up(nvme);
	}
	resume_all(nvme);
}
