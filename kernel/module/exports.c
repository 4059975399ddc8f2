// SPDX-License-Identifier: MIT
/*
 * Exported symbols, of the image and of modules, in one hash table by name. A module's are in it
 * from the moment that it is published until it is unlinked. All of it under module_mutex.
 */
#include "internal.h"

#include <kernel/log.h>
#include <lib/hash.h>
#include <lib/string.h>
#include <mm/slab.h>

extern const struct kit_export __kit_exports_start[], __kit_exports_end[];

static struct exported **buckets; /* a power of two, at least as many as symbols */
static size_t nr_buckets, nr_exported;

static void insert(struct exported **table, size_t nr, struct exported *e)
{
	struct exported **bucket = &table[e->hash & (nr - 1)];

	e->next = *bucket;
	*bucket = e;
}

/*
 * Room for `more` symbols. Without memory the old table serves on, its chains get longer; false:
 * there is none at all.
 */
static bool make_room(size_t more)
{
	size_t nr = nr_buckets ?: 64;
	struct exported **table, *e;

	while (nr < nr_exported + more)
		nr *= 2;
	if (nr == nr_buckets)
		return true;
	table = kvzalloc(nr * sizeof(*table), GFP_KERNEL);
	if (!table)
		return nr_buckets != 0;
	for (size_t i = 0; i < nr_buckets; i++)
		while ((e = buckets[i])) {
			buckets[i] = e->next;
			insert(table, nr, e);
		}
	kvfree(buckets);
	buckets = table;
	nr_buckets = nr;
	return true;
}

static size_t count(const struct kit_export *from, const struct kit_export *end)
{
	return from < end ? ((const u8 *)end - (const u8 *)from) / from->size : 0;
}

/* The entries of a table, for module_exports_remove(); NULL: no memory, or an empty table. */
static struct exported *add(const struct kit_export *from, const struct kit_export *end,
			    struct module *provider)
{
	size_t nr = count(from, end);
	struct exported *entries = nr && make_room(nr) ? kvmalloc(nr * sizeof(*entries), GFP_KERNEL)
						       : NULL;

	for (struct exported *e = entries; entries && from < end; from = export_next(from), e++) {
		size_t length;
		u32 hash = (u32)hash_name(from->name, &length);

		*e = (struct exported){
			.hash = hash, .length = length, .export = from, .provider = provider
		};
		insert(buckets, nr_buckets, e);
		nr_exported++;
	}
	return entries;
}

int module_exports_add(struct module *module)
{
	const struct kit_module *d = module->descriptor;

	if (d->exports == d->exports_end)
		return 0;
	module->exported = add(d->exports, d->exports_end, module);
	return module->exported ? 0 : -ENOMEM;
}

void module_exports_remove(struct module *module)
{
	struct exported *entries = module->exported;
	size_t nr = entries ? count(module->descriptor->exports, module->descriptor->exports_end)
			    : 0;

	for (size_t i = 0; i < nr; i++) {
		struct exported **at = &buckets[entries[i].hash & (nr_buckets - 1)];

		while (*at != &entries[i])
			at = &(*at)->next;
		*at = entries[i].next;
		nr_exported--;
	}
	kvfree(entries);
	module->exported = NULL;
}

struct exported *symbol_find(const char *name)
{
	size_t length;
	u32 hash = (u32)hash_name(name, &length);

	for (struct exported *e = buckets[hash & (nr_buckets - 1)]; e; e = e->next)
		if (e->hash == hash && e->length == length &&
		    !memcmp(e->export->name, name, length) &&
		    !(e->provider && e->provider->state == MODULE_GOING))
			return e;
	return NULL;
}

const char *symbol_duplicate(const struct kit_module *descriptor)
{
	for (const struct kit_export *e = descriptor->exports; e < descriptor->exports_end;
	     e = export_next(e))
		if (symbol_find(e->name))
			return e->name;
	return NULL;
}

void module_exports_init(void)
{
	mutex_lock(&module_mutex);
	if (!add(__kit_exports_start, __kit_exports_end, NULL))
		panic("no memory for the table of exported symbols");
	mutex_unlock(&module_mutex);
}
