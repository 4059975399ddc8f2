// SPDX-License-Identifier: MIT
/* ACPICA: interrupts, general-purpose events, notifications, address space handlers. */
#include "acpica.h"

#include <evevent.c>
#undef _COMPONENT
#include <evglock.c>
#undef _COMPONENT
#include <evgpe.c>
#undef _COMPONENT
#include <evgpeblk.c>
#undef _COMPONENT
#include <evgpeinit.c>
#undef _COMPONENT
#include <evgpeutil.c>
#undef _COMPONENT
#include <evhandler.c>
#undef _COMPONENT
#include <evmisc.c>
#undef _COMPONENT
#include <evregion.c>
#undef _COMPONENT
#include <evrgnini.c>
#undef _COMPONENT
#include <evsci.c>
#undef _COMPONENT
#include <evxface.c>
#undef _COMPONENT
#include <evxfevnt.c>
#undef _COMPONENT
#include <evxfgpe.c>
#undef _COMPONENT
#include <evxfregn.c>
#undef _COMPONENT
