// SPDX-License-Identifier: MIT
#define NAME		guard3
#define NAME_TEXT	"guard3"
#include "guard.h"
