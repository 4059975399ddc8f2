/* SPDX-License-Identifier: MIT */
/*
 * Included before every file of lib/ that is compiled for the host: gives other names to functions that
 * the C library has too, so that both can be in one program.
 */
#ifndef HOST_H
#define HOST_H

#define memcpy lib_memcpy
#define memmove lib_memmove
#define memset lib_memset
#define memcmp lib_memcmp
#define memchr lib_memchr
#define strlen lib_strlen
#define strnlen lib_strnlen
#define strcmp lib_strcmp
#define strncmp lib_strncmp
#define strcasecmp lib_strcasecmp
#define strncasecmp lib_strncasecmp
#define strchr lib_strchr
#define strchrnul lib_strchrnul
#define strrchr lib_strrchr
#define strstr lib_strstr
#define strspn lib_strspn
#define strcspn lib_strcspn
#define strpbrk lib_strpbrk
#define strsep lib_strsep
#define vsnprintf lib_vsnprintf
#define snprintf lib_snprintf
#define sprintf lib_sprintf
#define bsearch lib_bsearch

/* What host.c gives to tests: plain C types only. */
unsigned long host_random(void);
/* of exactly this size, so that the sanitizer sees its ends */
void *host_alloc(unsigned long size);
void host_free(void *p);
/* The C library's formatting, to compare with. */
int host_vsnprintf(char *to, unsigned long size, const char *fmt, __builtin_va_list args);
/* The next n node allocations succeed, then they fail; -1: all succeed. */
extern long host_nodes_until_failure;
extern long host_nr_nodes;

#endif
