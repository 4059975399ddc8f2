/* SPDX-License-Identifier: MIT */
/* The steps of mm_init(), each of which needs those in front of it. */
#ifndef MM_FRAME_INIT_H
#define MM_FRAME_INIT_H

#include <kit/types.h>

/* arch/x86_64/mm: the kernel's own page tables, all of RAM mapped; then runs on them */
void kernel_tables_init(void);
void vmemmap_init(void);       /* arch/x86_64/mm: struct pages, mapped and zero */
void zones_init(void);	       /* mm/frame */
void slab_init(void);	       /* mm/slab */
void xa_node_cache_init(void); /* mm/slab */
void vmalloc_init(void);       /* mm/map */
void percpu_early_init(void);  /* mm/map: dynamic per-CPU memory of the boot CPU */

#endif
