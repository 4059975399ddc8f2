// SPDX-License-Identifier: MIT
/*
 * The same module under another name: of a crime that ends insmod, the module stays in memory
 * until the next boot.
 */
#include "crimes.c"
