/* SPDX-License-Identifier: MIT */
/* A dynamically linked program, of which nothing runs: its loader (program.c) does not go on to it. */
int numbers[2000] = { 1 };
int zeroes[5000];

int main(void)
{
	return numbers[zeroes[0]];
}
