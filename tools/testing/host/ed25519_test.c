/* SPDX-License-Identifier: MIT */
#include <kernel/ktest.h>
#include <lib/ed25519.h>
#include <lib/kernel.h>
#include <lib/string.h>

KTEST_SUITE("ed25519");

static void from_hex(u8 *to, const char *hex)
{
	for (; *hex; hex += 2)
		*to++ = (u8)((hex[0] % 32 + 9) % 25 << 4 | (hex[1] % 32 + 9) % 25);
}

static bool hash_is(const void *data, size_t size, size_t step, const char *hex)
{
	struct sha512_state sha;
	u8 got[64], want[64];

	sha512_init(&sha);
	for (size_t at = 0; at < size; at += step)
		sha512_update(&sha, (const u8 *)data + at, min(step, size - at));
	sha512_final(&sha, got);
	from_hex(want, hex);
	return !memcmp(got, want, sizeof(got));
}

/* FIPS 180-4's examples. */
KTEST_CASE(sha512_of_published_messages)
{
	static const char two_blocks[] =
		"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrs"
		"mnopqrstnopqrstu";

	KTEST_EXPECT(hash_is("", 0, 1,
			     "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
			     "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e"));
	KTEST_EXPECT(hash_is("abc", 3, 3,
			     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
			     "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"));
	for (size_t step = 1; step < sizeof(two_blocks); step++)
		KTEST_EXPECT(hash_is(
			two_blocks, sizeof(two_blocks) - 1, step,
			"8e959b75dae313da8cf4f72814fc143f8f7779c6eb9f7fa17299aeadb6889018"
			"501d289e4900f7e4331b99dec4b5433ac7d329eeb6dd26545e96e55b874be909"));
}

struct vector {
	const char *key, *message, *signature;
};

/* RFC 8032, section 7.1: tests 1, 2, 3 and SHA(abc). */
static const struct vector vectors[] = {
	{ "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
	  "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b" },
	{ "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
	  "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00" },
	{ "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
	  "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a" },
	{ "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
	  "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
	  "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704" },
};

struct signed_message {
	u8 key[32], signature[64], message[64];
	size_t size;
};

static void take(struct signed_message *m, const struct vector *v)
{
	from_hex(m->key, v->key);
	from_hex(m->signature, v->signature);
	from_hex(m->message, v->message);
	m->size = strlen(v->message) / 2;
}

static bool holds(const struct signed_message *m)
{
	return ed25519_verify(m->signature, m->message, m->size, m->key);
}

KTEST_CASE(published_signatures_hold)
{
	struct signed_message m;

	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
		take(&m, &vectors[i]);
		KTEST_EXPECT(holds(&m));
	}
}

/* Every bit of the signature, the key and the message counts. */
KTEST_CASE(nothing_may_change)
{
	struct signed_message m;
	u8 *bytes = (u8 *)&m;

	for (size_t i = 0; i < (96 + 2) * 8; i++) {
		take(&m, &vectors[2]);
		bytes[i / 8] ^= (u8)(1 << (i % 8));
		KTEST_EXPECT(!holds(&m));
	}
	take(&m, &vectors[2]);
	m.size = 1;
	KTEST_EXPECT(!holds(&m));
}

/* S + L is the same number modulo L: it must not pass. */
KTEST_CASE(s_is_below_the_order)
{
	static const u8 order[32] = {
		0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7,
		0xa2, 0xde, 0xf9, 0xde, 0x14, 0,    0,	  0,	0,    0,    0,
		0,    0,    0,	  0,	0,    0,    0,	  0,	0,    0x10,
	};
	struct signed_message m;
	unsigned int above = 0;

	take(&m, &vectors[1]);
	for (int i = 0; i < 32; i++) {
		above += m.signature[32 + i] + order[i];
		m.signature[32 + i] = (u8)above;
		above >>= 8;
	}
	KTEST_EXPECT(!holds(&m));
	memcpy(m.signature + 32, order, sizeof(order));
	KTEST_EXPECT(!holds(&m));
}

KTEST_CASE(keys_that_are_no_points)
{
	struct signed_message m;
	unsigned int nr_points = 0;

	/* y = p + 3: not reduced. */
	take(&m, &vectors[0]);
	memset(m.key, 0xff, sizeof(m.key));
	m.key[0] = 0xf0;
	m.key[31] = 0x7f;
	KTEST_EXPECT(!holds(&m));
	/* y = 1 has x = 0, which has no negative. */
	memset(m.key, 0, sizeof(m.key));
	m.key[0] = 1;
	m.key[31] = 0x80;
	KTEST_EXPECT(!holds(&m));
	/* Whatever bytes come: an answer, and not yes. */
	for (int i = 0; i < 200; i++) {
		for (int b = 0; b < 96; b++)
			((u8 *)&m)[b] = (u8)host_random();
		m.signature[63] &= 0x0f;
		nr_points += holds(&m);
	}
	KTEST_EXPECT_EQ(nr_points, 0);
}
