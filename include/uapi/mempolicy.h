/* SPDX-License-Identifier: MIT */
/*
 * Memory policies of NUMA.
 */
#ifndef UAPI_MEMPOLICY_H
#define UAPI_MEMPOLICY_H

#define MPOL_DEFAULT		0
#define MPOL_PREFERRED		1
#define MPOL_BIND		2
#define MPOL_INTERLEAVE		3
#define MPOL_LOCAL		4
#define MPOL_PREFERRED_MANY	5
#define MPOL_MAX		6
#define MPOL_F_STATIC_NODES	32768
#define MPOL_F_RELATIVE_NODES	16384
#define MPOL_F_NUMA_BALANCING	8192
#define MPOL_MODE_FLAGS		57344
#define MPOL_F_NODE		1
#define MPOL_F_ADDR		2
#define MPOL_F_MEMS_ALLOWED	4
#define MPOL_MF_STRICT		1
#define MPOL_MF_MOVE		2
#define MPOL_MF_MOVE_ALL	4

#endif
