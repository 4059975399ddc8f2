/* SPDX-License-Identifier: MIT */
/* The stubs in front of wrapped functions (<arch/call_wrap.h>). */
#include <arch/call_wrap.h>
#include <lib/string.h>

void call_stub_write(u8 *at, const void *argument)
{
	static const u8 endbr[] = { 0xf3, 0x0f, 0x1e, 0xfa }, set_r11[] = { 0x49, 0xbb };
	u64 value = (u64)argument;
	u8 *p = at;
	s32 distance;

	memset(at, 0xcc, CALL_STUB_SIZE);
	memcpy(p, endbr, sizeof(endbr));
	p += sizeof(endbr);
	memcpy(p, set_r11, sizeof(set_r11));
	p += sizeof(set_r11);
	memcpy(p, &value, sizeof(value));
	p += sizeof(value);
	*p++ = 0xe9;
	distance = (s32)((u64)call_wrap_entry - (u64)(p + sizeof(distance)));
	memcpy(p, &distance, sizeof(distance));
}
