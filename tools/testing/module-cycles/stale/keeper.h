/* SPDX-License-Identifier: MIT */
void keeper_keep(int (*function)(void));
