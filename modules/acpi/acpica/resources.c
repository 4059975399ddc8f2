// SPDX-License-Identifier: MIT
/* ACPICA: resource descriptors, routing tables. */
#include "acpica.h"

#include <rsaddr.c>
#undef _COMPONENT
#include <rscalc.c>
#undef _COMPONENT
#include <rscreate.c>
#undef _COMPONENT
#include <rsdumpinfo.c>
#undef _COMPONENT
#include <rsinfo.c>
#undef _COMPONENT
#include <rsio.c>
#undef _COMPONENT
#include <rsirq.c>
#undef _COMPONENT
#include <rslist.c>
#undef _COMPONENT
#include <rsmemory.c>
#undef _COMPONENT
#include <rsmisc.c>
#undef _COMPONENT
#include <rsserial.c>
#undef _COMPONENT
#include <rsutils.c>
#undef _COMPONENT
#include <rsxface.c>
#undef _COMPONENT
