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

static struct nvme_queue *pair_of(const struct block_queue *queue)
{
	return &namespace_of(queue)->nvme->queues[block_queue_index(queue)];
}

/* --- commands --- */

/* The memory of a command's pointers, or ranges: a part of its pair's. */
static void *list_of(struct nvme_queue *pair, u32 id, dma_addr_t *address)
{
	*address = pair->lists_address + (dma_addr_t)id * NVME_LIST_BYTES;
	return pair->lists + id * NVME_LIST_BYTES;
}

/*
 * Physical region pages: the first may begin anywhere, all others are whole pages. The second pointer is the second page if there are no more, else
 * that of a list. The class has seen to it that segments end and begin at pages (virtual_boundary).
 */
static void set_pointers(struct nvme_command *command, struct nvme_queue *pair, u32 id, const struct block_request *request)
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

static void set_range(struct nvme_command *command, const struct nvme_namespace *ns, const struct block_request *request)
{
	u64 first = block_request_sector(request) >> (ns->shift - 9);
	u32 blocks = block_request_bytes(request) >> ns->shift;

	command->cdw10 = cpu_to_le32((u32)first);
	command->cdw11 = cpu_to_le32((u32)(first >> 32));
	command->cdw12 = cpu_to_le32(blocks - 1);
}

static void set_discard(struct nvme_command *command, const struct nvme_namespace *ns, struct nvme_queue *pair, u32 id,
			const struct block_request *request)
{
	dma_addr_t address;
	struct nvme_dsm_range *range = list_of(pair, id, &address);

	range->attributes = 0;
	range->first = cpu_to_le64(block_request_sector(request) >> (ns->shift - 9));
	range->blocks = cpu_to_le32(block_request_bytes(request) >> ns->shift);
	command->prp1 = cpu_to_le64(address);
	command->cdw10 = 0;		/* one range */
	command->cdw11 = cpu_to_le32(NVME_DSM_DEALLOCATE);
}

static int build(struct nvme_command *command, const struct nvme_namespace *ns, struct nvme_queue *pair, const struct block_request *request)
{
	u32 id = ns->first_id + block_request_tag(request);

	*command = (struct nvme_command){ .id = cpu_to_le16((u16)id), .namespace = cpu_to_le32(ns->number) };
	switch (block_request_operation(request)) {
	case BLOCK_READ:
	case BLOCK_WRITE:
		command->opcode = block_request_operation(request) == BLOCK_READ ? NVME_READ : NVME_WRITE;
		set_range(command, ns, request);
		set_pointers(command, pair, id, request);
		if (block_request_flags(request) & BLOCK_FUA)
			command->cdw12 |= cpu_to_le32(NVME_RW_FUA);
		return 0;
	case BLOCK_FLUSH:
		command->opcode = NVME_FLUSH;
		return 0;
	case BLOCK_DISCARD:
		command->opcode = NVME_DATASET_MANAGEMENT;
		set_discard(command, ns, pair, id, request);
		return 0;
	case BLOCK_WRITE_ZEROES:
		command->opcode = NVME_WRITE_ZEROES;
		set_range(command, ns, request);
		return 0;
	default:
		return -EOPNOTSUPP;
	}
}

static int submit(struct block_queue *queue, struct block_request *request)
{
	struct nvme_namespace *ns = namespace_of(queue);
	struct nvme_queue *pair = pair_of(queue);
	struct nvme_command command;
	int error = build(&command, ns, pair, request);

	if (!ns->disk)			/* partitions are read before block_register returns */
		ns->disk = block_queue_device(queue);
	if (error)
		return error;
	/* Off: a reset is about to quiesce the disk and will resume it. */
	return nvme_queue_submit(pair, &command, false) ? 0 : -EAGAIN;
}

static void commit(struct block_queue *queue)
{
	nvme_queue_ring(pair_of(queue));
}

/* --- ends --- */

static int error_of(u32 entry_status)
{
	switch (NVME_STATUS(entry_status)) {
	case NVME_OK:
		return 0;
	case NVME_INVALID_OPCODE:
	case NVME_INVALID_FIELD:
		return -EOPNOTSUPP;
	case NVME_CAPACITY_EXCEEDED:
		return -ENOSPC;
	case NVME_READ_ERROR:
		return -ENODATA;
	case NVME_ABORTED:
	case NVME_ABORTED_SQ_DELETED:
		return -EAGAIN;
	default:
		return NVME_STATUS_DNR(entry_status) ? -EIO : -EAGAIN;
	}
}

void nvme_completed(struct nvme_queue *pair, u32 id, u32 status)
{
	for (struct nvme_namespace *ns = pair->nvme->namespaces; ns; ns = ns->next) {
		struct block_request *request;

		if (id < ns->first_id || id >= ns->first_id + ns->depth || !ns->disk)
			continue;
		request = block_queue_request(block_device_queue(ns->disk, pair->id - 1), id - ns->first_id);
		if (request && block_complete(request, error_of(status)))
			return;
	}
	dev_warn(pair->nvme->device, "completes a command that is not under way: %u of queue %u\n", id, pair->id);
}

static void timeout(struct block_queue *queue, struct block_request *request, u32 times)
{
	struct nvme_namespace *ns = namespace_of(queue);
	struct nvme_queue *pair = pair_of(queue);
	struct nvme *nvme = ns->nvme;
	u32 status = readl(nvme->registers + NVME_CSTS);

	if (nvme_queue_reap(pair)) {
		dev_warn(nvme->device, "an interrupt of queue %u was lost\n", pair->id);
		return;			/* if this request was not among them, we are called again */
	}
	if (times > 1 || status & NVME_CSTS_CFS || !(status & NVME_CSTS_RDY)) {
		work_schedule(&nvme->reset_work);
		return;
	}
	dev_warn(nvme->device, "command %u of queue %u is aborted\n", ns->first_id + block_request_tag(request), pair->id);
	nvme_abort(pair, ns->first_id + block_request_tag(request));
}

static const struct block_operations operations = {
	.size = sizeof(operations),
	.submit = submit,
	.commit = commit,
	.timeout = timeout,
};

/* --- finding them --- */

static int add_namespace(struct nvme *nvme, u32 number, struct nvme_namespace ***last)
{
	struct nvme_namespace *ns = dev_kzalloc(nvme->device, sizeof(*ns));

	if (!ns)
		return -ENOMEM;
	ns->nvme = nvme;
	ns->number = number;
	**last = ns;
	*last = &ns->next;
	return 0;
}

/* The numbers of those that are there; each gets its share of the command identifiers. */
int nvme_namespaces_find(struct nvme *nvme)
{
	struct nvme_command command = { .opcode = NVME_ADMIN_IDENTIFY, .cdw10 = cpu_to_le32(NVME_ID_ACTIVE) };
	struct nvme_namespace **last = &nvme->namespaces;
	u32 possible = nvme->nr_namespaces, found = 0, usable = nvme->queue_entries - 1, id = 0;
	dma_addr_t address;
	__le32 *numbers = dma_alloc(nvme->device, NVME_PAGE, &address);
	int error;

	if (!numbers)
		return -ENOMEM;
	command.prp1 = cpu_to_le64(address);
	error = nvme_admin(nvme, &command, NULL);
	for (u32 i = 0; !error && i < NVME_PAGE / 4 && numbers[i] && found < usable; i++, found++)
		error = le32_to_cpu(numbers[i]) <= possible ? add_namespace(nvme, le32_to_cpu(numbers[i]), &last) : -EIO;
	dma_free(nvme->device, numbers);
	nvme->nr_namespaces = found;
	for (struct nvme_namespace *ns = nvme->namespaces; ns; ns = ns->next) {
		ns->depth = usable / found;
		ns->first_id = id;
		id += ns->depth;
	}
	return error;
}

static int register_disk(struct nvme_namespace *ns, const struct nvme_id_namespace *id)
{
	struct nvme *nvme = ns->nvme;
	u32 format = le32_to_cpu(id->lbaf[id->flbas & 0xf]);
	struct block_params params = {
		.size = sizeof(params),
		.features = nvme->has_cache ? BLOCK_WRITE_CACHE | BLOCK_HAS_FUA : 0,
		.operations = &operations,
		.data = ns,
		.nr_queues = nvme->nr_queues,
		.depth = ns->depth,
		.max_bytes = nvme->max_bytes,
		.max_segments = 128,
		.virtual_boundary = NVME_PAGE,
		.timeout_ms = io_timeout_ms,
		.model = nvme->model,
		.serial = nvme->serial,
		.firmware = nvme->firmware,
	};
	char name[32];

	ns->shift = NVME_LBAF_DS(format);
	if (ns->shift < 9 || ns->shift > 12 || NVME_LBAF_MS(format)) {
		dev_err(nvme->device, "namespace %u: blocks of 2^%u bytes with %u of metadata: not possible\n", ns->number, ns->shift,
			NVME_LBAF_MS(format));
		return 0;
	}
	snprintf(name, sizeof(name), "nvme%un%u", nvme->instance, ns->number);
	params.name = name;
	params.logical_block = 1u << ns->shift;
	params.nr_sectors = le64_to_cpu(id->nsze) << (ns->shift - 9);
	if (nvme->can_discard)
		params.max_discard_bytes = 1u << 31;
	if (nvme->can_zero)
		params.max_zeroes_bytes = 0x10000u << ns->shift;
	ns->disk = block_register(THIS_MODULE, nvme->device, &params);
	if (!IS_ERR(ns->disk))
		return 0;
	dev_err(nvme->device, "namespace %u: no disk: error %ld\n", ns->number, PTR_ERR(ns->disk));
	ns->disk = NULL;
	return 0;
}

int nvme_namespaces_register(struct nvme *nvme)
{
	dma_addr_t address;
	struct nvme_id_namespace *id = dma_alloc(nvme->device, sizeof(*id), &address);
	int error = id ? 0 : -ENOMEM;

	for (struct nvme_namespace *ns = nvme->namespaces; ns && !error; ns = ns->next) {
		struct nvme_command command = {
			.opcode = NVME_ADMIN_IDENTIFY, .namespace = cpu_to_le32(ns->number), .prp1 = cpu_to_le64(address),
			.cdw10 = cpu_to_le32(NVME_ID_NAMESPACE),
		};

		error = nvme_admin(nvme, &command, NULL);
		if (!error && id->nsze)
			error = register_disk(ns, id);
	}
	if (id)
		dma_free(nvme->device, id);
	return error;
}

/* In two steps: a reset may come to the aid of what is in flight; when nothing is, none begins any more, and the disks can go. */
void nvme_namespaces_unregister(struct nvme *nvme)
{
	for (struct nvme_namespace *ns = nvme->namespaces; ns; ns = ns->next)
		if (ns->disk)
			block_shut_down(ns->disk);
	work_cancel(&nvme->reset_work);
	for (struct nvme_namespace *ns = nvme->namespaces; ns; ns = ns->next) {
		if (ns->disk)
			block_unregister(ns->disk);
		ns->disk = NULL;
	}
}
