// SPDX-License-Identifier: MIT
#define NAME		guard2
#define NAME_TEXT	"guard2"
#include "guard.h"
