// SPDX-License-Identifier: MIT
/* NVM Express controllers on the PCI bus. */
#include "nvme.h"

#include <kit/cpu.h>
#include <kit/device.h>
#include <kit/dma.h>
#include <kit/irq.h>
#include <kit/log.h>
#include <kit/memory.h>
#include <kit/module.h>
#include <kit/pci.h>

static struct mutex controllers_lock;
static struct nvme *controllers; /* by instance */

/* The lowest number that nobody has. */
static void take_instance(struct nvme *nvme)
{
	struct nvme **at = &controllers;

	mutex_lock(&controllers_lock);
	while (*at && (*at)->instance == nvme->instance) {
		nvme->instance++;
		at = &(*at)->next;
	}
	nvme->next = *at;
	*at = nvme;
	mutex_unlock(&controllers_lock);
}

static void drop_instance(void *data)
{
	struct nvme *nvme = data, **at = &controllers;

	mutex_lock(&controllers_lock);
	while (*at != nvme)
		at = &(*at)->next;
	*at = nvme->next;
	mutex_unlock(&controllers_lock);
}

static u32 smaller(u32 a, u32 b)
{
	return a < b ? a : b;
}

static int read_capabilities(struct nvme *nvme)
{
	nvme->cap = readq_halves(nvme->registers + NVME_CAP);
	if (nvme->cap == ~0ull)
		return -ENODEV;
	if (NVME_CAP_MPSMIN(nvme->cap) || !NVME_CAP_CSS_NVM(nvme->cap) ||
	    !NVME_CAP_MQES(nvme->cap)) {
		dev_err(nvme->device, "capabilities 0x%llx: not possible\n",
			(unsigned long long)nvme->cap);
		return -ENODEV;
	}
	nvme->stride = 4u << NVME_CAP_DSTRD(nvme->cap);
	nvme->queue_entries = smaller(NVME_CAP_MQES(nvme->cap) + 1, NVME_DEPTH);
	if (mmio_size(nvme->device, 0) < NVME_DOORBELLS + 4 * nvme->stride)
		return -ENODEV;
	return 0;
}

/* As many pairs as CPUs, as the doorbells that the range has room for, and as interrupts. */
static int choose_vectors(struct nvme *nvme)
{
	u64 pairs = (mmio_size(nvme->device, 0) - NVME_DOORBELLS) / (2 * nvme->stride) - 1;
	u32 wanted = smaller(block_max_queues(), pairs < 1024 ? (u32)pairs : 1024);
	int got = irq_vectors_alloc(nvme->device, 1, wanted + 1, KIT_IRQ_ANY);

	if (got < 0)
		return got;
	nvme->nr_vectors = got;
	nvme->nr_queues = got == 1 ? wanted : (u32)got - 1;
	return 0;
}

/* The controller is on, but for its disks. */
static int start(struct nvme *nvme)
{
	int error = nvme_controller_start(nvme);

	if (!error)
		error = nvme_connect_admin(nvme);
	if (!error)
		error = nvme_controller_identify(nvme);
	if (!error) {
		mutex_lock(&nvme->admin_mutex);
		error = nvme_controller_queues(nvme);
		mutex_unlock(&nvme->admin_mutex);
	}
	if (!error)
		error = nvme_connect_queues(nvme);
	if (!error)
		error = nvme_namespaces_scan(nvme);
	return error;
}

static int set_up(struct nvme *nvme)
{
	struct device *device = nvme->device;
	int error = pci_enable(device);

	if (!error)
		error = dma_set_mask(device, 64);
	if (error)
		return error;
	nvme->registers = mmio_map(device, 0);
	if (IS_ERR(nvme->registers))
		return PTR_ERR(nvme->registers);
	error = read_capabilities(nvme);
	if (!error)
		error = choose_vectors(nvme);
	if (!error)
		error = nvme_queue_alloc(nvme, &nvme->admin, 0, NVME_ADMIN_DEPTH, 0);
	return error;
}

static int nvme_probe(struct device *device, const struct pci_id *id)
{
	struct nvme *nvme = dev_kzalloc(device, sizeof(*nvme));
	int error;

	if (!nvme)
		return -ENOMEM;
	nvme->device = device;
	work_setup(&nvme->reset_work, nvme_reset_work);
	work_setup(&nvme->event_work, nvme_event_work);
	work_setup(&nvme->ready_work, nvme_ready_work);
	take_instance(nvme);
	error = dev_add_action(device, drop_instance, nvme);
	if (!error)
		error = set_up(nvme);
	if (error)
		return error;
	pci_set_master(device, true);
	error = start(nvme);
	if (error) {
		nvme_namespaces_unregister(nvme);
		nvme_controller_disable(nvme);
		return error;
	}
	dev_set_drvdata(device, nvme);
	nvme->live = true;
	nvme_ask_for_events(nvme);
	dev_info(device, "nvme%u: %s, %u queues of %u, %u interrupts\n", nvme->instance,
		 nvme->model, nvme->nr_queues, nvme->queue_entries, nvme->nr_vectors);
	return 0;
}

static void nvme_remove(struct device *device)
{
	struct nvme *nvme = dev_get_drvdata(device);

	if (nvme_is_gone(nvme))
		nvme_give_up(nvme);
	nvme_namespaces_unregister(nvme);
	nvme_controller_shutdown(nvme);
	work_cancel(&nvme->event_work); /* an event may have come while it was cancelled first */
}

static const struct pci_id ids[] = {
	PCI_ID_CLASS(0x010802, 0xffffff),
};
MODULE_DEVICE_TABLE(pci, ids);

static const struct pci_driver nvme_driver = {
	.size = sizeof(nvme_driver),
	.nr_ids = sizeof(ids) / sizeof(ids[0]),
	.name = "nvme",
	.ids = ids,
	.probe = nvme_probe,
	.remove = nvme_remove,
};

module_pci_driver(nvme_driver);
MODULE_LICENSE("MIT");
MODULE_AUTHOR("The Mortise authors");
MODULE_DESCRIPTION("NVM Express disks");
MODULE_VERSION("1.0");
