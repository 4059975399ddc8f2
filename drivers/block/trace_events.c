/* SPDX-License-Identifier: MIT */
/* Trace events of block requests (kernel/trace_events.h). */
#include <kernel/thread.h>
#include <kernel/trace_events.h>

#include <lib/printf.h>

#include "internal.h"

static const char operation_letters[][3] = {
	[BLOCK_READ] = "R",    [BLOCK_WRITE] = "W",	    [BLOCK_FLUSH] = "F",
	[BLOCK_DISCARD] = "D", [BLOCK_WRITE_ZEROES] = "WZ",
};

/* Space for 8: operation, F for durable. */
static void fill_operation(char rwbs[8], const struct block_request *request)
{
	const char *letters = request->operation < ARRAY_SIZE(operation_letters)
				      ? operation_letters[request->operation]
				      : "N";

	snprintf(rwbs, 8, "%s%s", letters, request->flags & BLOCK_FUA ? "F" : "");
}

#define ISSUE_FIELDS(R, FIELD, ARRAY, STRING) \
	FIELD(R, dev_t, dev) FIELD(R, sector_t, sector) FIELD(R, unsigned int, nr_sector) \
	FIELD(R, unsigned int, bytes) ARRAY(R, char, rwbs, 8) ARRAY(R, char, comm, 16) STRING(R, cmd)
TRACE_EVENT_DEFINE(
	NULL, block, block_rq_issue, (const struct block_request *request), ISSUE_FIELDS, "",
	{
		entry->dev = request->queue->device->whole.device.devt;
		entry->sector = request->sector;
		entry->nr_sector = request->bytes >> SECTOR_SHIFT;
		entry->bytes = request->bytes;
		fill_operation(entry->rwbs, request);
		memcpy(entry->comm, current->name, sizeof(entry->comm));
		TRACE_STRING(cmd);
	},
	"%d,%d %s %u (%s) %llu + %u [%s]", ((unsigned int)((REC->dev) >> 20)),
	((unsigned int)((REC->dev) & ((1U << 20) - 1))), REC->rwbs, REC->bytes, __get_str(cmd),
	(unsigned long long)REC->sector, REC->nr_sector, REC->comm)

#define COMPLETE_FIELDS(R, FIELD, ARRAY, STRING) \
	FIELD(R, dev_t, dev) FIELD(R, sector_t, sector) FIELD(R, unsigned int, nr_sector) \
	FIELD(R, int, error) ARRAY(R, char, rwbs, 8) STRING(R, cmd)
TRACE_EVENT_DEFINE(
	NULL, block, block_rq_complete, (const struct block_request *request, int error),
	COMPLETE_FIELDS, "",
	{
		entry->dev = request->queue->device->whole.device.devt;
		entry->sector = request->sector;
		entry->nr_sector = request->bytes >> SECTOR_SHIFT;
		entry->error = error;
		fill_operation(entry->rwbs, request);
		TRACE_STRING(cmd);
	},
	"%d,%d %s (%s) %llu + %u [%d]", ((unsigned int)((REC->dev) >> 20)),
	((unsigned int)((REC->dev) & ((1U << 20) - 1))), REC->rwbs, __get_str(cmd),
	(unsigned long long)REC->sector, REC->nr_sector, REC->error)
