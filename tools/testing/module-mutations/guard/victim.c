// SPDX-License-Identifier: MIT
#define NAME		victim
#define NAME_TEXT	"victim"
#include "guard.h"
