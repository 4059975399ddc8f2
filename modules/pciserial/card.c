// SPDX-License-Identifier: MIT
/*
 * A card: an I/O range with a UART for each 8 bytes, and one interrupt line.
 *
 * The line is shared by the ports, and may be with other devices: the handler asks each UART. It is
 * connected before the ports are made, so the core would take the ports away first; a closed port
 * has its interrupts off, and the handler does not touch it.
 */
#include "pciserial.h"

MODULE_LICENSE("MIT");
MODULE_AUTHOR("The Mortise authors");
MODULE_DESCRIPTION("16550 serial ports on PCI cards");
MODULE_VERSION("1.0");

static u32 interrupt(void *data)
{
	struct card *card = data;
	u32 answer = KIT_IRQ_NONE;

	for (u32 i = 0; i < card->nr_uarts; i++)
		answer |= uart_interrupt(&card->uarts[i]);
	return answer;
}

/* Does a UART answer there? Its scratch register keeps what is written. */
static bool uart_is_there(const struct uart *uart)
{
	uart_write(uart, SCR, 0x5a);
	return uart_read(uart, SCR) == 0x5a;
}

static int set_up(struct device *device, struct card *card)
{
	int error = pci_enable(device);

	if (error)
		return error;
	card->ports = ioport_claim(device, 0);
	if (IS_ERR(card->ports))
		return PTR_ERR(card->ports);
	if (ioport_size(card->ports) < card->nr_uarts * UART_SIZE)
		return -ENODEV;
	for (u32 i = 0; i < card->nr_uarts; i++) {
		struct uart *uart = &card->uarts[i];

		uart->ports = card->ports;
		uart->base = i * UART_SIZE;
		if (!uart_is_there(uart))
			return -ENODEV;
		uart_write(uart, IER, 0);
	}
	return irq_connect(device, 0, interrupt, card);
}

static int pciserial_probe(struct device *device, const struct pci_id *id)
{
	struct tty_port_params params = {
		.size = sizeof(params),
		.max_baud = UART_CLOCK,
		.stem = "ttyS",
		.operations = &uart_operations,
		.kind = "16550A",
	};
	u32 nr = id->value ? id->value : 1;
	struct card *card = dev_kzalloc(device, sizeof(*card) + nr * sizeof(card->uarts[0]));
	int error;

	if (!card)
		return -ENOMEM;
	card->nr_uarts = nr;
	dev_set_drvdata(device, card);
	error = set_up(device, card);
	for (u32 i = 0; i < nr && !error; i++) {
		struct tty_port *port;

		params.data = &card->uarts[i];
		port = tty_port_register(THIS_MODULE, device, &params);
		if (IS_ERR(port))
			error = PTR_ERR(port);
		else
			dev_info(device, "%s is port %u, a 16550A", tty_port_name(port), i);
	}
	return error;
}

#define CARD(card_id, nr_ports) { \
	.size = sizeof(struct pci_id), .vendor = VENDOR_REDHAT, .device = (card_id), .subsystem_vendor = PCI_ANY_ID, \
	.subsystem_device = PCI_ANY_ID, .value = (nr_ports), \
}
static const struct pci_id ids[] = { CARD(CARD_1_PORT, 1), CARD(CARD_2_PORTS, 2), CARD(CARD_4_PORTS, 4) };
MODULE_DEVICE_TABLE(pci, ids);

static const struct pci_driver driver = {
	.size = sizeof(driver),
	.nr_ids = ARRAY_SIZE(ids),
	.name = "pciserial",
	.ids = ids,
	.probe = pciserial_probe,
};
module_pci_driver(driver);
