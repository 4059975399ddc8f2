/* SPDX-License-Identifier: MIT */
/*
 * Why a module is refused, in the words of both who may refuse it: the loader (kernel/module) and, before it, the build (kitpost).
 * Formats of printf, with the arguments in the comment.
 */
#ifndef LIB_MODULE_WORDS_H
#define LIB_MODULE_WORDS_H

#define WORDS_NO_MODINFO	"no .modinfo: not built with the kit"
#define WORDS_NO_NAME		"no usable name in .modinfo"
#define WORDS_VERMAGIC		"version magic '%s' should be '%s'"			/* found, wanted */
#define WORDS_NO_KIT		"no kit version in .modinfo: not built with the kit"
#define WORDS_KIT		"built for kit %lu.%lu, this kernel has kit %u.%u"
#define WORDS_BAD_DRAFT		"'%s' in .modinfo is no draft's number"
#define WORDS_DRAFT		"built for draft %lu of kit/%s.h, this kernel has draft %u"
#define WORDS_DRAFT_STABLE	"built for draft %lu of kit/%s.h, which is no draft in this kernel"
#define WORDS_NO_DRAFT		"uses %s, a draft, but does not record the draft's number"
#define WORDS_ISOLATION		"isolation=%s: it can only live in a driver domain, and this kernel has none"
#define WORDS_BAD_ISOLATION	"isolation=%s is none of any, ring0, ring3"
#define WORDS_BAD_RECOVER	"recover=%s is none of reissue, abort, fail"
#define WORDS_UNKNOWN_SYMBOL	"unknown symbol %s"
#define WORDS_DEBUG_KERNEL	"unknown symbol %s: built for a %s kernel"		/* symbol, of DEBUG_SYMBOLS */
#define WORDS_INTERNAL		"symbol %s is for modules of the kernel's own build only"
#define WORDS_NO_CRC		"no checksum for the type of %s"
#define WORDS_CRC		"disagrees about the type of %s (wanted %08x, found %08x)"	/* symbol, the module's, the kernel's */
#define WORDS_VERSIONS		"damaged table of checksums"
#define WORDS_NO_DESCRIPTOR	"no module descriptor of a known size"
#define WORDS_LARGER		"its %s is larger than this kernel knows, and uses what is new in it"
#define WORDS_POINTS_OUTSIDE	"the module descriptor points outside the module"
#define WORDS_PARAM_TABLE	"damaged table of parameters"
#define WORDS_EXPORT_TABLE	"damaged table of exports"
#define WORDS_RELOCATION_FIT	"relocation against %s does not fit"
#define WORDS_FLAGS		"its checks cannot be switched off (flags %x)"
#define WORDS_TWICE		"a module of this name is loaded already"
#define WORDS_DUPLICATE		"exports %s, which is exported already"
#define WORDS_WX		"section both writable and executable"
#define WORDS_RELOCATION_TYPE	"relocation of a type that the kit does not allow"

/* How symbols of the run-time support of instrumented code begin, and which kernel has them. */
#define DEBUG_SYMBOLS		{ "__asan_", "KASAN" }, { "__kasan_", "KASAN" }, { "__ubsan_", "UBSAN" }, { "__sanitizer_cov_", "KCOV" }, \
				{ "__gcov_", "GCOV" }, { "__tsan_", "KCSAN" }, { "__kcsan_", "KCSAN" }, { "__msan_", "KMSAN" }

#endif
