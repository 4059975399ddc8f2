// SPDX-License-Identifier: MIT
/*
 * Resources and their owners: what a driver or a module got is let go in the reverse order, whoever forgets it.
 */
#include <drivers/device.h>
#include <kernel/wait.h>
#include <lib/printf.h>

static DECLARE_WAIT_QUEUE_HEAD(hide_wait); /* a hide() has returned */

void resource_owner_init(struct resource_owner *owner)
{
	spin_lock_init(&owner->lock, LOCK_RANK_DEVICE);
	INIT_LIST_HEAD(&owner->resources);
	owner->hiding = NULL;
	owner->hider = NULL;
}

void resource_add(struct resource_owner *owner, struct owned_resource *resource)
{
	spin_lock(&owner->lock);
	list_add(&resource->node, &owner->resources);
	spin_unlock(&owner->lock);
}

/* owner->lock held. It may have been freed. */
static bool is_listed(const struct resource_owner *owner, const struct owned_resource *resource)
{
	const struct list_head *at;

	list_for_each(at, &owner->resources)
		if (at == &resource->node)
			return true;
	return false;
}

bool resource_remove(struct resource_owner *owner, struct owned_resource *resource)
{
	bool mine;

	spin_lock(&owner->lock);
	while (owner->hiding == resource && owner->hider != current) {
		spin_unlock(&owner->lock);
		wait_event(&hide_wait, READ_ONCE(owner->hiding) != resource);
		spin_lock(&owner->lock);
	}
	mine = owner->hiding != resource && is_listed(owner, resource);
	if (mine)
		list_del_init(&resource->node);
	spin_unlock(&owner->lock);
	return mine;
}

struct owned_resource *resource_take(struct resource_owner *owner,
				     bool (*fits)(const struct owned_resource *, const void *),
				     const void *key)
{
	struct owned_resource *resource, *found = NULL;

	spin_lock(&owner->lock);
	list_for_each_entry(resource, &owner->resources, node) {
		if (fits(resource, key)) {
			found = resource;
			list_del_init(&resource->node);
			break;
		}
	}
	spin_unlock(&owner->lock);
	return found;
}

bool resource_find(struct resource_owner *owner,
		   bool (*fits)(const struct owned_resource *, const void *), const void *key)
{
	struct owned_resource *resource;
	bool found = false;

	spin_lock(&owner->lock);
	list_for_each_entry(resource, &owner->resources, node)
		found |= fits(resource, key);
	spin_unlock(&owner->lock);
	return found;
}

static struct owned_resource *newest(struct resource_owner *owner)
{
	struct owned_resource *resource;

	spin_lock(&owner->lock);
	resource = list_first_entry_or_null(&owner->resources, struct owned_resource, node);
	if (resource)
		list_del_init(&resource->node);
	spin_unlock(&owner->lock);
	return resource;
}

void resource_release_all(struct resource_owner *owner)
{
	struct owned_resource *resource;

	while ((resource = newest(owner)))
		resource->release(resource);
}

/* owner->lock held */
static void set_hiding(struct resource_owner *owner, struct owned_resource *resource,
		       const struct thread *hider)
{
	WRITE_ONCE(owner->hiding, resource);
	owner->hider = hider;
}

/* The newest that can be hidden and is not, marked. */
static struct owned_resource *newest_to_hide(struct resource_owner *owner)
{
	struct owned_resource *resource, *found = NULL;

	spin_lock(&owner->lock);
	list_for_each_entry(resource, &owner->resources, node) {
		if (resource->hide && !resource->hidden) {
			found = resource;
			found->hidden = true;
			break;
		}
	}
	if (found)
		set_hiding(owner, found, current);
	spin_unlock(&owner->lock);
	return found;
}

void resource_hide_all(struct resource_owner *owner)
{
	struct owned_resource *resource;

	while ((resource = newest_to_hide(owner))) {
		resource->hide(resource);
		spin_lock(&owner->lock);
		set_hiding(owner, NULL, NULL);
		spin_unlock(&owner->lock);
		wake_up_all(&hide_wait);
	}
}

unsigned int resource_names(struct resource_owner *owner, char *buf, size_t size)
{
	const struct owned_resource *resource;
	unsigned int n = 0;
	size_t length = 0;

	buf[0] = '\0';
	spin_lock(&owner->lock);
	list_for_each_entry(resource, &owner->resources, node)
		length += scnprintf(buf + length, size - length, "%s%s", n++ ? ", " : "",
				    resource->what);
	spin_unlock(&owner->lock);
	return n;
}

unsigned int resource_count(struct resource_owner *owner)
{
	struct list_head *at;
	unsigned int n = 0;

	spin_lock(&owner->lock);
	list_for_each(at, &owner->resources)
		n++;
	spin_unlock(&owner->lock);
	return n;
}
