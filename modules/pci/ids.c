// SPDX-License-Identifier: MIT
/*
 * Drivers, and which functions they fit: by the table they bring, by what root adds through new_id, or by the one name in a function's
 * driver_override, which rules out all others.
 *
 * Drivers may be built with an older kit or a younger one than we are: their tables are copied, as far as we know them (take_sized).
 */
#include "pci.h"

#define SIZE_LIMIT	4096u	/* no structure will ever be that large */

struct added_id {
	struct list_head node; /* ids_lock */
	struct pci_id id;
};

struct registered_driver {
	struct pci_driver table; /* I: a copy */
	struct list_head added;	 /* ids_lock: struct added_id */
};

static struct mutex ids_lock; /* innermost */

const struct pci_driver *pci_driver_of(const struct bus_driver *driver)
{
	return &((const struct registered_driver *)bus_driver_data(driver))->table;
}

static bool id_fits(const struct pci_id *id, const struct pci_function *f)
{
	return (id->vendor == PCI_ANY_ID || id->vendor == f->vendor) &&
	       (id->device == PCI_ANY_ID || id->device == f->id) &&
	       (id->subsystem_vendor == PCI_ANY_ID ||
		id->subsystem_vendor == f->subsystem_vendor) &&
	       (id->subsystem_device == PCI_ANY_ID || id->subsystem_device == f->subsystem) &&
	       !((id->class_code ^ f->class_code) & id->class_mask);
}

/*
 * A structure that says its size, in what we know of it: zero where it is older. 0, -EINVAL: smaller than it ever was, which is `smallest`; -E2BIG: younger, and
 * uses what we do not know.
 */
static int take_sized(void *to, u32 known, const void *from, u32 smallest)
{
	u32 size = *(const u32 *)from;
	const u8 *bytes = from;

	if (size < smallest || size > SIZE_LIMIT)
		return -EINVAL;
	for (u32 i = known; i < size; i++)
		if (bytes[i])
			return -E2BIG;
	memset(to, 0, known);
	memcpy(to, from, size < known ? size : known);
	*(u32 *)to = known;
	return 0;
}

#define TAKE_SIZED(to, from, last) \
	take_sized(to, sizeof(*(to)), 1 ? (from) : (to), offsetof(__typeof__(*(to)), last) + sizeof((to)->last))

static const struct pci_id *table_entry(const struct pci_driver *table, u32 index)
{
	return (const void *)((const u8 *)table->ids + (size_t)index * table->ids[0].size);
}

static bool find_id(struct registered_driver *d, const struct pci_function *f, struct pci_id *id)
{
	struct added_id *added;

	list_for_each_entry(added, &d->added, node) {
		if (id_fits(&added->id, f)) {
			*id = added->id;
			return true;
		}
	}
	for (u32 i = 0; i < d->table.nr_ids; i++)
		if (!TAKE_SIZED(id, table_entry(&d->table, i), value) && id_fits(id, f))
			return true;
	return false;
}

bool pci_driver_fits(struct pci_function *f, struct bus_driver *driver, struct pci_id *id)
{
	bool fits, forced;

	mutex_lock(&ids_lock);
	forced = f->override_name[0];
	fits = !forced || !strcmp(f->override_name, bus_driver_name(driver));
	if (fits && !find_id(bus_driver_data(driver), f, id)) {
		fits = forced;
		*id = (struct pci_id)PCI_ID(PCI_ANY_ID, PCI_ANY_ID);
	}
	mutex_unlock(&ids_lock);
	return fits;
}

/* --- driver_override --- */

ssize_t pci_override_show(const struct pci_function *f, char *buffer)
{
	ssize_t n;

	mutex_lock(&ids_lock);
	n = snprintf(buffer, ATTRIBUTE_TEXT_SIZE, "%s\n",
		     f->override_name[0] ? f->override_name : "(null)");
	mutex_unlock(&ids_lock);
	return n;
}

int pci_override_store(struct pci_function *f, const char *text, size_t length)
{
	length = pci_trim(text, length);
	if (length >= sizeof(f->override_name))
		return -EINVAL;
	mutex_lock(&ids_lock);
	memcpy(f->override_name, text, length);
	f->override_name[length] = '\0';
	mutex_unlock(&ids_lock);
	return 0;
}

/* --- new_id, remove_id: "vendor device [subvendor subdevice [class mask [value]]]", in hex --- */

/* The next number; false at the end or where there is none. */
static bool next_number(const char **text, u64 *value)
{
	const char *p = *text;
	bool any = false;

	while (*p == ' ' || *p == '\t')
		p++;
	if (p[0] == '0' && (p[1] == 'x' || p[1] == 'X'))
		p += 2;
	for (*value = 0;; p++, any = true) {
		if (*p >= '0' && *p <= '9')
			*value = *value << 4 | (*p - '0');
		else if ((*p | 0x20) >= 'a' && (*p | 0x20) <= 'f')
			*value = *value << 4 | ((*p | 0x20) - 'a' + 10);
		else
			break;
	}
	*text = p;
	return any;
}

static int parse_id(const char *text, struct pci_id *id)
{
	u64 n[7] = { 0, 0, PCI_ANY_ID, PCI_ANY_ID, 0, 0, 0 }, value;
	u32 count = 0;

	while (count < ARRAY_SIZE(n) && next_number(&text, &value))
		n[count++] = value;
	while (*text == ' ' || *text == '\n')
		text++;
	if (count < 2 || *text)
		return -EINVAL;
	/* ~0, as Linux writes "any", in 32 bits. */
	*id = (struct pci_id){
		.size = sizeof(*id),
		.vendor = n[0],
		.device = n[1],
		.subsystem_vendor = n[2],
		.subsystem_device = n[3],
		.class_code = n[4],
		.class_mask = n[5],
		.value = n[6],
	};
	return 0;
}

static bool is_same_id(const struct pci_id *a, const struct pci_id *b)
{
	return a->vendor == b->vendor && a->device == b->device &&
	       a->subsystem_vendor == b->subsystem_vendor &&
	       a->subsystem_device == b->subsystem_device && a->class_code == b->class_code &&
	       a->class_mask == b->class_mask;
}

static ssize_t new_id_store(void *object, const struct attribute *attribute, const char *text,
			    size_t length)
{
	struct registered_driver *d = bus_driver_data(object);
	struct added_id *added = kzalloc(sizeof(*added)), *other;
	int error = added ? parse_id(text, &added->id) : -ENOMEM;

	if (error) {
		kfree(added);
		return error;
	}
	mutex_lock(&ids_lock);
	list_for_each_entry(other, &d->added, node)
		if (is_same_id(&other->id, &added->id))
			error = -EEXIST;
	if (!error)
		list_add_tail(&added->node, &d->added);
	mutex_unlock(&ids_lock);
	if (error) {
		kfree(added);
		return error;
	}
	bus_driver_probe(object);
	return length;
}

static ssize_t remove_id_store(void *object, const struct attribute *attribute, const char *text,
			       size_t length)
{
	struct registered_driver *d = bus_driver_data(object);
	struct added_id *added, *next;
	struct pci_id id;
	ssize_t result = parse_id(text, &id);

	if (result)
		return result;
	result = -ENODEV;
	mutex_lock(&ids_lock);
	list_for_each_entry_safe(added, next, &d->added, node) {
		if (is_same_id(&added->id, &id)) {
			list_del(&added->node);
			kfree(added);
			result = length;
		}
	}
	mutex_unlock(&ids_lock);
	return result;
}

static const struct attribute driver_files[] = {
	{ .size = sizeof(struct attribute), .mode = 0200, .name = "new_id", .store = new_id_store },
	{ .size = sizeof(struct attribute),
	  .mode = 0200,
	  .name = "remove_id",
	  .store = remove_id_store },
};

/* --- registration --- */

void pci_driver_gone(struct bus_driver *driver)
{
	struct registered_driver *d = bus_driver_data(driver);
	struct added_id *added, *next;

	list_for_each_entry_safe(added, next, &d->added, node)
		kfree(added);
	kfree(d);
}

/* The driver's table, and its ids, of which no copy is kept: 0, -EINVAL, -E2BIG. */
static int take_table(struct pci_driver *table, const struct pci_driver *from)
{
	int error = TAKE_SIZED(table, from, reset_done);
	const char *what = error ? "pci_driver" : "pci_id";
	struct pci_id id;

	if (!error && (!table->name || !table->probe || (table->nr_ids && !table->ids)))
		error = -EINVAL;
	for (u32 i = 0; !error && i < table->nr_ids; i++)
		error = table_entry(table, i)->size != table->ids[0].size
				? -EINVAL
				: TAKE_SIZED(&id, table_entry(table, i), value);
	if (error == -E2BIG)
		pr_err("driver %s: its %s is larger than this bus knows, and uses what is new in it: use a newer kernel, or build it for this one\n",
		       from->name, what);
	return error;
}

int pci_driver_register(struct module *owner, const struct pci_driver *table)
{
	struct bus_driver_params params = {
		.size = sizeof(params),
		.attributes = driver_files,
		.nr_attributes = ARRAY_SIZE(driver_files),
	};
	struct registered_driver *d = kzalloc(sizeof(*d));
	int error;

	if (!d)
		return -ENOMEM;
	INIT_LIST_HEAD(&d->added);
	error = take_table(&d->table, table);
	params.name = d->table.name;
	params.data = d;
	if (!error)
		error = bus_driver_register(pci_bus_type, owner, &params);
	if (error)
		kfree(d);
	return error;
}

EXPORT_KIT(pci_driver_register, 0, 1);
