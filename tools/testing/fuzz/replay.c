/* SPDX-License-Identifier: MIT */
/* Gives files to a fuzz target, one after another: for measuring coverage, and to look at one input. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		FILE *file = fopen(argv[i], "rb");
		uint8_t *data;
		long size;

		if (!file)
			continue;
		fseek(file, 0, SEEK_END);
		size = ftell(file);
		rewind(file);
		data = malloc((size_t)size + 1);
		size = (long)fread(data, 1, (size_t)size, file);
		fclose(file);
		LLVMFuzzerTestOneInput(data, (size_t)size);
		free(data);
	}
	return 0;
}
