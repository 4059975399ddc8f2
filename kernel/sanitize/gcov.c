// SPDX-License-Identifier: MIT
/*
 * What counted code refers to (CONFIG_GCOV_KERNEL). Each file's structure names the function by
 * which a program would merge its counters with those of an earlier run; nobody calls it here, the
 * host adds (tools/coverage).
 */
void __gcov_merge_add(long *counters, unsigned int nr);

void __gcov_merge_add(long *counters, unsigned int nr)
{
}
