// SPDX-License-Identifier: MIT
/*
 * A module of a younger kit: each structure that it hands over has a field `more` behind those that this kernel knows (abi.py makes such headers). With use=0
 * none is used, and everything works; with use=N the Nth registration uses it, and that one alone is refused with E2BIG. The log says
 * what each registration said.
 */
#include <kit/attribute.h>
#include <kit/block.h>
#include <kit/bus.h>
#include <kit/char.h>
#include <kit/device.h>
#include <kit/errno.h>
#include <kit/filesystem.h>
#include <kit/input.h>
#include <kit/log.h>
#include <kit/module.h>
#include <kit/param.h>
#include <kit/pci.h>
#include <kit/test.h>
#include <kit/tty.h>

static u32 use;
module_param(use, u32, 0);

static u32 number;

/* Whether the next structure uses what this kernel does not know. */
static u64 more(void)
{
	return ++number == use;
}

static long error_of(const void *p)
{
	return IS_ERR(p) ? PTR_ERR(p) : 0;
}

static void say(const char *what, long result)
{
	pr_info("%s: %ld\n", what, result);
}

/* --- char --- */

static s64 command_run(struct char_file *file, void *argument, u64 value)
{
	return (s64)value + 1;
}

static s64 command_run_nested(struct char_file *file, void *argument, struct char_buffer *buffers)
{
	return (s64)(buffers[0].length + buffers[1].length);
}

static struct char_nested nested[2] = {
	{ .size = sizeof(nested[0]),
	  .direction = CHAR_NESTED_IN,
	  .pointer_at = 0,
	  .length_at = 16,
	  .length_bytes = 4,
	  .most_bytes = 64 },
	{ .size = sizeof(nested[0]),
	  .direction = CHAR_NESTED_OUT,
	  .pointer_at = 8,
	  .length_at = 20,
	  .length_bytes = 4,
	  .unit_bytes = 2,
	  .most_bytes = 64 },
};
static struct char_command commands[3] = {
	{ .size = sizeof(commands[0]), .command = 0x4701, .run = command_run },
	{ .size = sizeof(commands[0]),
	  .command = 0x4703,
	  .bytes_in = 24,
	  .run_nested = command_run_nested,
	  .nested = nested,
	  .nr_nested = 2 },
	{ .size = sizeof(commands[0]), .command = 0x4702, .run = command_run },
};
static struct char_operations char_table = { .size = sizeof(char_table),
					     .commands = commands,
					     .nr_commands = 3 };

static void try_char(void)
{
	struct char_params params = {
		.size = sizeof(params), .mode = 0666, .name = "grown", .operations = &char_table
	};

	params.more = more();
	say("char params, operations, command",
	    error_of(char_register(THIS_MODULE, NULL, &params)));
}

/* --- a device: the keyboard controller --- */

static ssize_t show(void *object, const struct attribute *attribute, char *buffer)
{
	return 0;
}

static int probe(struct device *device)
{
	static struct attribute files[2] = {
		{ .size = sizeof(files[0]), .mode = 0444, .name = "one", .show = show },
		{ .size = sizeof(files[0]), .mode = 0444, .name = "two", .show = show },
	};
	static const struct input_capability capability = { 1, 30 };
	struct input_params params = { .size = sizeof(params),
				       .name = "grown",
				       .capabilities = &capability,
				       .nr_capabilities = 1 };

	params.more = more();
	say("input params", error_of(input_register(device, &params)));
	files[1].more = more();
	say("attribute", dev_add_attributes(device, files, 2));
	return 0;
}

static const char *const match[] = { "i8042", NULL };
static struct platform_driver platform = {
	.size = sizeof(platform), .name = "grown", .match = match, .probe = probe
};

/* --- pci --- */

static int pci_probe(struct device *device, const struct pci_id *id)
{
	return -ENODEV;
}

static struct pci_id ids[2] = { PCI_ID(0x4711, 1), PCI_ID(0x4711, 2) };
static struct pci_driver pci = {
	.size = sizeof(pci), .name = "grown", .ids = ids, .nr_ids = 2, .probe = pci_probe
};

/* --- block --- */

static int submit(struct block_queue *queue, struct block_request *request)
{
	return -EIO;
}

static struct block_operations block_table = { .size = sizeof(block_table), .submit = submit };

static void try_block(void)
{
	struct block_params params = {
		.size = sizeof(params),
		.features = BLOCK_CPU_DATA | BLOCK_SYNCHRONOUS,
		.name = "grown0",
		.operations = &block_table,
		.nr_queues = 1,
		.depth = 1,
		.logical_block = 512,
	};

	params.more = more();
	block_table.more = more();
	say("block params, operations", error_of(block_register(THIS_MODULE, NULL, &params)));
}

/* --- tty --- */

static void tty_transmit(struct tty_port *port)
{
}

static void tty_set_line(struct tty_port *port, struct tty_settings *settings)
{
}

static struct tty_port_operations tty_table = { .size = sizeof(tty_table),
						.transmit = tty_transmit,
						.set_line = tty_set_line };

static void try_tty(void)
{
	struct tty_port_params params = { .size = sizeof(params),
					  .stem = "ttyGROWN",
					  .operations = &tty_table };

	params.more = more();
	tty_table.more = more();
	say("tty params, operations", error_of(tty_port_register(THIS_MODULE, NULL, &params)));
}

/* --- filesystem: it is registered and never mounted --- */

static int never(void)
{
	return -EIO;
}

#define NEVER	((void *)never)
static struct filesystem_operations fs_table = {
	.size = sizeof(fs_table),
	.mount = NEVER,
	.unmount = NEVER,
	.space = NEVER,
	.read_inode = NEVER,
	.write_inode = NEVER,
	.truncate = NEVER,
	.evict = NEVER,
	.map = NEVER,
	.lookup = NEVER,
	.create = NEVER,
	.link = NEVER,
	.remove = NEVER,
	.rename = NEVER,
	.iterate = NEVER,
	.read_link = NEVER,
};

/* --- a bus --- */

static bool bus_match(struct device *device, struct bus_driver *driver)
{
	return false;
}

static int bus_probe(struct device *device, struct bus_driver *driver)
{
	return -ENODEV;
}

static void bus_remove(struct device *device, struct bus_driver *driver)
{
}

static struct bus_operations bus_table = {
	.size = sizeof(bus_table), .match = bus_match, .probe = bus_probe, .remove = bus_remove
};

static void try_bus(void)
{
	struct bus_params params = { .size = sizeof(params),
				     .name = "grown",
				     .operations = &bus_table };

	params.more = more();
	bus_table.more = more();
	say("bus params, operations", error_of(bus_register(THIS_MODULE, &params)));
}

/* --- a suite of tests --- */

static void passes(struct kit_test *test)
{
}

static struct test_case cases[2] = { TEST_CASE(passes), TEST_CASE(passes) };
static struct test_suite suite = TEST_SUITE("grown", cases);

static int __init grown_init(void)
{
	char_table.more = more();
	commands[1].more = more();
	nested[1].more = more();
	try_char();
	platform.more = more();
	say("platform driver", platform_driver_register(THIS_MODULE, &platform));
	ids[1].more = more();
	pci.more = more();
	say("pci driver, id", pci_driver_register(THIS_MODULE, &pci));
	try_block();
	try_tty();
	fs_table.more = more();
	say("filesystem operations", filesystem_register(THIS_MODULE, "grown", &fs_table));
	try_bus();
	suite.more = more();
	cases[1].more = more();
	say("test suite, case", test_suite_run(THIS_MODULE, &suite));
	pr_info("uses: %u\n", number);
	return 0;
}

static void grown_exit(void)
{
}

module_init(grown_init);
module_exit(grown_exit);
MODULE_LICENSE("MIT");
