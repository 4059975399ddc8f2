/* SPDX-License-Identifier: MIT */
/* For scripts/lint, in place of what run.sh makes. */
static const u8 plain[100000] = { 1 }, packed[1000] = { 1 };
