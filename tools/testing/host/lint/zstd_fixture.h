/* SPDX-License-Identifier: MIT */
/* For scripts/lint, in place of what run.sh makes. */
static const u8 zstd_plain[100000] = { 1 }, zstd_packed[1000] = { 1 };
