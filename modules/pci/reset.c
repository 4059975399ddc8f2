// SPDX-License-Identifier: MIT
/*
 * Power states and resets: by the function itself (PCI Express, or Advanced Features), by a round trip through D3, or by the bus behind the
 * bridge when nothing else is on it.
 */
#include "pci.h"

#include <kit/pci_host.h>
#include <kit/time.h>

#define D3_MS		10
#define FLR_MS		100
#define READY_MS	1000		/* what a function may take to answer after a reset */
#define BUS_RESET_MS	2
#define BUS_READY_MS	100
#define PENDING_TRIES	8

static u32 power_state(const struct pci_function *f)
{
	return pci_read(f, f->power + PCI_POWER_CONTROL, 2) & PCI_POWER_STATE;
}

static void set_power_state(const struct pci_function *f, u32 state)
{
	u32 control = pci_read(f, f->power + PCI_POWER_CONTROL, 2);

	pci_write(f, f->power + PCI_POWER_CONTROL, 2, (control & ~PCI_POWER_STATE) | state);
	msleep(D3_MS);
}

static void save(struct pci_function *f)
{
	for (u32 i = 0; i < ARRAY_SIZE(f->saved); i++)
		f->saved[i] = pci_read(f, i * 4, 4);
	if (f->express) {
		f->saved_express[0] = pci_read(f, f->express + PCI_EXPRESS_CONTROL, 2);
		f->saved_express[1] = pci_read(f, f->express + 16, 2);
	}
}

/* From the top down: the command register comes when the addresses are there. */
static void restore(struct pci_function *f)
{
	if (f->express) {
		pci_write(f, f->express + PCI_EXPRESS_CONTROL, 2,
			  f->saved_express[0] & ~PCI_EXPRESS_CONTROL_FLR);
		pci_write(f, f->express + 16, 2, f->saved_express[1]);
	}
	for (u32 i = ARRAY_SIZE(f->saved); i-- > 0;)
		if (i != PCI_COMMAND / 4 && pci_read(f, i * 4, 4) != f->saved[i])
			pci_write(f, i * 4, 4, f->saved[i]);
	pci_write(f, PCI_COMMAND, 2, f->saved[PCI_COMMAND / 4] & 0xffff);
	pci_host_restore_messages(f->device);
}

void pci_power_up(struct pci_function *f)
{
	bool forgets;

	if (!f->power || !power_state(f))
		return;
	forgets = power_state(f) == PCI_POWER_D3 &&
		  !(pci_read(f, f->power + PCI_POWER_CONTROL, 2) & PCI_POWER_NO_RESET);
	if (forgets)
		save(f);
	set_power_state(f, 0);
	if (forgets)
		restore(f);
}

static int wait_ready(const struct pci_function *f)
{
	for (u32 ms = 0; ms < READY_MS; ms += 10) {
		if (pci_read(f, PCI_VENDOR, 2) == f->vendor)
			return 0;
		msleep(10);
	}
	return -ETIMEDOUT;
}

/* --- ways to reset: 0, -ENOTTY when the function has not that one, -ETIMEDOUT --- */

/* With try false only: would it do? */
typedef int (*reset_way)(struct pci_function *f, bool try);

static void wait_pending(const struct pci_function *f, u32 offset, u32 bytes, u32 bit)
{
	for (u32 i = 0; i < PENDING_TRIES && pci_read(f, offset, bytes) & bit; i++)
		msleep(1u << i);
}

static int reset_express(struct pci_function *f, bool try)
{
	u32 control;

	if (!f->express || !(pci_read(f, f->express + PCI_EXPRESS_CAP, 4) & PCI_EXPRESS_CAP_FLR))
		return -ENOTTY;
	if (!try)
		return 0;
	wait_pending(f, f->express + PCI_EXPRESS_STATUS, 2, PCI_EXPRESS_PENDING);
	control = pci_read(f, f->express + PCI_EXPRESS_CONTROL, 2);
	pci_write(f, f->express + PCI_EXPRESS_CONTROL, 2, control | PCI_EXPRESS_CONTROL_FLR);
	msleep(FLR_MS);
	return wait_ready(f);
}

static int reset_advanced(struct pci_function *f, bool try)
{
	u32 at = pci_capability(f, PCI_CAP_ADVANCED, 0);

	if (!at || !(pci_read(f, at + PCI_ADVANCED_CAP, 1) & PCI_ADVANCED_CAP_FLR))
		return -ENOTTY;
	if (!try)
		return 0;
	wait_pending(f, at + PCI_ADVANCED_STATUS, 1, 1);
	pci_write(f, at + PCI_ADVANCED_CONTROL, 1, 1);
	msleep(FLR_MS);
	return wait_ready(f);
}

static int reset_power(struct pci_function *f, bool try)
{
	if (!f->power || pci_read(f, f->power + PCI_POWER_CONTROL, 2) & PCI_POWER_NO_RESET)
		return -ENOTTY;
	if (!try)
		return 0;
	set_power_state(f, PCI_POWER_D3);
	set_power_state(f, 0);
	return wait_ready(f);
}

static int reset_bus(struct pci_function *f, bool try)
{
	const struct pci_function *bridge = f->bus->bridge;
	u32 control;

	if (!bridge || f->child || f->bus->functions.next != &f->node ||
	    f->bus->functions.prev != &f->node)
		return -ENOTTY;
	if (!try)
		return 0;
	control = pci_read(bridge, PCI_BRIDGE_CONTROL, 2);
	pci_write(bridge, PCI_BRIDGE_CONTROL, 2, control | PCI_BRIDGE_RESET);
	msleep(BUS_RESET_MS);
	pci_write(bridge, PCI_BRIDGE_CONTROL, 2, control & ~PCI_BRIDGE_RESET);
	msleep(BUS_READY_MS);
	return wait_ready(f);
}

static const struct {
	const char *name;
	reset_way way;
} ways[] = {
	{ "flr", reset_express },
	{ "af_flr", reset_advanced },
	{ "pm", reset_power },
	{ "bus", reset_bus },
};

const char *pci_reset_methods(const struct pci_function *f, char *buffer, size_t size)
{
	size_t at = 0;

	buffer[0] = '\0';
	for (u32 i = 0; i < ARRAY_SIZE(ways); i++)
		if (!ways[i].way((struct pci_function *)f, false))
			at += snprintf(buffer + at, size - at, "%s%s", at ? " " : "", ways[i].name);
	return buffer;
}

int pci_reset_function(struct pci_function *f)
{
	int error = -ENOTTY;

	pci_power_up(f);
	save(f);
	/* Quiet: no memory access of it is on its way when it is reset. */
	pci_write(f, PCI_COMMAND, 2, PCI_COMMAND_NO_INTX);
	for (u32 i = 0; i < ARRAY_SIZE(ways) && error == -ENOTTY; i++)
		error = ways[i].way(f, true);
	restore(f);
	return error;
}

int pci_reset(struct device *device)
{
	struct pci_function *f = pci_checked(device);

	return f ? pci_reset_function(f) : -EINVAL;
}

EXPORT_KIT(pci_reset, 0, 1);
