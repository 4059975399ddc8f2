/* SPDX-License-Identifier: MIT */
/*
 * Random bytes (kernel/random).
 *
 * One generator on ChaCha20 with a key per CPU; a pool mixes what RDRAND, RDSEED, the boot loader
 * and the timing of interrupts give and hands out new keys. Any context. Until random_is_ready()
 * the bytes are as good as RDRAND and boot made them; getrandom(2) waits.
 */
#ifndef KERNEL_RANDOM_H
#define KERNEL_RANDOM_H

#include <lib/types.h>

void get_random_bytes(void *buf, size_t len);
u32 get_random_u32(void);
u64 get_random_u64(void);
u32 get_random_u32_below(u32 ceiling); /* uniform in 0 .. ceiling - 1; ceiling > 0 */

bool random_is_ready(void);
int wait_for_random_ready(void); /* 0 or -ERESTARTSYS; sleeps */

/* from the interrupt entry, interrupts off: a few instructions */
void add_interrupt_randomness(unsigned int vector);
void add_device_randomness(const void *buf, size_t len); /* mixed in, not credited */
/* RNDADDENTROPY, boot loader's seed */
void add_credited_randomness(const void *buf, size_t len, unsigned int bits);
unsigned int random_entropy_bits(void); /* 0 .. 256 */
void random_reseed(void);		/* new keys at the next use on every CPU */

/*
 * Before anything draws from it (stack canary, layout): RDRAND, time stamp, command line. Boot CPU,
 * no memory needed.
 */
void random_init_early(const char *command_line);
void random_init(void); /* threads and work queues are there */

#endif
