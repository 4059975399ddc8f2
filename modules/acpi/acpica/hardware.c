// SPDX-License-Identifier: MIT
/* ACPICA: the fixed registers, sleep states. */
#include "acpica.h"

#include <hwacpi.c>
#undef _COMPONENT
#include <hwesleep.c>
#undef _COMPONENT
#include <hwgpe.c>
#undef _COMPONENT
#include <hwpci.c>
#undef _COMPONENT
#include <hwregs.c>
#undef _COMPONENT
#include <hwsleep.c>
#undef _COMPONENT
#include <hwvalid.c>
#undef _COMPONENT
#include <hwxface.c>
#undef _COMPONENT
#include <hwxfsleep.c>
#undef _COMPONENT
