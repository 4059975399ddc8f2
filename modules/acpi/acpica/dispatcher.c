// SPDX-License-Identifier: MIT
/* ACPICA: loads the tables' code into the namespace and runs methods. */
#include "acpica.h"

#include <dsargs.c>
#undef _COMPONENT
#include <dscontrol.c>
#undef _COMPONENT
#include <dsdebug.c>
#undef _COMPONENT
#include <dsfield.c>
#undef _COMPONENT
#include <dsinit.c>
#undef _COMPONENT
#include <dsmethod.c>
#undef _COMPONENT
#include <dsmthdat.c>
#undef _COMPONENT
#include <dsobject.c>
#undef _COMPONENT
#include <dsopcode.c>
#undef _COMPONENT
#include <dspkginit.c>
#undef _COMPONENT
#include <dsutils.c>
#undef _COMPONENT
#include <dswexec.c>
#undef _COMPONENT
#include <dswload.c>
#undef _COMPONENT
#include <dswload2.c>
#undef _COMPONENT
#include <dswscope.c>
#undef _COMPONENT
#include <dswstate.c>
#undef _COMPONENT
