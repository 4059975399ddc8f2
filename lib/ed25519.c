// SPDX-License-Identifier: MIT
/*
 * Ed25519 verification (RFC 8032). A signature (R, S) of a message M by the key A holds when the encoding of [S]B - [h]A is R, with
 * h = SHA-512(R, A, M).
 *
 * Numbers modulo p = 2^255 - 19 are five limbs of 51 bits (radix 2^51). Every operation carries, so that limbs stay below 2^52 and products of
 * two numbers fit into 128 bits with room. Points are in extended coordinates: x = X/Z, y = Y/Z, xy = T/Z.
 */
#include <lib/ed25519.h>
#include <lib/string.h>

typedef unsigned __int128 u128;

struct number {
	u64 limb[5];
};

struct point {
	struct number x, y, z, t;
};

#define LIMB_MASK	((1ull << 51) - 1)

static const struct number one = { { 1 } };
/* d = -121665/121666, the curve's constant; and the square root of -1 */
static const struct number curve_d = { { 0x34dca135978a3, 0x1a8283b156ebd, 0x5e7a26001c029, 0x739c663a03cbb, 0x52036cee2b6ff } };
static const struct number twice_d = { { 0x69b9426b2f159, 0x35050762add7a, 0x3cf44c0038052, 0x6738cc7407977, 0x2406d9dc56dff } };
static const struct number root_of_minus_one = { { 0x61b274a0ea0b0, 0x0d5a5fc8f189d, 0x7ef5e9cbd0c60, 0x78595a6804c9e, 0x2b8324804fc1d } };
static const struct point base_point = {
	.x = { { 0x62d608f25d51a, 0x412a4b4f6592a, 0x75b7171a4b31d, 0x1ff60527118fe,
		 0x216936d3cd6e5 } },
	.y = { { 0x6666666666658, 0x4cccccccccccc, 0x1999999999999, 0x3333333333333,
		 0x6666666666666 } },
	.z = { { 1 } },
	.t = { { 0x68ab3a5b7dda3, 0x00eea2a5eadbb, 0x2af8df483c27e, 0x332b375274732,
		 0x67875f0fd78b7 } },
};

/* --- numbers modulo p --- */

static void carry(struct number *a)
{
	for (int i = 0; i < 4; i++) {
		a->limb[i + 1] += a->limb[i] >> 51;
		a->limb[i] &= LIMB_MASK;
	}
	a->limb[0] += 19 * (a->limb[4] >> 51);
	a->limb[4] &= LIMB_MASK;
}

static void add(struct number *to, const struct number *a, const struct number *b)
{
	for (int i = 0; i < 5; i++)
		to->limb[i] = a->limb[i] + b->limb[i];
	carry(to);
}

static void subtract(struct number *to, const struct number *a, const struct number *b)
{
	/* 4p keeps every limb positive. */
	for (int i = 0; i < 5; i++)
		to->limb[i] = a->limb[i] + (i ? 0x1ffffffffffffcull : 0x1fffffffffffb4ull) -
			      b->limb[i];
	carry(to);
}

static void multiply(struct number *to, const struct number *a, const struct number *b)
{
	u128 sum[5] = { 0 };
	u128 above = 0;

	for (int i = 0; i < 5; i++)
		for (int j = 0; j < 5; j++)
			sum[(i + j) % 5] += (u128)a->limb[i] * b->limb[j] * (i + j >= 5 ? 19 : 1);
	for (int i = 0; i < 5; i++) {
		sum[i] += above;
		to->limb[i] = (u64)sum[i] & LIMB_MASK;
		above = sum[i] >> 51;
	}
	above = above * 19 + to->limb[0];
	to->limb[0] = (u64)above & LIMB_MASK;
	to->limb[1] += (u64)(above >> 51);
}

static void square(struct number *to, const struct number *a)
{
	multiply(to, a, a);
}

/* a to the power of an exponent whose bits are all ones but some at the end: 2^bits - 1 - minus, for p - 2 and (p - 5) / 8. */
static void power(struct number *to, const struct number *a, unsigned int bits, unsigned int minus)
{
	struct number result = one;

	for (int i = (int)bits - 1; i >= 0; i--) {
		square(&result, &result);
		if (i >= 8 || (((1u << 8) - 1 - minus) >> i & 1))
			multiply(&result, &result, a);
	}
	*to = result;
}

static void invert(struct number *to, const struct number *a)
{
	power(to, a, 255, 20); /* p - 2 = 2^255 - 21 */
}

/* The one representation below p. */
static void encode(u8 out[32], const struct number *a)
{
	struct number n = *a;
	u64 above;

	carry(&n);
	carry(&n);
	/* n < 2^255 + small: p is taken away when n + 19 reaches 2^255. */
	above = (n.limb[0] + 19) >> 51;
	for (int i = 1; i < 5; i++)
		above = (n.limb[i] + above) >> 51;
	n.limb[0] += 19 * above;
	for (int i = 0; i < 4; i++) {
		n.limb[i + 1] += n.limb[i] >> 51;
		n.limb[i] &= LIMB_MASK;
	}
	n.limb[4] &= LIMB_MASK;
	for (int i = 0; i < 32; i++) {
		int limb = i * 8 / 51, shift = i * 8 % 51;
		u64 bits = n.limb[limb] >> shift;

		if (shift > 43 && limb < 4)
			bits |= n.limb[limb + 1] << (51 - shift);
		out[i] = (u8)bits;
	}
}

/* The low 255 bits; the top one is the caller's. */
static void decode(struct number *to, const u8 in[32])
{
	*to = (struct number){ { 0 } };
	for (int i = 0; i < 255; i++)
		to->limb[i / 51] |= (u64)(in[i / 8] >> (i % 8) & 1) << (i % 51);
}

static bool is_equal(const struct number *a, const struct number *b)
{
	u8 x[32], y[32];

	encode(x, a);
	encode(y, b);
	return !memcmp(x, y, sizeof(x));
}

/* --- points --- */

/* Complete: holds for equal points and the neutral one too. */
static void point_add(struct point *to, const struct point *p, const struct point *q)
{
	struct number a, b, c, d, e, f, g, h, s;

	subtract(&a, &p->y, &p->x);
	subtract(&s, &q->y, &q->x);
	multiply(&a, &a, &s);
	add(&b, &p->y, &p->x);
	add(&s, &q->y, &q->x);
	multiply(&b, &b, &s);
	multiply(&c, &p->t, &q->t);
	multiply(&c, &c, &twice_d);
	multiply(&d, &p->z, &q->z);
	add(&d, &d, &d);
	subtract(&e, &b, &a);
	subtract(&f, &d, &c);
	add(&g, &d, &c);
	add(&h, &b, &a);
	multiply(&to->x, &e, &f);
	multiply(&to->y, &g, &h);
	multiply(&to->z, &f, &g);
	multiply(&to->t, &e, &h);
}

static void point_encode(u8 out[32], const struct point *p)
{
	struct number inverse, x, y;
	u8 sign[32];

	invert(&inverse, &p->z);
	multiply(&x, &p->x, &inverse);
	multiply(&y, &p->y, &inverse);
	encode(out, &y);
	encode(sign, &x);
	out[31] |= (u8)(sign[0] << 7);
}

/* RFC 8032, 5.1.3: x from y by a square root, which need not exist. */
static bool point_decode(struct point *p, const u8 in[32])
{
	static const struct number zero;
	struct number u, v, v3, x, check;
	u8 again[32];

	decode(&p->y, in);
	encode(again, &p->y);
	again[31] |= in[31] & 0x80;
	if (memcmp(again, in, 32))
		return false; /* not below p */
	square(&u, &p->y);
	multiply(&v, &u, &curve_d);
	subtract(&u, &u, &one);
	add(&v, &v, &one);
	square(&v3, &v);
	multiply(&v3, &v3, &v);
	/* x = u v^3 (u v^7)^((p-5)/8), with (p-5)/8 = 2^252 - 3 */
	square(&x, &v3);
	multiply(&x, &x, &v);
	multiply(&x, &x, &u);
	power(&x, &x, 252, 2);
	multiply(&x, &x, &v3);
	multiply(&x, &x, &u);
	square(&check, &x);
	multiply(&check, &check, &v);
	if (!is_equal(&check, &u)) {
		multiply(&x, &x, &root_of_minus_one);
		square(&check, &x);
		multiply(&check, &check, &v);
		if (!is_equal(&check, &u))
			return false;
	}
	encode(again, &x);
	if (is_equal(&x, &zero) && in[31] & 0x80)
		return false;
	if ((again[0] & 1) != in[31] >> 7)
		subtract(&x, &zero, &x);
	p->x = x;
	p->z = one;
	multiply(&p->t, &p->x, &p->y);
	return true;
}

static void point_negate(struct point *p)
{
	static const struct number zero;

	subtract(&p->x, &zero, &p->x);
	subtract(&p->t, &zero, &p->t);
}

static unsigned int bit(const u8 *number, int i)
{
	return number[i / 8] >> (i % 8) & 1;
}

/* [s]B + [h]A, bit by bit for both. */
static void multiply_both(struct point *to, const u8 s[32], const u8 h[32], const struct point *a)
{
	struct point both, sum = { .y = one, .z = one };

	point_add(&both, &base_point, a);
	for (int i = 252; i >= 0; i--) {
		unsigned int bits = bit(s, i) | bit(h, i) << 1;

		point_add(&sum, &sum, &sum);
		if (bits)
			point_add(&sum, &sum, bits == 1 ? &base_point : bits == 2 ? a : &both);
	}
	*to = sum;
}

/* --- numbers modulo the order of the group, L = 2^252 + 27742317777372353535851937790883648493 --- */

static const u64 order[4] = { 0x5812631a5cf5d3ed, 0x14def9dea2f79cd6, 0, 0x1000000000000000 };

static bool is_below_order(const u64 n[4])
{
	for (int i = 3; i >= 0; i--)
		if (n[i] != order[i])
			return n[i] < order[i];
	return false;
}

static void subtract_order(u64 n[4])
{
	u64 borrow = 0;

	for (int i = 0; i < 4; i++) {
		u128 difference = (u128)n[i] - order[i] - borrow;

		n[i] = (u64)difference;
		borrow = (u64)(difference >> 64) & 1;
	}
}

static void load_words(u64 n[4], const u8 in[32])
{
	for (int i = 0; i < 4; i++) {
		n[i] = 0;
		for (int b = 7; b >= 0; b--)
			n[i] = n[i] << 8 | in[8 * i + b];
	}
}

/* 512 bits modulo L: shifted in from the top, one by one. n stays below L, so that 2n + 1 fits. */
static void reduce(u8 out[32], const u8 in[64])
{
	u64 n[4] = { 0 };

	for (int i = 511; i >= 0; i--) {
		for (int w = 3; w > 0; w--)
			n[w] = n[w] << 1 | n[w - 1] >> 63;
		n[0] = n[0] << 1 | (in[i / 8] >> (i % 8) & 1);
		if (!is_below_order(n))
			subtract_order(n);
	}
	for (int i = 0; i < 32; i++)
		out[i] = (u8)(n[i / 8] >> (8 * (i % 8)));
}

bool ed25519_verify(const u8 signature[ED25519_SIGNATURE_SIZE], const void *message, size_t len,
		    const u8 key[ED25519_KEY_SIZE])
{
	const u8 *r = signature, *s = signature + 32;
	struct sha512_state sha;
	u8 hash[SHA512_HASH_SIZE], h[32], check[32];
	struct point a, sum;
	u64 words[4];

	load_words(words, s);
	if (!is_below_order(words) || !point_decode(&a, key))
		return false;
	sha512_init(&sha);
	sha512_update(&sha, r, 32);
	sha512_update(&sha, key, ED25519_KEY_SIZE);
	sha512_update(&sha, message, len);
	sha512_final(&sha, hash);
	reduce(h, hash);
	point_negate(&a);
	multiply_both(&sum, s, h, &a);
	point_encode(check, &sum);
	return !memcmp(check, r, sizeof(check));
}
