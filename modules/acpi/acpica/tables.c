// SPDX-License-Identifier: MIT
/* ACPICA: the tables. */
#include "acpica.h"

#include <tbdata.c>
#undef _COMPONENT
#include <tbfadt.c>
#undef _COMPONENT
#include <tbfind.c>
#undef _COMPONENT
#include <tbinstal.c>
#undef _COMPONENT
#include <tbprint.c>
#undef _COMPONENT
#include <tbutils.c>
#undef _COMPONENT
#include <tbxface.c>
#undef _COMPONENT
#include <tbxfload.c>
#undef _COMPONENT
#include <tbxfroot.c>
#undef _COMPONENT
