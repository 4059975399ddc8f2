// SPDX-License-Identifier: MIT
/* Which screen there is. */
#include <drivers/display.h>
#include <kernel/kconfig.h>

struct text_display *display_probe(void)
{
	struct text_display *display = NULL;

	if (IS_ENABLED(CONFIG_FB_CONSOLE))
		display = fbcon_probe();
	if (!display && IS_ENABLED(CONFIG_VGA_CONSOLE))
		display = vgacon_probe();
	return display;
}
