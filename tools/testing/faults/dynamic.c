/* SPDX-License-Identifier: MIT */
/* A dynamically linked program, of which nothing runs: its loader (program.c) does not go on to it. */
static volatile int numbers[2000] = { 1 };
static volatile int zeroes[5000];

int main(void)
{
	return numbers[zeroes[0]];
}
