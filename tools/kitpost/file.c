// SPDX-License-Identifier: MIT
/* The loader's own check of the file, by the loader's own code: this file alone sees the kernel's headers. */
#include "lib/elf_module.c"

const char *file_refusal(const void *image, size_t size);
int relocation_bytes(unsigned int type);

const char *file_refusal(const void *image, size_t size)
{
	struct elf_module module;

	return elf_module_open(&module, image, size) ? module.reason : NULL;
}

int relocation_bytes(unsigned int type)
{
	return (int)elf_relocation_size(type);
}
