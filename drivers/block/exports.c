// SPDX-License-Identifier: MIT
/* What drivers may call of the block class. */
#include <drivers/block.h>
#include <kit/module.h>

EXPORT_KIT(block_max_queues, 0, 1);
EXPORT_KIT(block_register, 0, 1);
EXPORT_KIT(block_unregister, 0, 1);
EXPORT_KIT(block_shut_down, 0, 1);
EXPORT_KIT(block_gone, 0, 1);
EXPORT_KIT(block_set_capacity, 0, 1);
EXPORT_KIT(block_quiesce, 0, 1);
EXPORT_KIT(block_freeze, 0, 1);
EXPORT_KIT(block_resume, 0, 1);
EXPORT_KIT(block_data, 0, 1);
EXPORT_KIT(block_queue_device, 0, 1);
EXPORT_KIT(block_queue_index, 0, 1);
EXPORT_KIT(block_queue_request, 0, 1);
EXPORT_KIT(block_device_queue, 0, 1);
EXPORT_KIT(block_ready, 0, 1);
EXPORT_KIT(block_request_operation, 0, 1);
EXPORT_KIT(block_request_flags, 0, 1);
EXPORT_KIT(block_request_sector, 0, 1);
EXPORT_KIT(block_request_bytes, 0, 1);
EXPORT_KIT(block_request_tag, 0, 1);
EXPORT_KIT(block_request_private, 0, 1);
EXPORT_KIT(block_request_queue, 0, 1);
EXPORT_KIT(block_request_segments, 0, 1);
EXPORT_KIT(block_request_segment, 0, 1);
EXPORT_KIT(block_request_memory, 0, 1);
EXPORT_KIT(block_complete, 0, 1);
EXPORT_KIT(block_end_all, 0, 1);
