/* SPDX-License-Identifier: MIT */
/* The controller of nvme_model.h. */
#include <kit/memory.h>
#include "../../../modules/nvme/nvme_regs.h"
#include "fake_pci.h"
#include "fakekit.h"
#include "internal.h"
#include "nvme_model.h"

#define PAGE		4096u
#define BAR_BYTES	0x4000u
#define READY_NS	1000000ull
#define ENTRIES_LESS_ONE 255u

struct sq { u64 address; u32 entries, head, tail, cq; bool valid; };
struct cq { u64 address; u32 entries, head, tail, phase, vector; bool valid, interrupts; };

struct command {
	struct list_head node; /* in flight, the oldest first */
	struct nvme_command c;
	u32 queue, life;
	u64 due; /* when its time has come */
	bool held;
};

struct model model;

static struct sq sqs[MODEL_QUEUES];
static struct cq cqs[MODEL_QUEUES];
static u32 cc, csts, aqa, life;
static u64 asq, acq;
static LIST_HEAD(under_way);
static u32 event_id;		   /* of the asynchronous event request that waits, + 1 */
static bool has_event, event_told; /* told: and its page has not been read yet */

static u64 capabilities(void)
{
	return ENTRIES_LESS_ONE | 1ull << 16 | 10ull << 24 | 1ull << 37;
}

void model_fatal(void) { csts |= NVME_CSTS_CFS; }

static void *at(u64 address, size_t size)
{
	void *p = fake_dma(model.device, address, size);

	if (!p)
		model_fatal();
	return p;
}

/* --- ends of commands --- */

static void interrupt(const struct cq *q)
{
	if (!q->interrupts)
		return;
	if (model.lose_interrupts && !(model.spare_admin && q == cqs))
		model.lose_interrupts--;
	else
		fake_irq(model.device, q->vector);
}

static void post(u32 queue, u32 id, u32 status, u32 result)
{
	struct cq *q = &cqs[sqs[queue].cq];
	struct nvme_completion *entry;

	if (!q->valid)
		return;
	if ((q->tail + 1) % q->entries == q->head)
		complain("nvme: completion queue %u overflows", sqs[queue].cq);
	entry = at(q->address + q->tail * sizeof(*entry), sizeof(*entry));
	if (!entry)
		return;
	*entry = (struct nvme_completion){
		.result = result,
		.sq_head = (u16)sqs[queue].head,
		.sq_id = (u16)queue,
		.id = (u16)id,
		.status = (u16)(status << 1 | q->phase),
	};
	q->tail = (q->tail + 1) % q->entries;
	q->phase ^= !q->tail;
}

static void end(struct command *cmd, u32 status, u32 result)
{
	u32 id = cmd->c.id, queue = cmd->queue;

	list_del(&cmd->node);
	host_free(cmd);
	if (queue && model.wrong_ids) {
		model.wrong_ids--;
		post(queue, model.wrong_ids % 2 ? 0xfffe : 0x7fff, 0, 0);
	}
	post(queue, id, status, result);
	if (queue && model.duplicate) {
		model.duplicate--;
		post(queue, id, status, result);
	}
	interrupt(&cqs[sqs[queue].cq]);
}

/* --- data --- */

/* Moves bytes of a command by its PRPs; lists may be chained. False: memory that the controller does not reach. */
static bool move(const struct nvme_command *c, u8 *bytes, u32 length, bool to_memory)
{
	u32 n = PAGE - (c->prp1 & (PAGE - 1)), entries = 0;
	u64 address = c->prp1, list = 0;

	if (c->prp1 & 3)
		complain("nvme: PRP 1 is %#llx", (unsigned long long)c->prp1);
	n = n < length ? n : length;
	for (;;) {
		u8 *memory = at(address, n);

		if (!memory)
			return false;
		memcpy(to_memory ? memory : bytes, to_memory ? bytes : memory, n);
		bytes += n;
		length -= n;
		if (!length)
			break;
		if (!list && length <= PAGE) {
			address = c->prp2;
		} else {
			u64 *entry;

			list = list ? list + 8 : c->prp2;
			if (!entries)
				model.lists++;
			/* The last place in a page leads on if there is more than one page left. */
			if (!((list + 8) & (PAGE - 1)) && length > PAGE) {
				entry = at(list, 8);
				if (!entry)
					return false;
				list = *entry;
			}
			entry = at(list, 8);
			if (!entry)
				return false;
			address = *entry;
			entries++;
		}
		if (address & (PAGE - 1))
			complain("nvme: a PRP behind the first is %#llx",
				 (unsigned long long)address);
		n = length < PAGE ? length : PAGE;
	}
	if (entries > model.longest_list)
		model.longest_list = entries;
	return true;
}

static struct model_namespace *namespace_of(const struct nvme_command *c)
{
	struct model_namespace *ns = c->namespace && c->namespace <= MODEL_NAMESPACES
					     ? &model.namespaces[c->namespace - 1]
					     : NULL;

	return ns && ns->active ? ns : NULL;
}

static u32 deallocate(struct model_namespace *ns, const struct nvme_command *c)
{
	struct nvme_dsm_range *range = at(c->prp1, sizeof(*range) * ((c->cdw10 & 0xff) + 1));

	model.discards++;
	if (!range || !(c->cdw11 & NVME_DSM_DEALLOCATE))
		return NVME_INVALID_FIELD;
	memset(ns->bytes + (range->first << ns->shift), 0, (u64)range->blocks << ns->shift);
	return NVME_OK;
}

static u32 run_io(const struct nvme_command *c)
{
	struct model_namespace *ns = namespace_of(c);
	u64 first = c->cdw10 | (u64)c->cdw11 << 32;
	u32 blocks = (c->cdw12 & 0xffff) + 1;

	if (!ns)
		return 0x00b; /* invalid namespace or format */
	if (c->opcode == NVME_FLUSH) {
		model.flushes++;
		return NVME_OK;
	}
	if (c->opcode == NVME_DATASET_MANAGEMENT)
		return deallocate(ns, c);
	if (first + blocks > ns->blocks) {
		complain("nvme: blocks %llu to %llu of %llu", (unsigned long long)first,
			 (unsigned long long)(first + blocks), (unsigned long long)ns->blocks);
		return 0x080; /* LBA out of range */
	}
	switch (c->opcode) {
	case NVME_READ:
	case NVME_WRITE:
		if (model.mdts && blocks << ns->shift > PAGE << model.mdts)
			complain("nvme: %u bytes at once", blocks << ns->shift);
		model.fuas += !!(c->cdw12 & NVME_RW_FUA);
		return move(c, ns->bytes + (first << ns->shift), blocks << ns->shift,
			    c->opcode == NVME_READ)
			       ? NVME_OK
			       : 0x004;
	case NVME_WRITE_ZEROES:
		model.zeroes++;
		memset(ns->bytes + (first << ns->shift), 0, (u64)blocks << ns->shift);
		return NVME_OK;
	default: return NVME_INVALID_OPCODE;
	}
}

/* --- admin commands --- */

static void text(u8 *to, const char *from, u32 size)
{
	memset(to, ' ', size);
	memcpy(to, from, strlen(from));
}

static u32 identify(const struct nvme_command *c)
{
	u8 *page = host_alloc(PAGE);
	struct nvme_id_controller *controller = (void *)page;
	struct nvme_id_namespace *ns = (void *)page;
	bool moved;

	if (c->cdw10 == NVME_ID_CONTROLLER) {
		text(controller->sn, "SERIAL", 20);
		text(controller->mn, "A fake controller", 40);
		text(controller->fr, "1.0", 8);
		controller->mdts = (u8)model.mdts;
		controller->nn = MODEL_NAMESPACES;
		controller->oncs = NVME_ONCS_DSM | NVME_ONCS_WRITE_ZEROES;
		controller->vwc = NVME_VWC_PRESENT;
		controller->oaes = NVME_EVENT_NAMESPACES;
	} else if (c->cdw10 == NVME_ID_ACTIVE) {
		for (u32 i = 0, n = 0; i < MODEL_NAMESPACES; i++)
			if (model.namespaces[i].active && i + 1 > c->namespace)
				((u32 *)page)[n++] = i + 1;
	} else if (namespace_of(c)) {
		ns->nsze = ns->ncap = namespace_of(c)->blocks;
		ns->lbaf[0] = namespace_of(c)->shift << 16 | namespace_of(c)->metadata;
	}
	moved = move(c, page, PAGE, true);
	host_free(page);
	return moved ? NVME_OK : 0x004;
}

static u32 create_cq(const struct nvme_command *c)
{
	u32 id = c->cdw10 & 0xffff, entries = (c->cdw10 >> 16) + 1;

	if (!id || id > model.pairs || cqs[id].valid || entries < 2 ||
	    entries > ENTRIES_LESS_ONE + 1 || !(c->cdw11 & 1) || c->prp1 & (PAGE - 1))
		return 0x101; /* invalid queue identifier */
	cqs[id] = (struct cq){
		.address = c->prp1,
		.entries = entries,
		.phase = 1,
		.vector = c->cdw11 >> 16,
		.valid = true,
		.interrupts = c->cdw11 & NVME_CQ_INTERRUPTS,
	};
	return NVME_OK;
}

static u32 create_sq(const struct nvme_command *c)
{
	u32 id = c->cdw10 & 0xffff, entries = (c->cdw10 >> 16) + 1, cq = c->cdw11 >> 16;

	if (!id || id > model.pairs || sqs[id].valid || entries < 2 || !(c->cdw11 & 1) ||
	    c->prp1 & (PAGE - 1))
		return 0x101;
	if (cq >= MODEL_QUEUES || !cqs[cq].valid)
		return 0x100; /* completion queue invalid */
	sqs[id] = (struct sq){ .address = c->prp1, .entries = entries, .cq = cq, .valid = true };
	return NVME_OK;
}

/* Result 0: aborted. */
static u32 abort_command(const struct nvme_command *c)
{
	struct command *cmd;

	model.aborts++;
	list_for_each_entry(cmd, &under_way, node) {
		if (cmd->queue == (c->cdw10 & 0xffff) && cmd->c.id == c->cdw10 >> 16 &&
		    !model.no_aborts) {
			end(cmd, NVME_ABORTED, 0);
			return 0;
		}
	}
	return 1;
}

static void send_event(void)
{
	struct command *cmd;

	if (!event_id || !has_event || event_told)
		return;
	list_for_each_entry(cmd, &under_way, node) {
		if (!cmd->queue && cmd->held && cmd->c.id == event_id - 1) {
			event_id = 0;
			has_event = false;
			event_told = true;
			/* Notice, namespace attribute changed, log page 4. */
			end(cmd, NVME_OK, 0x04 << 16 | 0x00 << 8 | 0x02);
			return;
		}
	}
}

void model_namespace_changed(void)
{
	has_event = true;
	send_event();
}

/* An event is over when its page has been read. */
static u32 get_log(const struct nvme_command *c)
{
	u8 *page = host_alloc(PAGE);
	bool moved = move(c, page, ((c->cdw10 >> 16 & 0xfff) + 1) * 4, true);

	host_free(page);
	if ((c->cdw10 & 0xff) == NVME_LOG_CHANGED)
		event_told = false;
	return moved ? NVME_OK : 0x004;
}

static u32 run_admin(const struct nvme_command *c, u32 *result)
{
	switch (c->opcode) {
	case NVME_ADMIN_CREATE_CQ: return create_cq(c);
	case NVME_ADMIN_CREATE_SQ: return create_sq(c);
	case NVME_ADMIN_IDENTIFY: return identify(c);
	case NVME_ADMIN_ABORT: *result = abort_command(c); return NVME_OK;
	case NVME_ADMIN_SET_FEATURES:
		if ((c->cdw10 & 0xff) == NVME_FEATURE_QUEUES)
			*result = (model.pairs - 1) << 16 | (model.pairs - 1);
		return NVME_OK;
	case NVME_ADMIN_GET_LOG: return get_log(c);
	default: return NVME_INVALID_OPCODE;
	}
}

/* --- running commands --- */

static bool is_mute(const struct nvme_command *c)
{
	if (c->opcode == NVME_ADMIN_ABORT && model.mute_aborts)
		return true;
	if (model.mute_admin != c->opcode + 1u)
		return false;
	if (model.skip_refusals) {
		model.skip_refusals--;
		return false;
	}
	if (model.mute_status_once)
		model.mute_admin = 0;
	return true;
}

static bool is_refused(const struct nvme_command *c)
{
	if (model.refuse_admin != c->opcode + 1u)
		return false;
	if (model.skip_refusals) {
		model.skip_refusals--;
		return false;
	}
	return true;
}

static void run_late(void *data)
{
	struct command *cmd = data;
	u32 result = 0, status;

	if (cmd->life != life)
		return;
	status = run_admin(&cmd->c, &result);
	end(cmd, status, result);
}

static void execute_admin(struct command *cmd)
{
	u32 result = 0, status;

	if (cmd->c.opcode == NVME_ADMIN_ASYNC_EVENT) {
		cmd->held = true;
		event_id = cmd->c.id + 1u;
		model.events_asked++;
		send_event();
	} else if (is_mute(&cmd->c)) {
		cmd->held = true;
		if (model.late_writes) {
			model.late_writes--;
			fake_after(21000000000ull, run_late, cmd);
		}
	} else if (is_refused(&cmd->c)) {
		end(cmd, model.refuse_status, 0);
	} else {
		status = run_admin(&cmd->c, &result);
		end(cmd, status, result);
	}
}

static void execute_io(struct command *cmd)
{
	u32 held = 0;
	struct command *other;

	if (model.fatal_after && !--model.fatal_after) {
		model_fatal();
		return;
	}
	if (model.stuck && (!model.stuck_queue || model.stuck_queue == cmd->queue)) {
		model.stuck--;
		cmd->held = true;
		list_for_each_entry(other, &under_way, node)
			held += other->held;
		model.most_held = held > model.most_held ? held : model.most_held;
		return;
	}
	if (model.fail) {
		model.fail--;
		end(cmd, model.fail_status, 0);
		return;
	}
	end(cmd, run_io(&cmd->c), 0);
}

/* One command's time has come: its own, or (shuffle) another's that waits. */
static void execute(void *data)
{
	struct command *cmd = NULL, *other;
	u32 born = (u32)(unsigned long)data;
	static u32 pick;

	if (born != life || csts & NVME_CSTS_CFS)
		return;
	list_for_each_entry(other, &under_way, node) {
		if (other->held || (!model.shuffle && other->due > fake_now()))
			continue;
		if (!cmd || (model.shuffle && (pick = pick * 69069 + 1) >> 16 & 1))
			cmd = other;
	}
	if (!cmd)
		return;
	if (cmd->queue)
		execute_io(cmd);
	else
		execute_admin(cmd);
}

static void check_identifier(const struct command *cmd)
{
	struct command *other;

	list_for_each_entry(other, &under_way, node)
		if (other->queue == cmd->queue && other->c.id == cmd->c.id)
			complain("nvme: queue %u: command identifier %u twice", cmd->queue,
				 cmd->c.id);
}

static void fetch(void *data)
{
	u32 queue = (u32)(unsigned long)data % MODEL_QUEUES,
	    born = (u32)((unsigned long)data / MODEL_QUEUES);
	struct sq *q = &sqs[queue];

	while (born == life && !(csts & NVME_CSTS_CFS) && q->valid && q->head != q->tail) {
		struct nvme_command *c = at(q->address + q->head * sizeof(*c), sizeof(*c));
		struct command *cmd;
		u32 latency;

		if (!c)
			return;
		cmd = host_alloc(sizeof(*cmd));
		cmd->c = *c;
		cmd->queue = queue;
		cmd->life = life;
		check_identifier(cmd);
		list_add_tail(&cmd->node, &under_way);
		q->head = (q->head + 1) % q->entries;
		model.in_queue[queue]++;
		latency = queue && model.io_latency_ns ? model.io_latency_ns : model.latency_ns;
		cmd->due = fake_now() + latency;
		fake_after(latency, execute, (void *)(unsigned long)life);
	}
}

/* --- registers --- */

static void forget_everything(void)
{
	life++;
	memset(sqs, 0, sizeof(sqs));
	memset(cqs, 0, sizeof(cqs));
	while (!list_empty(&under_way))
		list_del(under_way.next);
	event_id = 0;
	event_told = false;
	csts = 0;
}

static void becomes_ready(void *data)
{
	if ((u32)(unsigned long)data != life || !(cc & NVME_CC_EN))
		return;
	if (model.fatal_at_start)
		csts |= NVME_CSTS_CFS;
	else if (!model.never_ready)
		csts |= NVME_CSTS_RDY;
}

static void becomes_off(void *data)
{
	if ((u32)(unsigned long)data == life)
		csts &= ~NVME_CSTS_RDY;
}

static void was_shut_down(void *data)
{
	csts |= NVME_CSTS_SHST_DONE << 2;
	model.was_shut_down = true;
}

static void start(void)
{
	u32 entries = (aqa & 0xfff) + 1;

	model.starts++;
	if (asq & (PAGE - 1) || acq & (PAGE - 1) || (aqa >> 16) + 1 != entries)
		complain("nvme: odd admin queues: AQA %#x, ASQ %#llx", aqa,
			 (unsigned long long)asq);
	sqs[0] = (struct sq){ .address = asq, .entries = entries, .valid = true };
	cqs[0] = (struct cq){
		.address = acq, .entries = entries, .phase = 1, .valid = true, .interrupts = true
	};
	fake_after(READY_NS, becomes_ready, (void *)(unsigned long)life);
}

static void write_cc(u32 value)
{
	u32 changed = cc ^ value;

	cc = value;
	if (changed & NVME_CC_EN && value & NVME_CC_EN) {
		start();
	} else if (changed & NVME_CC_EN) {
		if (model.never_off)
			return;
		forget_everything();
		csts = NVME_CSTS_RDY;
		fake_after(READY_NS, becomes_off, (void *)(unsigned long)life);
	} else if (changed & value & NVME_CC_SHN_MASK && !model.never_shut_down) {
		fake_after(READY_NS, was_shut_down, NULL);
	}
}

static void ring_doorbell(u64 offset, u32 value)
{
	u32 queue = (u32)(offset - NVME_DOORBELLS) / 8;
	bool completion = offset & 4;

	if (csts & NVME_CSTS_CFS || !(cc & NVME_CC_EN))
		return;
	if (queue >= MODEL_QUEUES || !(completion ? cqs[queue].valid : sqs[queue].valid) ||
	    value >= (completion ? cqs[queue].entries : sqs[queue].entries)) {
		complain("nvme: doorbell %#llx, %u", (unsigned long long)offset, value);
		return;
	}
	if (completion) {
		cqs[queue].head = value;
		return;
	}
	sqs[queue].tail = value;
	fake_after(100, fetch, (void *)(unsigned long)(queue + life * MODEL_QUEUES));
}

static u64 read_register(void *data, u64 offset, u32 bytes)
{
	switch (offset) {
	case NVME_CAP: return bytes == 8 ? capabilities() : (u32)capabilities();
	case NVME_CAP + 4: return capabilities() >> 32;
	case NVME_VS: return 0x10400;
	case NVME_CC: return cc;
	case NVME_CSTS: return csts;
	case NVME_AQA: return aqa;
	default: return 0;
	}
}

static void put_half(u64 *reg, u64 value, bool high)
{
	*reg = high ? (*reg & 0xffffffff) | value << 32 : (*reg & ~0xffffffffull) | (u32)value;
}

static void write_register(void *data, u64 offset, u32 bytes, u64 value)
{
	if (offset >= NVME_DOORBELLS) {
		ring_doorbell(offset, (u32)value);
		return;
	}
	if (offset != NVME_CC && cc & NVME_CC_EN)
		complain("nvme: register %#llx is written while the controller is on",
			 (unsigned long long)offset);
	switch (offset) {
	case NVME_CC: write_cc((u32)value); break;
	case NVME_AQA: aqa = (u32)value; break;
	case NVME_ASQ:
	case NVME_ASQ + 4: put_half(&asq, value, offset & 4); break;
	case NVME_ACQ:
	case NVME_ACQ + 4: put_half(&acq, value, offset & 4); break;
	default: break;
	}
}

/* --- making one --- */

void model_namespace_make(u32 number, u32 shift, u64 blocks)
{
	struct model_namespace *ns = &model.namespaces[number - 1];

	*ns = (struct model_namespace){ .active = true,
					.shift = shift,
					.blocks = blocks,
					.bytes = host_alloc((u64)MODEL_BLOCKS << shift) };
	for (u64 i = 0; i < (u64)MODEL_BLOCKS << shift; i += 4096)
		*(u64 *)(ns->bytes + i) = number << 20 | i >> 12;
}

static void after_reset(void *data) { forget_everything(); cc = 0; }

struct device *model_create(u32 messages)
{
	struct fake_pci pci = {
		.vendor = 0x1b36,
		.device = 0x0010,
		.class_code = 0x010802,
		.pin = 1,
		.nr_msix = messages,
		.express = true,
		.bars = { { BAR_BYTES, FAKE_BAR_64 } },
	};

	model.pairs = model.pairs ? model.pairs : MODEL_QUEUES - 1;
	model.latency_ns = 10000;
	if (!model.namespaces[0].bytes)
		model_namespace_make(1, 9, MODEL_BLOCKS);
	model.device = fake_pci_device("0000:00:04.0", &pci);
	fake_mmio(model.device, 0, BAR_BYTES, read_register, write_register, NULL);
	fake_pci_on_reset(model.device, after_reset, NULL);
	return model.device;
}
