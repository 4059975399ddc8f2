/* SPDX-License-Identifier: MIT */
/* Counts of a serial line (TIOCGICOUNT), ioctl_tty(2). */
#ifndef UAPI_SERIAL_H
#define UAPI_SERIAL_H

struct serial_icounter_struct {
	int cts, dsr, rng, dcd; /* changes of these lines; rng: its ends */
	int rx, tx;		/* bytes */
	int frame, overrun, parity, brk;
	int buf_overrun; /* bytes that found no room in the kernel */
	int reserved[9];
};

#endif
