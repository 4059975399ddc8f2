// SPDX-License-Identifier: MIT
/*
 * Signatures behind modules, in Linux's appended format:
 *
 *	the file | signer's name | key's id | signature | struct module_signature_info | "~Module signature appended~\n"
 *
 * The signature is Ed25519's (lib/ed25519.h) over the file, the key's id is the public key itself. They are asked for with
 * module.sig_enforce on the command line, and never else. Trusted keys: CONFIG_MODULE_SIG_KEY of the build, and module.sig_key=HEX, as often as
 * it stands on the command line, which is as trusted as the word that asks for signatures. scripts/sign-module makes both.
 */
#include "load.h"

#include <kernel/init.h>
#include <lib/ed25519.h>
#include <lib/parse.h>
#include <lib/string.h>

#define HASH_SHA512	6		/* in Linux's list, for modinfo */
#define ID_X509		1		/* "named by signer and key" */
#define TO_DO		"sign it with scripts/sign-module, by a key of this kernel's (CONFIG_MODULE_SIG_KEY, module.sig_key=)"

static const char marker[] = "~Module signature appended~\n";
#define MARKER_SIZE	(sizeof(marker) - 1)

static bool is_enforced;

static int set_enforce(const char *value)
{
	return *value ? kstrtobool(value, &is_enforced) : (is_enforced = true, 0);
}
BOOT_PARAM("module.sig_enforce", set_enforce);

/* Keys are looked for on the command line when one is needed: handlers run too early to keep a list of them. */
static int set_key(const char *value)
{
	return strlen(value) == 2 * ED25519_KEY_SIZE ? 0 : -EINVAL;
}
BOOT_PARAM("module.sig_key", set_key);

size_t module_signed_size(const void *image, size_t size)
{
	const u8 *end = (const u8 *)image + size;
	struct module_signature_info info;
	u64 behind;

	if (size < MARKER_SIZE + sizeof(info) || memcmp(end - MARKER_SIZE, marker, MARKER_SIZE))
		return size;
	memcpy(&info, end - MARKER_SIZE - sizeof(info), sizeof(info));
	behind = (u64)be32_to_cpu(info.signature_length) + info.signer_length + info.key_id_length +
		 sizeof(info) + MARKER_SIZE;
	return behind <= size ? size - behind : size;
}

static int digit(char c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
				      : -1;
}

static bool is_key(const char *hex, const u8 *key)
{
	for (size_t i = 0; i < ED25519_KEY_SIZE; i++) {
		int high = digit(hex[2 * i]), low = high < 0 ? -1 : digit(hex[2 * i + 1]);

		if (low < 0 || key[i] != (high << 4 | low))
			return false;
	}
	return !hex[2 * ED25519_KEY_SIZE];
}

static bool is_trusted(const u8 *key)
{
	const char *word = NULL, *value;

	if (is_key(CONFIG_MODULE_SIG_KEY, key))
		return true;
	while ((word = boot_params_word(word))) {
		value = boot_param_value(word, "module.sig_key");
		if (value && is_key(value, key))
			return true;
	}
	return false;
}

static int reject(const char *name, const char *why)
{
	return module_refuse(name, -EKEYREJECTED, TO_DO, "%s", why);
}

int load_check_signature(const char *name, const void *image, size_t size)
{
	size_t signed_size = module_signed_size(image, size);
	const u8 *behind = (const u8 *)image + signed_size, *key;
	struct module_signature_info info;

	if (!is_enforced)
		return 0;
	if (signed_size == size)
		return reject(name, "it is not signed, and this kernel asks for signatures");
	memcpy(&info, (const u8 *)image + size - MARKER_SIZE - sizeof(info), sizeof(info));
	if (info.algorithm || info.hash != HASH_SHA512 || info.id_type != ID_X509 ||
	    info.key_id_length != ED25519_KEY_SIZE ||
	    be32_to_cpu(info.signature_length) != ED25519_SIGNATURE_SIZE)
		return reject(name, "its signature is of a kind that this kernel does not know");
	key = behind + info.signer_length;
	if (!is_trusted(key))
		return reject(name, "it is signed with a key that this kernel does not trust");
	if (!ed25519_verify(key + ED25519_KEY_SIZE, image, signed_size, key))
		return reject(name,
			      "its signature does not fit: it was changed after it was signed");
	return 0;
}
