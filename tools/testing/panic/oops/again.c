// SPDX-License-Identifier: MIT
/* again: the same under another name, since the first one stays as it died. */
#include "oops.c"
