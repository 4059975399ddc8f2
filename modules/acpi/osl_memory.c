// SPDX-License-Identifier: MIT
/*
 * ACPICA's view of the system: memory, and physical memory.
 *
 * What ACPICA has is on a list: when it cannot start it forgets what it had already, and some errors of methods cost it an
 * object. It follows NULL pointers in places when it gets no memory, or leaves a method locked, so there is a reserve that
 * gets it past those; the driver then sees that there was an error, whatever ACPICA says.
 */
#include "acpica/acpica.h"
#include "driver.h"

#include <kit/list.h>
#include <kit/lock.h>
#include <kit/memory.h>

#define NR_RESERVE	32u
#define RESERVE_BYTES	2048u

struct piece {
	struct list_head node; /* pieces_lock */
	u64 bytes[];
};

/* A serialised method whose walk cannot begin stays locked for ever. */
_Static_assert(sizeof(struct piece) + sizeof(struct acpi_walk_state) <= RESERVE_BYTES,
	       "a piece of the reserve does for a walk through a method");

static LIST_HEAD(pieces); /* pieces_lock, and those below */
static LIST_HEAD(reserve_free);
static spinlock_t pieces_lock;
static u8 *reserve;	/* immutable from osl_begin() to osl_free_all() */
static int first_error; /* atomic */

void osl_clear_error(void)
{
	__atomic_store_n(&first_error, 0, __ATOMIC_RELAXED);
}

int osl_begin(void)
{
	osl_clear_error();
	reserve = vzalloc(NR_RESERVE * RESERVE_BYTES);
	for (u32 i = 0; reserve && i < NR_RESERVE; i++) {
		struct piece *piece = (struct piece *)(reserve + i * RESERVE_BYTES);

		list_add(&piece->node, &reserve_free);
	}
	return reserve ? 0 : -ENOMEM;
}

void osl_failed(int error)
{
	int none = 0;

	__atomic_compare_exchange_n(&first_error, &none, error, false, __ATOMIC_RELAXED,
				    __ATOMIC_RELAXED);
}

int osl_first_error(void)
{
	return __atomic_load_n(&first_error, __ATOMIC_RELAXED);
}

static bool is_reserve(const struct piece *piece)
{
	return (size_t)((const u8 *)piece - reserve) < NR_RESERVE * RESERVE_BYTES;
}

/* pieces_lock held. */
static struct piece *take_reserve(size_t size)
{
	struct piece *piece = NULL;

	if (size <= RESERVE_BYTES)
		piece = list_first_entry_or_null(&reserve_free, struct piece, node);
	if (piece)
		list_del(&piece->node);
	return piece;
}

void *acpi_os_allocate(acpi_size size)
{
	struct piece *piece = kzalloc(sizeof(*piece) + size);
	u64 flags;

	if (!piece)
		osl_failed(-ENOMEM);
	flags = spin_lock_save(&pieces_lock);
	if (!piece)
		piece = take_reserve(sizeof(*piece) + size);
	if (piece)
		list_add(&piece->node, &pieces);
	spin_unlock_restore(&pieces_lock, flags);
	return piece ? piece->bytes : NULL;
}

void acpi_os_free(void *memory)
{
	struct piece *piece;
	u64 flags;

	if (!memory)
		return;
	piece = container_of(memory, struct piece, bytes);
	flags = spin_lock_save(&pieces_lock);
	list_del(&piece->node);
	if (is_reserve(piece)) {
		memset(piece, 0, RESERVE_BYTES);
		list_add(&piece->node, &reserve_free);
		piece = NULL;
	}
	spin_unlock_restore(&pieces_lock, flags);
	kfree(piece);
}

/* Nobody else is left. */
void osl_free_all(void)
{
	struct piece *piece, *next;

	list_for_each_entry_safe(piece, next, &pieces, node)
		acpi_os_free(piece->bytes);
	INIT_LIST_HEAD(&reserve_free);
	vfree(reserve);
	reserve = NULL;
}

void *acpi_os_map_memory(acpi_physical_address where, acpi_size length)
{
	/* A table that says that it is nothing. */
	void *mapped = length ? firmware_map(acpi_device, where, length) : NULL;

	if (length && !mapped)
		osl_failed(-ENOMEM);
	return mapped;
}

void acpi_os_unmap_memory(void *mapped, acpi_size length)
{
	firmware_unmap(acpi_device, mapped);
}

acpi_physical_address acpi_os_get_root_pointer(void)
{
	return firmware_rsdp();
}

acpi_status acpi_os_read_memory(acpi_physical_address address, u64 *value, u32 width)
{
	volatile void *p = acpi_os_map_memory(address, width / 8);

	if (!p)
		return AE_NO_MEMORY;
	switch (width) {
	case 8: *value = *(volatile u8 *)p; break;
	case 16: *value = *(volatile u16 *)p; break;
	case 32: *value = *(volatile u32 *)p; break;
	default: *value = *(volatile u64 *)p; break;
	}
	firmware_unmap(acpi_device, (void *)p);
	return AE_OK;
}

acpi_status acpi_os_write_memory(acpi_physical_address address, u64 value, u32 width)
{
	volatile void *p = acpi_os_map_memory(address, width / 8);

	if (!p)
		return AE_NO_MEMORY;
	switch (width) {
	case 8: *(volatile u8 *)p = value; break;
	case 16: *(volatile u16 *)p = value; break;
	case 32: *(volatile u32 *)p = value; break;
	default: *(volatile u64 *)p = value; break;
	}
	firmware_unmap(acpi_device, (void *)p);
	return AE_OK;
}
