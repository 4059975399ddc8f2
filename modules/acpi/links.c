// SPDX-License-Identifier: MIT
/*
 * Interrupt links (ACPI 6.4, 6.2.13 and the device PNP0C0F): switches between the wires of the PCI slots and the inputs of the interrupt
 * controller. _CRS says where a link leads now, _PRS where it may lead, _SRS sets it. What the firmware has set is kept.
 */
#include "driver.h"

#define HIGHEST_ISA	15

struct choice {
	u32 index;  /* of several interrupts of one link */
	u32 wanted; /* look for this one; 0: any */
	bool found;
	u32 gsi;
	u8 level, active_low;
};

static void look_at(struct choice *c, u32 gsi, u8 triggering, u8 polarity)
{
	if (c->found || !gsi || (c->wanted && gsi != c->wanted))
		return;
	c->gsi = gsi;
	c->level = triggering == ACPI_LEVEL_SENSITIVE;
	c->active_low = polarity == ACPI_ACTIVE_LOW;
	c->found = true;
}

/* Resources are packed: their numbers lie at any address, so no pointer is made to one. */
static acpi_status look_at_resource(struct acpi_resource *r, void *context)
{
	struct choice *c = context;

	if (r->type == ACPI_RESOURCE_TYPE_IRQ) {
		for (u32 i = 0; i < r->data.irq.interrupt_count; i++)
			look_at(c, r->data.irq.interrupts[i], r->data.irq.triggering,
				r->data.irq.polarity);
	} else if (r->type == ACPI_RESOURCE_TYPE_EXTENDED_IRQ) {
		for (u32 i = 0; i < r->data.extended_irq.interrupt_count; i++)
			look_at(c, r->data.extended_irq.interrupts[i],
				r->data.extended_irq.triggering, r->data.extended_irq.polarity);
	}
	return c->found ? AE_CTRL_TERMINATE : AE_OK;
}

static bool look(acpi_handle link, char *method, struct choice *c)
{
	c->found = false;
	acpi_walk_resources(link, method, look_at_resource, c);
	return c->found;
}

/* _SRS takes a list of resources in the shape of _CRS. */
static acpi_status set_link(acpi_handle link, const struct choice *c)
{
	struct {
		struct acpi_resource resource;
		struct acpi_resource end;
	} list = { 0 };
	struct acpi_buffer buffer = { sizeof(list), &list };

	list.resource.length = sizeof(struct acpi_resource);
	if (c->gsi <= HIGHEST_ISA) {
		list.resource.type = ACPI_RESOURCE_TYPE_IRQ;
		list.resource.data.irq.triggering = c->level ? ACPI_LEVEL_SENSITIVE
							     : ACPI_EDGE_SENSITIVE;
		list.resource.data.irq.polarity = c->active_low ? ACPI_ACTIVE_LOW
								: ACPI_ACTIVE_HIGH;
		list.resource.data.irq.shareable = ACPI_SHARED;
		list.resource.data.irq.interrupt_count = 1;
		list.resource.data.irq.interrupts[0] = c->gsi;
	} else {
		list.resource.type = ACPI_RESOURCE_TYPE_EXTENDED_IRQ;
		list.resource.data.extended_irq.producer_consumer = ACPI_CONSUMER;
		list.resource.data.extended_irq.triggering = c->level ? ACPI_LEVEL_SENSITIVE
								      : ACPI_EDGE_SENSITIVE;
		list.resource.data.extended_irq.polarity = c->active_low ? ACPI_ACTIVE_LOW
									 : ACPI_ACTIVE_HIGH;
		list.resource.data.extended_irq.shareable = ACPI_SHARED;
		list.resource.data.extended_irq.interrupt_count = 1;
		list.resource.data.extended_irq.interrupts[0] = c->gsi;
	}
	list.end.type = ACPI_RESOURCE_TYPE_END_TAG;
	list.end.length = sizeof(struct acpi_resource);
	return acpi_set_current_resources(link, &buffer);
}

static int connect(acpi_handle link, const char *name, struct choice *c)
{
	acpi_status status;

	c->wanted = 0;
	if (!look(link, METHOD_NAME__PRS, c))
		return -ENOENT;
	status = set_link(link, c);
	if (ACPI_FAILURE(status)) {
		dev_err(acpi_device, "interrupt link %s: %s", name, acpi_format_exception(status));
		return acpi_error_number(status);
	}
	dev_info(acpi_device, "interrupt link %s set to %u", name, c->gsi);
	return 0;
}

int link_line(acpi_handle bridge, char *name, u32 index, struct firmware_line *line)
{
	struct choice now = { 0 }, possible = { 0 };
	acpi_handle link;
	int error;

	if (ACPI_FAILURE(acpi_get_handle(bridge, name, &link)))
		return -ENOENT;
	/* A link that says where it leads, to a place where it may lead. */
	if (look(link, METHOD_NAME__CRS, &now)) {
		possible.wanted = now.gsi;
		if (!look(link, METHOD_NAME__PRS, &possible))
			now.found = false;
	}
	if (!now.found) {
		error = connect(link, name, &now);
		if (error)
			return error;
	}
	line->gsi = now.gsi;
	line->level = now.level;
	line->active_low = now.active_low;
	return 0;
}
