/* SPDX-License-Identifier: MIT */
/* What makes reports less to be trusted, and what has happened already. Bits are never taken back. */
#include <kernel/atomic.h>
#include <kernel/taint.h>

static atomic_t taints;

void taint_add(unsigned int bits)
{
	atomic_or((int)bits, &taints);
}

unsigned int taint_get(void)
{
	return (unsigned int)atomic_read(&taints);
}

void taint_letters(char *to)
{
	static const struct {
		unsigned int bit;
		char letter;
	} letters[] = {
		{ TAINT_DIE, 'D' },
		{ TAINT_WARNING, 'W' },
		{ TAINT_OUT_OF_TREE, 'O' },
	};
	unsigned int now = taint_get();

	for (unsigned int i = 0; i < sizeof(letters) / sizeof(letters[0]); i++)
		if (now & letters[i].bit)
			*to++ = letters[i].letter;
	*to = '\0';
}
