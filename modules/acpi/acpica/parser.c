// SPDX-License-Identifier: MIT
/* ACPICA: AML's opcodes. */
#include "acpica.h"

#include <psargs.c>
#undef _COMPONENT
#include <psloop.c>
#undef _COMPONENT
#include <psobject.c>
#undef _COMPONENT
#include <psopcode.c>
#undef _COMPONENT
#include <psopinfo.c>
#undef _COMPONENT
#include <psparse.c>
#undef _COMPONENT
#include <psscope.c>
#undef _COMPONENT
#include <pstree.c>
#undef _COMPONENT
#include <psutils.c>
#undef _COMPONENT
#include <pswalk.c>
#undef _COMPONENT
#include <psxface.c>
#undef _COMPONENT
