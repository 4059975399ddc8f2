// SPDX-License-Identifier: MIT
/* Namespaces as disks: what the block class asks becomes commands. */
#include "nvme.h"

#include <kit/device.h>
#include <kit/dma.h>
#include <kit/log.h>
#include <kit/memory.h>
#include <kit/module.h>
#include <kit/param.h>

static unsigned int io_timeout_ms = 30000;
module_param(io_timeout_ms, uint, 0444);
MODULE_PARM_DESC(io_timeout_ms, "how long a command may take before something is done about it");

static struct nvme_namespace *namespace_of(const struct block_queue *queue)
{
	return block_data(block_queue_device(queue));
}

static u32 *id_of(const struct block_request *request)
{
	return block_request_private(request);
}

static struct nvme_queue *pair_of(const struct block_queue *queue)
{
	return &namespace_of(queue)->nvme->queues[block_queue_index(queue)];
}

/* --- commands --- */

/* The memory of a command's pointers, or ranges: a part of its pair's. */
static void *list_of(struct nvme_queue *pair, u32 id, dma_addr_t *address)
{
	*address = pair->lists_address + (dma_addr_t)NVME_ID_PLACE(id) * NVME_LIST_BYTES;
	return pair->lists + NVME_ID_PLACE(id) * NVME_LIST_BYTES;
}

/*
 * Physical region pages: the first may begin anywhere, all others are whole pages. The second pointer is the second page if there are no more, else
 * that of a list. The class has seen to it that segments end and begin at pages (virtual_boundary).
 */
static void set_pointers(struct nvme_command *command, struct nvme_queue *pair, u32 id,
			 const struct block_request *request)
{
	dma_addr_t list_address;
	__le64 *list = list_of(pair, id, &list_address);
	u32 n = 0;

	for (u32 i = 0; i < block_request_segments(request); i++) {
		u64 address;
		u64 end = block_request_segment(request, i, &address);

		end += address;
		if (!i) {
			command->prp1 = cpu_to_le64(address);
			address = (address | (NVME_PAGE - 1)) + 1;
		}
		for (; address < end; address += NVME_PAGE)
			list[n++] = cpu_to_le64(address);
	}
	if (n == 1)
		command->prp2 = list[0];
	else if (n)
		command->prp2 = cpu_to_le64(list_address);
}

static void set_range(struct nvme_command *command, const struct nvme_namespace *ns,
		      const struct block_request *request)
{
	u64 first = block_request_sector(request) >> (ns->shift - 9);
	u32 blocks = block_request_bytes(request) >> ns->shift;

	command->cdw10 = cpu_to_le32((u32)first);
	command->cdw11 = cpu_to_le32((u32)(first >> 32));
	command->cdw12 = cpu_to_le32(blocks - 1);
}

static void set_discard(struct nvme_command *command, const struct nvme_namespace *ns,
			struct nvme_queue *pair, u32 id, const struct block_request *request)
{
	dma_addr_t address;
	struct nvme_dsm_range *range = list_of(pair, id, &address);

	range->attributes = 0;
	range->first = cpu_to_le64(block_request_sector(request) >> (ns->shift - 9));
	range->blocks = cpu_to_le32(block_request_bytes(request) >> ns->shift);
	command->prp1 = cpu_to_le64(address);
	command->cdw10 = 0; /* one range */
	command->cdw11 = cpu_to_le32(NVME_DSM_DEALLOCATE);
}

static int build(struct nvme_command *command, const struct nvme_namespace *ns,
		 struct nvme_queue *pair, const struct block_request *request)
{
	u32 id = *id_of(request);

	*command = (struct nvme_command){ .id = cpu_to_le16((u16)id),
					  .namespace = cpu_to_le32(ns->number) };
	switch (block_request_operation(request)) {
	case BLOCK_READ:
	case BLOCK_WRITE:
		command->opcode = block_request_operation(request) == BLOCK_READ ? NVME_READ
										 : NVME_WRITE;
		set_range(command, ns, request);
		set_pointers(command, pair, id, request);
		if (block_request_flags(request) & BLOCK_FUA)
			command->cdw12 |= cpu_to_le32(NVME_RW_FUA);
		return 0;
	case BLOCK_FLUSH: command->opcode = NVME_FLUSH; return 0;
	case BLOCK_DISCARD:
		command->opcode = NVME_DATASET_MANAGEMENT;
		set_discard(command, ns, pair, id, request);
		return 0;
	case BLOCK_WRITE_ZEROES:
		command->opcode = NVME_WRITE_ZEROES;
		set_range(command, ns, request);
		return 0;
	default: return -EOPNOTSUPP;
	}
}

static int submit(struct block_queue *queue, struct block_request *request)
{
	struct nvme_namespace *ns = namespace_of(queue);
	struct nvme_queue *pair = pair_of(queue);
	struct nvme_command command;
	int error;

	if (!ns->disk) /* partitions are read before block_register returns */
		ns->disk = block_queue_device(queue);
	if (!nvme_queue_enter(pair, request, id_of(request)))
		return -EAGAIN;
	error = build(&command, ns, pair, request);
	/* Off: a reset is about to quiesce the disk, and says when it may go on. */
	if (!error && !nvme_queue_submit(pair, &command, false))
		error = -EAGAIN;
	if (error)
		nvme_queue_leave(pair, *id_of(request));
	return error;
}

static void commit(struct block_queue *queue)
{
	nvme_queue_ring(pair_of(queue));
}

/* --- ends --- */

static int error_of(u32 entry_status)
{
	switch (NVME_STATUS(entry_status)) {
	case NVME_OK: return 0;
	case NVME_INVALID_OPCODE:
	case NVME_INVALID_FIELD: return -EOPNOTSUPP;
	case NVME_CAPACITY_EXCEEDED: return -ENOSPC;
	case NVME_READ_ERROR: return -ENODATA;
	case NVME_ABORTED:
	case NVME_ABORTED_SQ_DELETED: return -EAGAIN;
	default: return NVME_STATUS_DNR(entry_status) ? -EIO : -EAGAIN;
	}
}

void nvme_completed(struct nvme_queue *pair, u32 id, u32 status)
{
	struct block_request *request = nvme_queue_leave(pair, id);

	if (!request || !block_complete(request, error_of(status)))
		dev_warn(pair->nvme->device,
			 "completes a command that is not under way: 0x%04x of queue %u\n", id,
			 pair->id);
}

static void timeout(struct block_queue *queue, struct block_request *request, u32 times)
{
	struct nvme_queue *pair = pair_of(queue);
	struct nvme *nvme = pair->nvme;
	u32 life = nvme_life(nvme), status = readl(nvme->registers + NVME_CSTS),
	    id = *id_of(request);

	if (nvme_queue_look(pair) &&
	    block_queue_request(queue, block_request_tag(request)) != request) {
		dev_warn(nvme->device, "an interrupt of queue %u was lost\n", pair->id);
		return;
	}
	if (times > 1 || status & NVME_CSTS_CFS || !(status & NVME_CSTS_RDY))
		nvme_want_reset(nvme, life);
	else if (nvme_abort(pair, id))
		dev_warn(nvme->device, "command 0x%04x of queue %u is aborted\n", id, pair->id);
}

static const struct block_operations operations = {
	.size = sizeof(operations),
	.submit = submit,
	.commit = commit,
	.timeout = timeout,
};

/* A place in a pair was free again, or the pairs are on again. */
void nvme_ready_work(struct work *work)
{
	struct nvme *nvme = container_of(work, struct nvme, ready_work);

	mutex_lock(&nvme->namespaces_lock);
	for (struct nvme_namespace *ns = nvme->namespaces; ns; ns = ns->next)
		for (u32 i = 0; ns->disk && i < nvme->nr_queues; i++)
			block_ready(block_device_queue(ns->disk, i));
	mutex_unlock(&nvme->namespaces_lock);
}

/* --- coming and going --- */

static void set_limits(const struct nvme_namespace *ns, struct block_params *params)
{
	const struct nvme *nvme = ns->nvme;

	params->nr_queues = nvme->nr_queues;
	params->depth = nvme->queue_entries - 1;
	params->logical_block = 1u << ns->shift;
	params->max_bytes = nvme->max_bytes;
	params->max_segments = 128;
	params->virtual_boundary = NVME_PAGE;
	if (nvme->has_cache)
		params->features = BLOCK_WRITE_CACHE | BLOCK_HAS_FUA;
	if (nvme->can_discard)
		params->max_discard_bytes = 1u << 31;
	if (nvme->can_zero)
		params->max_zeroes_bytes = 0x10000u << ns->shift;
}

static int register_disk(struct nvme_namespace *ns, u64 blocks)
{
	struct nvme *nvme = ns->nvme;
	char name[32];
	struct block_params params = {
		.size = sizeof(params),
		.name = name,
		.operations = &operations,
		.data = ns,
		.nr_sectors = blocks << (ns->shift - 9),
		.private_bytes = sizeof(u32), /* the identifier of its command */
		.timeout_ms = io_timeout_ms,
		.model = nvme->model,
		.serial = nvme->serial,
		.firmware = nvme->firmware,
	};
	struct block_device *disk;

	snprintf(name, sizeof(name), "nvme%un%u", nvme->instance, ns->number);
	set_limits(ns, &params);
	disk = block_register(THIS_MODULE, nvme->device, &params);
	if (IS_ERR(disk)) {
		dev_err(nvme->device, "namespace %u: no disk: error %ld\n", ns->number,
			PTR_ERR(disk));
		ns->disk = NULL;
		return PTR_ERR(disk);
	}
	ns->disk = disk;
	return 0;
}

static void drop(struct nvme *nvme, struct nvme_namespace *ns)
{
	struct nvme_namespace **at = &nvme->namespaces;

	mutex_lock(&nvme->namespaces_lock);
	while (*at != ns)
		at = &(*at)->next;
	*at = ns->next;
	mutex_unlock(&nvme->namespaces_lock);
	if (ns->disk)
		block_unregister(ns->disk);
	kfree(ns);
}

/* It is on the list first: the reading of its partitions may need the help of a reset. */
static int add(struct nvme *nvme, u32 number, u32 shift, u64 blocks)
{
	struct nvme_namespace *ns = kzalloc(sizeof(*ns));

	if (!ns)
		return -ENOMEM;
	ns->nvme = nvme;
	ns->number = number;
	ns->shift = shift;
	mutex_lock(&nvme->namespaces_lock);
	ns->next = nvme->namespaces;
	nvme->namespaces = ns;
	mutex_unlock(&nvme->namespaces_lock);
	if (register_disk(ns, blocks))
		drop(nvme, ns); /* the others do without it */
	return 0;
}

/* It is not there any more, or not the same. While it is on the list a reset may help with what is in flight. */
static void lose(struct nvme *nvme, struct nvme_namespace *ns)
{
	dev_info(nvme->device, "namespace %u is gone\n", ns->number);
	block_gone(ns->disk);
	block_shut_down(ns->disk);
	drop(nvme, ns);
}

static struct nvme_namespace *find(struct nvme *nvme, u32 number)
{
	struct nvme_namespace *ns = nvme->namespaces;

	while (ns && ns->number != number)
		ns = ns->next;
	return ns;
}

/* As the controller describes it now; no blocks: it is not active. */
static int update(struct nvme *nvme, u32 number, const struct nvme_id_namespace *id)
{
	struct nvme_namespace *ns = find(nvme, number);
	u32 format = le32_to_cpu(id->lbaf[id->flbas & 0xf]), shift = NVME_LBAF_DS(format);
	u64 blocks = le64_to_cpu(id->nsze);
	bool possible = shift >= 9 && shift <= 12 && !NVME_LBAF_MS(format) && blocks <= 1ull << 50;

	if (ns && blocks && possible && ns->shift == shift) {
		block_set_capacity(ns->disk, blocks << (shift - 9));
		return 0;
	}
	if (ns)
		lose(nvme, ns);
	if (blocks && !possible)
		dev_err(nvme->device,
			"namespace %u: blocks of 2^%u bytes with %u of metadata: not possible\n",
			number, shift, NVME_LBAF_MS(format));
	return blocks && possible ? add(nvme, number, shift, blocks) : 0;
}

static void lose_missing(struct nvme *nvme, const __le32 *numbers)
{
	for (struct nvme_namespace *ns = nvme->namespaces, *next; ns; ns = next) {
		u32 i = 0;

		next = ns->next;
		while (i < NVME_PAGE / 4 && numbers[i] && le32_to_cpu(numbers[i]) != ns->number)
			i++;
		if (i == NVME_PAGE / 4 || !numbers[i])
			lose(nvme, ns);
	}
}

static int identify(struct nvme *nvme, u32 what, u32 number, dma_addr_t address)
{
	struct nvme_command command = {
		.opcode = NVME_ADMIN_IDENTIFY,
		.namespace = cpu_to_le32(number),
		.prp1 = cpu_to_le64(address),
		.cdw10 = cpu_to_le32(what),
	};

	return nvme_admin(nvme, &command, NULL);
}

/* The page of the list, then that of each on it. */
int nvme_namespaces_scan(struct nvme *nvme)
{
	dma_addr_t address;
	u8 *pages = dma_alloc(nvme->device, 2 * NVME_PAGE, &address);
	const __le32 *numbers = (const __le32 *)pages;
	int error;

	if (!pages)
		return -ENOMEM;
	error = identify(nvme, NVME_ID_ACTIVE, 0, address);
	if (!error)
		lose_missing(nvme, numbers);
	for (u32 i = 0; !error && i < NVME_PAGE / 4 && numbers[i]; i++) {
		u32 number = le32_to_cpu(numbers[i]);

		error = number <= nvme->nr_namespaces
				? identify(nvme, NVME_ID_NAMESPACE, number, address + NVME_PAGE)
				: -EIO;
		if (!error)
			error = update(nvme, number,
				       (const struct nvme_id_namespace *)(pages + NVME_PAGE));
	}
	dma_free(nvme->device, pages);
	return error;
}

/* In two steps: a reset may come to the aid of what is in flight; when nothing is, none begins any more, and the disks can go. */
void nvme_namespaces_unregister(struct nvme *nvme)
{
	nvme->live = false;
	work_cancel(&nvme->event_work);
	for (struct nvme_namespace *ns = nvme->namespaces; ns; ns = ns->next)
		block_shut_down(ns->disk);
	work_cancel(&nvme->reset_work);
	while (nvme->namespaces)
		drop(nvme, nvme->namespaces);
	work_cancel(&nvme->ready_work);
}
