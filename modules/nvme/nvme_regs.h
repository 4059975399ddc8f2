/* SPDX-License-Identifier: MIT */
/* The hardware, in the words of the NVM Express Base Specification 1.4: registers (3.1), queue entries (4.2, 4.6), commands and data structures. */
#ifndef NVME_REGS_H
#define NVME_REGS_H

#include <kit/types.h>

/* Registers of BAR 0 and their fields. */
enum nvme_register {
	NVME_CAP = 0x00, /* 8 bytes */
	NVME_VS = 0x08,
	NVME_CC = 0x14,
	NVME_CSTS = 0x1c,
	NVME_AQA = 0x24,
	NVME_ASQ = 0x28, /* 8 bytes */
	NVME_ACQ = 0x30, /* 8 bytes */
	NVME_DOORBELLS = 0x1000,
};

#define NVME_CAP_MQES(cap)	((u32)((cap) & 0xffff))		/* entries of a queue, less one */
#define NVME_CAP_TO(cap)	((u32)((cap) >> 24 & 0xff))	/* in 500 ms */
#define NVME_CAP_DSTRD(cap)	((u32)((cap) >> 32 & 0xf))
#define NVME_CAP_CSS_NVM(cap)	((cap) >> 37 & 1)
#define NVME_CAP_MPSMIN(cap)	((u32)((cap) >> 48 & 0xf))

#define NVME_CC_EN		0x1u
#define NVME_CC_SHN_MASK	0xc000u
#define NVME_CC_SHN_NORMAL	0x4000u
#define NVME_CC_IOSQES		(6u << 16)	/* 64 bytes */
#define NVME_CC_IOCQES		(4u << 20)	/* 16 bytes */

#define NVME_CSTS_RDY		0x1u
#define NVME_CSTS_CFS		0x2u
#define NVME_CSTS_SHST(csts)	((csts) >> 2 & 3)
#define NVME_CSTS_SHST_DONE	2u
#define NVME_GONE		0xffffffffu	/* what a register reads as when there is no device */

struct nvme_command {
	u8 opcode, flags;
	__le16 id;
	__le32 namespace;
	__le32 cdw2, cdw3;
	__le64 metadata;
	__le64 prp1, prp2;
	__le32 cdw10, cdw11, cdw12, cdw13, cdw14, cdw15;
};
_Static_assert(sizeof(struct nvme_command) == 64, "submission queue entry");

struct nvme_completion {
	__le32 result, reserved;
	__le16 sq_head, sq_id;
	__le16 id;
	__le16 status; /* bit 0: phase */
};
_Static_assert(sizeof(struct nvme_completion) == 16, "completion queue entry");

enum nvme_admin_opcode {
	NVME_ADMIN_CREATE_SQ = 0x01,
	NVME_ADMIN_GET_LOG = 0x02,
	NVME_ADMIN_CREATE_CQ = 0x05,
	NVME_ADMIN_IDENTIFY = 0x06,
	NVME_ADMIN_ABORT = 0x08,
	NVME_ADMIN_SET_FEATURES = 0x09,
	NVME_ADMIN_ASYNC_EVENT = 0x0c,
};

enum nvme_opcode {
	NVME_FLUSH = 0x00,
	NVME_WRITE = 0x01,
	NVME_READ = 0x02,
	NVME_WRITE_ZEROES = 0x08,
	NVME_DATASET_MANAGEMENT = 0x09,
};

#define NVME_RW_FUA		(1u << 30)	/* cdw12 */
#define NVME_DSM_DEALLOCATE	0x4u		/* cdw11 */
#define NVME_QUEUE_CONTIGUOUS	0x1u		/* cdw11 of the create commands */
#define NVME_CQ_INTERRUPTS	0x2u
#define NVME_FEATURE_QUEUES	0x07u
#define NVME_FEATURE_EVENTS	0x0bu
#define NVME_EVENT_NAMESPACES	0x100u		/* OAES, and cdw11 of the feature: a namespace comes, goes or changes */
/* What an asynchronous event says: type and information in the low bytes, and the log page that is to be read. */
#define NVME_EVENT_KIND(result)	((result) & 0xff07)
#define NVME_EVENT_CHANGED	0x0002u		/* a notice: the list of namespaces */
#define NVME_EVENT_PAGE(result)	((result) >> 16 & 0xff)
#define NVME_LOG_BYTES		512u		/* of a page, enough for each to count as read */
#define NVME_LOG_CHANGED	4u

enum nvme_identify { NVME_ID_NAMESPACE = 0, NVME_ID_CONTROLLER = 1, NVME_ID_ACTIVE = 2 };

struct nvme_id_controller {
	__le16 vid, ssvid;
	u8 sn[20], mn[40], fr[8];
	u8 rab, ieee[3], cmic, mdts;
	__le16 cntlid;
	__le32 ver;
	u8 other0[92 - 84];
	__le32 oaes;
	u8 other1[516 - 96];
	__le32 nn;
	__le16 oncs, fuses;
	u8 fna, vwc;
	u8 other2[4096 - 526];
} __packed;
_Static_assert(sizeof(struct nvme_id_controller) == 4096, "identify controller");

#define NVME_ONCS_DSM		0x4u
#define NVME_ONCS_WRITE_ZEROES	0x8u
#define NVME_VWC_PRESENT	0x1u

struct nvme_id_namespace {
	__le64 nsze, ncap, nuse;
	u8 nsfeat, nlbaf, flbas, mc, dpc, dps, nmic, rescap, fpi, dlfeat;
	__le16 nawun, nawupf, nacwu, nabsn, nabo, nabspf, noiob;
	u8 nvmcap[16];
	__le16 npwg, npwa, npdg, npda, nows;
	u8 other1[18];
	__le32 anagrpid;
	u8 other2[3], nsattr;
	__le16 nvmsetid, endgid;
	u8 nguid[16], eui64[8];
	__le32 lbaf[64];
	u8 other3[4096 - 384];
} __packed;
_Static_assert(sizeof(struct nvme_id_namespace) == 4096, "identify namespace");

#define NVME_LBAF_MS(f)		((u32)(f) & 0xffff)	/* metadata bytes of a block */
#define NVME_LBAF_DS(f)		((u32)(f) >> 16 & 0xff)	/* log2 of a block's bytes */

struct nvme_dsm_range {
	__le32 attributes, blocks;
	__le64 first;
};
_Static_assert(sizeof(struct nvme_dsm_range) == 16, "dataset management range");

/* Status: type << 8 | code, and "do not retry". */
#define NVME_STATUS(entry_status)	((u32)(entry_status) >> 1 & 0x7ff)
#define NVME_STATUS_DNR(entry_status)	((entry_status) >> 15 & 1)
enum nvme_status {
	NVME_OK = 0x000,
	NVME_INVALID_OPCODE = 0x001,
	NVME_INVALID_FIELD = 0x002,
	NVME_ABORTED = 0x007,
	NVME_ABORTED_SQ_DELETED = 0x008,
	NVME_CAPACITY_EXCEEDED = 0x081,
	NVME_WRITE_FAULT = 0x280,
	NVME_READ_ERROR = 0x281,
};

#endif
