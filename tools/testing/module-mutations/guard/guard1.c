// SPDX-License-Identifier: MIT
#define NAME		guard1
#define NAME_TEXT	"guard1"
#include "guard.h"
