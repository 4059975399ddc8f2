/* SPDX-License-Identifier: MIT */
int km_base_value(int add);
