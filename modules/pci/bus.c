// SPDX-License-Identifier: MIT
/* Being a bus: what the core asks about functions and drivers (kit/bus.h), start and end of the module. */
#include "pci.h"

MODULE_LICENSE("MIT");
MODULE_DESCRIPTION("PCI bus");
MODULE_ALIAS("platform:pci");

struct bus *pci_bus_type;

static bool match(struct device *device, struct bus_driver *driver)
{
	struct pci_id id;

	return pci_driver_fits(pci_function_of(device), driver, &id);
}

static int probe(struct device *device, struct bus_driver *driver)
{
	struct pci_function *f = pci_function_of(device);
	struct pci_id id;

	/* The list may have changed since it was matched. */
	if (!pci_driver_fits(f, driver, &id))
		return -ENODEV;
	pci_power_up(f);
	pci_route(f);
	f->command_before = pci_read(f, PCI_COMMAND, 2);
	return pci_driver_of(driver)->probe(device, &id);
}

static void remove(struct device *device, struct bus_driver *driver)
{
	if (pci_driver_of(driver)->remove)
		pci_driver_of(driver)->remove(device);
}

/* The command register is as the driver found it. */
static void released(struct device *device)
{
	struct pci_function *f = pci_function_of(device);

	f->nr_enabled = 0;
	if (pci_is_present(device))
		pci_write(f, PCI_COMMAND, 2, f->command_before);
}

static int modalias(const struct device *device, char *buffer, u32 size)
{
	const struct pci_function *f = pci_function_of(device);

	return snprintf(buffer, size, "pci:v%08Xd%08Xsv%08Xsd%08Xbc%02Xsc%02Xi%02X", f->vendor,
			f->id, f->subsystem_vendor, f->subsystem, f->class_code >> 16,
			f->class_code >> 8 & 0xff, f->class_code & 0xff);
}

static int uevent(const struct device *device, char *buffer, u32 size)
{
	const struct pci_function *f = pci_function_of(device);

	return snprintf(
		buffer, size,
		"PCI_CLASS=%04X\nPCI_ID=%04X:%04X\nPCI_SUBSYS_ID=%04X:%04X\nPCI_SLOT_NAME=%s\n",
		f->class_code, f->vendor, f->id, f->subsystem_vendor, f->subsystem,
		dev_name(device));
}

static const struct bus_operations operations = {
	.size = sizeof(operations),
	.match = match,
	.probe = probe,
	.remove = remove,
	.released = released,
	.modalias = modalias,
	.uevent = uevent,
	.driver_gone = pci_driver_gone,
};

static int __init pci_init(void)
{
	struct bus_params params = {
		.size = sizeof(params),
		.name = "pci",
		.operations = &operations,
		.attributes = pci_bus_files,
		.nr_attributes = pci_nr_bus_files,
	};
	int n;

	pci_bus_type = bus_register(THIS_MODULE, &params);
	if (IS_ERR(pci_bus_type))
		return PTR_ERR(pci_bus_type);
	n = pci_rescan();
	if (n < 0) {
		pci_remove_all();
		return n;
	}
	log_print(THIS_MODULE, LOG_LEVEL_INFO, "%d functions", n);
	return 0;
}

static void pci_exit(void)
{
	pci_remove_all();
}

module_init(pci_init);
module_exit(pci_exit);
