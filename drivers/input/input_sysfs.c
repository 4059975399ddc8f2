// SPDX-License-Identifier: MIT
/*
 * What programs see of input devices besides their events: attributes in /sys/class/input/inputN, and /proc/bus/input/devices.
 */
#include "internal.h"

#include <fs/proc.h>
#include <lib/err.h>
#include <lib/kernel.h>
#include <lib/printf.h>

/* Words from the highest that is not 0, in hexadecimal: how Linux prints capability bitmaps. */
static int format_bits(char *buf, size_t size, const unsigned long *bits, unsigned int nr)
{
	int words = BITS_TO_LONGS(nr), n = 0;

	while (words > 1 && !bits[words - 1])
		words--;
	while (words--)
		n += scnprintf(buf + n, size - n, "%lx%s", bits[words], words ? " " : "");
	return n;
}

static ssize_t name_show(void *object, const struct sysfs_attribute *attr, char *buf)
{
	struct input_device *input = container_of((struct device *)object, struct input_device,
						  device);

	return sysfs_emit(buf, "%s\n", input->name);
}

static ssize_t phys_show(void *object, const struct sysfs_attribute *attr, char *buf)
{
	struct input_device *input = container_of((struct device *)object, struct input_device,
						  device);

	return sysfs_emit(buf, "%s\n", input->phys);
}

static ssize_t capability_show(void *object, const struct sysfs_attribute *attr, char *buf)
{
	struct input_device *input = container_of((struct device *)object, struct input_device,
						  device);
	unsigned int type = (unsigned long)attr->data, nr = EV_CNT;
	unsigned long *bits = type ? input_type_bits(input, type, &nr) : input->evbit;
	int n = format_bits(buf, PAGE_SIZE - 1, bits, nr);

	buf[n] = '\n';
	return n + 1;
}

static const struct sysfs_attribute attributes[] = {
	{ "name", 0444, name_show, NULL, NULL },
	{ "phys", 0444, phys_show, NULL, NULL },
};

static const struct sysfs_attribute capabilities[] = {
	{ "ev", 0444, capability_show, NULL, (void *)0 },
	{ "key", 0444, capability_show, NULL, (void *)EV_KEY },
	{ "rel", 0444, capability_show, NULL, (void *)EV_REL },
	{ "abs", 0444, capability_show, NULL, (void *)EV_ABS },
	{ "msc", 0444, capability_show, NULL, (void *)EV_MSC },
	{ "led", 0444, capability_show, NULL, (void *)EV_LED },
	{ "snd", 0444, capability_show, NULL, (void *)EV_SND },
	{ "sw", 0444, capability_show, NULL, (void *)EV_SW },
};

int input_sysfs_add(struct input_device *input)
{
	sysfs_dir_t *dir = sysfs_create_dir(input->device.dir, "capabilities", &input->device);
	int error = IS_ERR(dir) ? PTR_ERR(dir) : 0;

	for (size_t i = 0; !error && i < ARRAY_SIZE(capabilities); i++)
		error = sysfs_create_file(dir, &capabilities[i]);
	for (size_t i = 0; !error && i < ARRAY_SIZE(attributes); i++)
		error = sysfs_create_file(input->device.dir, &attributes[i]);
	return error;
}

static void show_bits(struct seq_file *m, const char *name, const unsigned long *bits,
		      unsigned int nr)
{
	char text[KEY_CNT / 4 + 32];

	format_bits(text, sizeof(text), bits, nr);
	seq_printf(m, "B: %s=%s\n", name, text);
}

static void show_device(struct input_device *input, void *arg)
{
	static const struct {
		unsigned int type;
		const char *name;
	} types[] = {
		{ EV_KEY, "KEY" }, { EV_REL, "REL" }, { EV_ABS, "ABS" }, { EV_MSC, "MSC" },
		{ EV_LED, "LED" }, { EV_SND, "SND" }, { EV_SW, "SW" },
	};
	struct seq_file *m = arg;
	const unsigned long *bits;
	char path[256];
	unsigned int nr;

	seq_printf(m, "I: Bus=%04x Vendor=%04x Product=%04x Version=%04x\n", input->id.bustype,
		   input->id.vendor, input->id.product, input->id.version);
	seq_printf(m, "N: Name=\"%s\"\nP: Phys=%s\n", input->name, input->phys);
	if (sysfs_path(input->device.dir, path, sizeof(path)) > 0)
		seq_printf(m, "S: Sysfs=%s\n", path);
	seq_puts(m, "U: Uniq=\n");
	seq_printf(m, "H: Handlers=event%u \nB: PROP=0\n", input->index);
	show_bits(m, "EV", input->evbit, EV_CNT);
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		if (!test_bit(types[i].type, input->evbit))
			continue;
		bits = input_type_bits(input, types[i].type, &nr);
		show_bits(m, types[i].name, bits, nr);
	}
	seq_putc(m, '\n');
}

static int devices_show(struct seq_file *m, void *unused)
{
	input_for_each(show_device, m);
	return 0;
}

void input_sysfs_init(void)
{
	proc_create_single("bus/input/devices", 0444, devices_show, NULL);
}
