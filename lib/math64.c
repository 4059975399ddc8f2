/* SPDX-License-Identifier: MIT */
/*
 * Arithmetic for clocks.
 */
#include <lib/bitops.h>
#include <lib/math64.h>

/* Bit by bit from the top: try each bit of the root. */
u64 int_sqrt64(u64 x)
{
	u64 root = 0;

	for (u64 bit = 1ULL << 62; bit; bit >>= 2) {
		if (x >= root + bit) {
			x -= root + bit;
			root = (root >> 1) + bit;
		} else {
			root >>= 1;
		}
	}
	return root;
}

u64 gcd(u64 a, u64 b)
{
	while (b) {
		u64 rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

void clocks_calc_mult_shift(u32 *mult, u32 *shift, u32 from, u32 to, u32 max_seconds)
{
	/* Bits that the cycle count of the longest span needs; mult may have the rest of 64. */
	int cycle_bits = fls64((u64)max_seconds * from);
	int mult_bits = clamp(64 - cycle_bits, 1, 32);
	u32 s;
	u64 m = 0;

	for (s = 32; s > 0; s--) {
		m = (((u64)to << s) + from / 2) / from;
		if (fls64(m) <= mult_bits)
			break;
	}
	*mult = (u32)m;
	*shift = s;
}
