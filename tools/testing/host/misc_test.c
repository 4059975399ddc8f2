/* SPDX-License-Identifier: MIT */
#include <kernel/ktest.h>
#include <lib/calendar.h>
#include <lib/crc32.h>
#include <lib/crypto.h>
#include <lib/fifo.h>
#include <lib/hash.h>
#include <lib/math64.h>
#include <lib/string.h>
#include <uapi/major.h>

KTEST_SUITE("misc");

KTEST_CASE(fifo_keeps_order_across_the_end)
{
	u8 buffer[16], data[32], out[32];
	struct fifo fifo;
	unsigned int in = 0, taken = 0;
	u8 byte = 0, *span;

	fifo_init(&fifo, buffer, sizeof(buffer));
	/* Close to the wrap of the counters. */
	fifo.head = fifo.tail = -20U;
	for (int round = 0; round < 5000; round++) {
		unsigned int want = (unsigned int)host_random() % 20, n;

		for (unsigned int i = 0; i < want; i++)
			data[i] = (u8)(in + i);
		switch (host_random() % 6) {
		case 0:
			n = min(want, 16 - (in - taken));
			KTEST_EXPECT_EQ(fifo_put(&fifo, data, want), n);
			in += n;
			break;
		case 1:
			n = min(want, in - taken);
			KTEST_EXPECT_EQ(fifo_peek(&fifo, out, want, 0), n);
			KTEST_EXPECT_EQ(fifo_get(&fifo, out, want), n);
			for (unsigned int i = 0; i < n; i++)
				KTEST_EXPECT_EQ(out[i], (u8)(taken + i));
			taken += n;
			break;
		case 2:
			byte = (u8)in;
			KTEST_EXPECT_EQ(fifo_put_byte(&fifo, byte), in - taken < 16);
			in += in - taken < 16;
			break;
		case 3:
			if (!KTEST_EXPECT_EQ(fifo_get_byte(&fifo, &byte), in != taken))
				break;
			if (in != taken) {
				KTEST_EXPECT_EQ(byte, (u8)taken);
				taken++;
			}
			break;
		case 4:
			n = fifo_write_span(&fifo, &span);
			KTEST_EXPECT(n <= 16 - (in - taken) && (n || in - taken == 16));
			for (unsigned int i = 0; i < n; i++)
				span[i] = (u8)(in + i);
			fifo_commit(&fifo, n);
			in += n;
			break;
		default:
			n = fifo_read_span(&fifo, &span);
			KTEST_EXPECT(n <= in - taken && (n || in == taken));
			for (unsigned int i = 0; i < n; i++)
				KTEST_EXPECT_EQ(span[i], (u8)(taken + i));
			KTEST_EXPECT_EQ(fifo_skip(&fifo, n), n);
			taken += n;
		}
		KTEST_EXPECT_EQ(fifo_used(&fifo), in - taken);
		KTEST_EXPECT_EQ(fifo_is_empty(&fifo), in == taken);
		KTEST_EXPECT_EQ(fifo_is_full(&fifo), in - taken == 16);
	}
	fifo_reset(&fifo);
	fifo_put(&fifo, "abcdef", 6);
	KTEST_EXPECT_EQ(fifo_peek(&fifo, out, 10, 4), 2);
	KTEST_EXPECT_EQ(out[0], 'e');
	KTEST_EXPECT_EQ(fifo_peek(&fifo, out, 10, 6), 0);
}

KTEST_CASE(checks)
{
	static const char digits[] = "123456789";

	/* The check values of the catalogues of CRCs. */
	KTEST_EXPECT_EQ(~crc32_le(~0U, digits, 9), 0xcbf43926);
	KTEST_EXPECT_EQ(~crc32c(~0U, digits, 9), 0xe3069283);
	KTEST_EXPECT_EQ(crc16(0, digits, 9), 0xbb3d);
}

KTEST_CASE(hashes)
{
	/* From the appendix of the SipHash paper's reference: key 00..0f, messages 00, 00 01, ... */
	static const u64 want[] = { 0x726fdb47dd0e0e31, 0x74f839c593dc67fd, 0x0d6c8009d9a94f5a,
				    0x85676696d7fb7e2d };
	siphash_key_t key = { { 0x0706050403020100, 0x0f0e0d0c0b0a0908 } };
	u8 message[16];
	u64 words[2];

	for (u8 i = 0; i < 16; i++)
		message[i] = i;
	for (size_t len = 0; len < ARRAY_SIZE(want); len++)
		KTEST_EXPECT_EQ(siphash(message, len, &key), want[len]);
	KTEST_EXPECT_EQ(siphash(message, 15, &key), 0xa129ca6149be45e5);
	memcpy(words, message, 16);
	KTEST_EXPECT_EQ(siphash_1u64(words[0], &key), siphash(message, 8, &key));
	KTEST_EXPECT_EQ(siphash_2u64(words[0], words[1], &key), siphash(message, 16, &key));
	KTEST_EXPECT(hsiphash(message, 8, &key) != siphash(message, 8, &key));
	KTEST_EXPECT_EQ(hash_string("foobar"), 0xbf9cf968);
	KTEST_EXPECT(hash_64(1, 8) < 256 && hash_32(1, 8) < 256 && hash_ptr(message, 4) < 16);
}

/* Each byte counts, and none behind the end; wherever in a page. */
KTEST_CASE(hashes_of_names)
{
	static const char text[] = "a name of more than sixteen bytes";
	static u8 pages[2 * 4096] __aligned(4096);
	u64 wanted[sizeof(text)] = { 0 };
	size_t found;

	for (size_t at = 4096 - 2 * sizeof(text); at < 4096 + 2 * sizeof(text); at++) {
		for (size_t len = 0; len < sizeof(text); len++) {
			char *name = (char *)pages + at;
			u64 hash;

			memset(pages, 'x', sizeof(pages));
			memcpy(name, text, len);
			name[len] = '\0';
			hash = hash_name(name, &found);
			KTEST_EXPECT_EQ(found, len);
			KTEST_EXPECT(!wanted[len] || hash == wanted[len]);
			wanted[len] = hash;
			for (size_t i = 0; i < len; i++) {
				name[i] ^= 1;
				KTEST_EXPECT(hash_name(name, &found) != hash);
				name[i] ^= 1;
			}
		}
	}
}

static void expect_hex(const u8 *got, const char *want)
{
	bool equal = true;

	for (size_t i = 0; want[2 * i]; i++) {
		static const char digits[] = "0123456789abcdef";

		equal &= digits[got[i] >> 4] == want[2 * i] &&
			 digits[got[i] & 15] == want[2 * i + 1];
	}
	KTEST_EXPECT(equal);
}

KTEST_CASE(chacha20_as_in_rfc_8439)
{
	static const u8 nonce[12] = { 0, 0, 0, 9, 0, 0, 0, 0x4a };
	struct chacha_state state;
	u8 key[32], out[64];

	for (u8 i = 0; i < 32; i++)
		key[i] = i;
	chacha_init(&state, key, nonce, 1);
	chacha20_block(&state, out);
	expect_hex(out, "10f1e7e4d13b5915500fdd1fa32071c4c7d1f4c733c068030422aa9ac3d46c4e"
			"d2826446079faa0914c2d705d98b02a2b5129cd1de164eb9cbd083e8a2503c4e");
	KTEST_EXPECT_EQ(state.words[12], 2);
}

KTEST_CASE(blake2s_as_in_rfc_7693)
{
	u8 out[32], message[256], key[32];
	struct blake2s_state state;

	blake2s(out, 32, "abc", 3, NULL, 0);
	expect_hex(out, "508c5e8c327c14e2e1a72ba34eeb452f37458b209ed63a294d999b4c86675982");
	for (int i = 0; i < 256; i++)
		message[i] = (u8)i;
	memcpy(key, message, 32);
	blake2s(out, 32, message, 0, key, 32);
	expect_hex(out, "48a8997da407876b3d79c0d92325ad3b89cbb754d86ab71aee047ad345fd2c49");
	blake2s(out, 32, message, 255, key, 32);
	expect_hex(out, "3fb735061abc519dfe979e54c1ee5bfad0a9d858b3315bad34bde999efd724dd");
	/* In pieces. */
	blake2s_init(&state, 32, key, 32);
	for (size_t at = 0; at < 255; at += 17)
		blake2s_update(&state, message + at, 17);
	blake2s_final(&state, out);
	expect_hex(out, "3fb735061abc519dfe979e54c1ee5bfad0a9d858b3315bad34bde999efd724dd");
}

KTEST_CASE(sha256_as_in_fips_180)
{
	static const char two_blocks[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
	struct sha256_state state;
	u8 out[32];

	sha256("", 0, out);
	expect_hex(out, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	sha256("abc", 3, out);
	expect_hex(out, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	sha256(two_blocks, 56, out);
	expect_hex(out, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
	sha256_init(&state);
	for (int i = 0; i < 1000; i++)
		sha256_update(&state, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 50);
	sha256_final(&state, out);
	/* sha256sum of 50,000 letters a */
	expect_hex(out, "77a0f923b96d18567b52376c56638acc5f030009735888bc47f2da5b4b65e3af");
}

KTEST_CASE(wide_arithmetic)
{
	u32 mult, shift;
	u64 rest;
	u32 rest32;

	KTEST_EXPECT_EQ(mul_u64_u64_shr(~0ULL, ~0ULL, 64), ~0ULL - 1);
	KTEST_EXPECT_EQ(mul_u64_u32_shr(1ULL << 40, 1U << 31, 60), 1 << 11);
	KTEST_EXPECT_EQ(mul_u64_u64_div_u64(~0ULL, 1000, 1000), ~0ULL);
	KTEST_EXPECT_EQ(mul_u64_u64_div_u64(7, 3, 2), 10);
	KTEST_EXPECT_EQ(div_u64_rem(10, 3, &rest32), 3);
	KTEST_EXPECT_EQ(rest32, 1);
	KTEST_EXPECT_EQ(div64_u64_rem(1ULL << 40, 3, &rest), (1ULL << 40) / 3);
	KTEST_EXPECT_EQ(rest, 1);
	rest = 100;
	KTEST_EXPECT_EQ(do_div(rest, 7), 2);
	KTEST_EXPECT_EQ(rest, 14);
	KTEST_EXPECT_EQ(gcd(12, 18), 6);
	KTEST_EXPECT_EQ(gcd(0, 5), 5);
	for (u64 i = 0; i < 1000; i++)
		KTEST_EXPECT_EQ(int_sqrt64(i * i + i), i);
	KTEST_EXPECT_EQ(int_sqrt64(~0ULL), 0xffffffff);
	for (u32 from = 1000000; from < 4000000000U; from += 399999999) {
		clocks_calc_mult_shift(&mult, &shift, from, 1000000000, 600);
		/* A second's cycles give a second to within 1e-7; 600 s do not overflow. */
		KTEST_EXPECT(((u64)from * mult >> shift) - 999999900 < 200);
		KTEST_EXPECT((u64)from * 600 <= ~0ULL / mult);
	}
	KTEST_EXPECT_EQ(ALIGN(5, 8), 8);
	KTEST_EXPECT_EQ(ALIGN_DOWN(15, 8), 8);
	KTEST_EXPECT_EQ(round_up(16, 8), 16);
	KTEST_EXPECT_EQ(roundup(7, 3), 9);
	KTEST_EXPECT_EQ(DIV_ROUND_UP(7, 3), 3);
	KTEST_EXPECT_EQ(size_mul(1UL << 40, 1UL << 40), (long)SIZE_MAX);
	KTEST_EXPECT_EQ(clamp(5, 1, 3), 3);
	KTEST_EXPECT_EQ(min3(3, 1, 2), 1);
	KTEST_EXPECT_EQ(sign_extend64(0xff, 7), -1);
	KTEST_EXPECT(is_power_of_2(64UL) && !is_power_of_2(0UL) && !is_power_of_2(6UL));
}

KTEST_CASE(device_numbers_as_programs_see_them)
{
	/* makedev(259, 1000000) and its parts, by the C library. */
	u32 dev = MAKE_USER_DEV(259U, 1000000U);

	KTEST_EXPECT_EQ(dev, 0xf4210340);
	KTEST_EXPECT_EQ(USER_DEV_MAJOR(dev), 259);
	KTEST_EXPECT_EQ(USER_DEV_MINOR(dev), 1000000);
}

/* Every 12 hours of 400 years: each date is valid, follows its predecessor and leads back to its second. */
KTEST_CASE(calendar_there_and_back)
{
	struct calendar_time t, last;

	calendar_from_seconds(0, &last);
	KTEST_EXPECT_EQ(last.year, 1970);
	KTEST_EXPECT_EQ(last.week_day, 4u);
	for (s64 s = 43200; s < 400ll * 365 * 86400; s += 43200) {
		bool next_day;

		calendar_from_seconds(s, &t);
		next_day = s % 86400 == 0;
		if (!calendar_is_valid(&t) || calendar_to_seconds(&t) != s ||
		    t.week_day != (last.week_day + next_day) % 7 ||
		    (t.year == last.year ? t.year_day != last.year_day + next_day
					 : t.year_day != 0 || t.year != last.year + 1)) {
			KTEST_EXPECT_EQ(s, 0);
			return;
		}
		last = t;
	}
}

KTEST_CASE(calendar_of_known_dates)
{
	/* by date(1) */
	static const struct {
		s64 seconds;
		struct calendar_time t;
	} known[] = {
		{ 951782400, { 2000, 2, 29, 0, 0, 0, 2, 59 } },
		{ 1709251199, { 2024, 2, 29, 23, 59, 59, 4, 59 } },
		{ 4107542400, { 2100, 3, 1, 0, 0, 0, 1, 59 } },
	};
	static const struct calendar_time wrong[] = {
		{ 1969, 12, 31, 23, 59, 59, 0, 0 }, { 2023, 2, 29, 0, 0, 0, 0, 0 },
		{ 2100, 2, 29, 0, 0, 0, 0, 0 },	    { 2024, 13, 1, 0, 0, 0, 0, 0 },
		{ 2024, 0, 1, 0, 0, 0, 0, 0 },	    { 2024, 4, 31, 0, 0, 0, 0, 0 },
		{ 2024, 4, 0, 0, 0, 0, 0, 0 },	    { 2024, 4, 1, 24, 0, 0, 0, 0 },
		{ 2024, 4, 1, 0, 60, 0, 0, 0 },	    { 2024, 4, 1, 0, 0, 60, 0, 0 },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(known); i++) {
		struct calendar_time t;

		memset(&t, 0, sizeof(t)); /* its padding too */
		calendar_from_seconds(known[i].seconds, &t);
		KTEST_EXPECT(!memcmp(&t, &known[i].t, sizeof(t)));
		KTEST_EXPECT_EQ(calendar_to_seconds(&known[i].t), known[i].seconds);
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(wrong); i++)
		KTEST_EXPECT(!calendar_is_valid(&wrong[i]));
}
