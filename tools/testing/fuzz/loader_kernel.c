/* SPDX-License-Identifier: MIT */
/*
 * The kernel round the module loader, on the host: memory that is counted and may run out, a place for
 * modules whose pages are protected as the loader says, exports to import from, /sys as a list. The
 * loader's own files (kernel/module/) are linked unchanged. One processor, nobody else: per-CPU
 * variables are plain ones, since the base of %gs is 0 in a program as on CPU 0.
 */
#include "loader.h"

#include <kernel/log.h>
#include <kernel/sched.h>
#include <kernel/taint.h>
#include <kernel/thread.h>
#include <kernel/time.h>
#include <kernel/init.h>
#include <lib/ed25519.h>
#include <lib/err.h>
#include <lib/printf.h>
#include <lib/rculist.h>
#include <lib/string.h>
#include <mm/slab.h>

static struct loader_setting setting;

/* ---- memory ---- */

static u32 nr_pieces, nr_allocations;
struct kmem_cache *kmalloc_caches[KMALLOC_CLASSES];

static bool runs_out(void) { return setting.fail_at && ++nr_allocations == setting.fail_at; }

void *__kmalloc(size_t size, gfp_t gfp)
{
	void *p;

	if (size > 64u << 20 || runs_out())
		return NULL;
	p = fuzz_alloc(size);
	nr_pieces++;
	memset(p, gfp & __GFP_ZERO ? 0 : 0xa5, size);
	return p;
}

void kfree(const void *object)
{
	if (!object)
		return;
	nr_pieces--;
	fuzz_free((void *)object);
}

void *kvmalloc(size_t size, gfp_t gfp) { return __kmalloc(size, gfp); }
void kvfree(const void *p) { kfree(p); }

void *kmemdup(const void *src, size_t len, gfp_t gfp)
{
	void *p = __kmalloc(len, gfp);

	return p ? memcpy(p, src, len) : NULL;
}

char *kstrdup(const char *s, gfp_t gfp) { return kmemdup(s, strlen(s) + 1, gfp); }

char *kstrndup(const char *s, size_t max, gfp_t gfp)
{
	size_t length = strnlen(s, max);
	char *p = __kmalloc(length + 1, gfp);

	if (!p)
		return NULL;
	memcpy(p, s, length);
	p[length] = '\0';
	return p;
}

char *kasprintf(gfp_t gfp, const char *fmt, ...)
{
	va_list args;
	char *text;
	int length;

	va_start(args, fmt);
	length = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	text = __kmalloc((size_t)length + 1, gfp);
	if (!text)
		return NULL;
	va_start(args, fmt);
	PROMISE(vsnprintf(text, (size_t)length + 1, fmt, args) == length);
	va_end(args);
	return text;
}

/* ---- memory of modules: whole pages, of which only the bytes that were asked for may be touched ---- */

#define ARENA_BYTES	(64ul << 20)

static u8 *arena, *arena_free;
static struct area { u8 *start; size_t size; } areas[64];
static u32 nr_areas;

void *module_memory_alloc(size_t size)
{
	struct area *a = areas;
	u8 *p = arena_free;

	if (size > LOADER_MODULE_MOST || runs_out())
		return NULL;
	while (a->start)
		PROMISE(++a < areas + ARRAY_SIZE(areas));
	*a = (struct area){ p, size };
	nr_areas++;
	/* A page that nobody has lies behind. */
	arena_free += ALIGN(size, PAGE_SIZE) + PAGE_SIZE;
	PROMISE(arena_free <= arena + ARENA_BYTES);
	fuzz_watch(p, size, false);
	memset(p, 0xcc, size);
	return p;
}

static struct area *area_at(const void *p)
{
	struct area *a = areas;

	while (a->start != p)
		PROMISE(++a < areas + ARRAY_SIZE(areas));
	return a;
}

int module_memory_protect(void *p, size_t size, enum module_protection protection)
{
	PROMISE(size == ALIGN(area_at(p)->size, PAGE_SIZE));
	if (runs_out())
		return -ENOMEM;
	fuzz_protect(p, size, protection == MODULE_MEMORY_RW ? 3 : 1);
	return 0;
}

void module_memory_free(void *p)
{
	struct area *a = area_at(p);
	size_t size = ALIGN(a->size, PAGE_SIZE);

	/* Who gets the addresses next is not taken for this one. */
	PROMISE(!module_at((unsigned long)p));
	fuzz_protect(p, size, 3);
	fuzz_watch(p, size, true);
	a->start = NULL;
	if (!--nr_areas)
		arena_free = arena;
}

/* ---- who runs, locks, waiting ---- */

static struct thread the_thread = { .name = "insmod", .tid = 71 };
DEFINE_PER_CPU(struct thread *, current_thread) = &the_thread;
DEFINE_PER_CPU(unsigned int, preempt_word) = PREEMPT_NO_RESCHED;
s64 clock_boot_offset_ns;
static const struct mutex *held[8];
static u32 nr_held;

u64 arch_clock_ns(void) { return 12345678; }
void preempt_schedule(void) { }
void schedule(void) { }

void synchronize_rcu(void) { }

void mutex_init_key(struct mutex *lock, const struct lock_key *key) { *lock = (struct mutex){ 0 }; }

void mutex_lock(struct mutex *lock)
{
	for (u32 i = 0; i < nr_held; i++)
		PROMISE(held[i] != lock);
	held[nr_held++] = lock;
}

void mutex_unlock(struct mutex *lock) { PROMISE(nr_held && held[--nr_held] == lock); }

void init_wait_entry(wait_queue_entry_t *entry) { *entry = (wait_queue_entry_t){ 0 }; }
void finish_wait(wait_queue_head_t *head, wait_queue_entry_t *entry) { }

/* The provider that is just starting has started, or a signal comes. */
static struct module provider;

int prepare_to_wait_event(wait_queue_head_t *head, wait_queue_entry_t *entry, unsigned int state)
{
	PROMISE(!nr_held);
	if (!setting.provider_settles)
		return -ERESTARTSYS;
	provider.state = MODULE_LIVE;
	return 0;
}

/* ---- the log: what is said is formatted, so that its strings are read ---- */

int printk(const char *fmt, ...)
{
	char text[1024];
	va_list args;
	int length;

	va_start(args, fmt);
	length = vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	return length;
}

void panic(const char *fmt, ...) { __builtin_trap(); }
void taint_add(unsigned int bits) { }
void uevent_send(const char *action, const char *path, const char *subsystem, const char *lines) { PROMISE(strlen(path) && strlen(lines) < PAGE_SIZE); }
ssize_t uevent_ask(void *object, const char *buf, size_t count,
		   void (*tell)(void *object, const char *action, const char *lines))
{
	tell(object, "change", "");
	return (ssize_t)count;
}

/* ---- the command line ---- */

/* The key of the seed's signature (seeds.py). */
static const char *const words[] = {
	"quiet",
	"module.sig_key=0101010101010101010101010101010101010101010101010101010101010101",
	"params.number=7",
	"params.small=-1",
	"exports.nothing",
	NULL
};

const char *boot_params_word(const char *word)
{
	for (size_t i = 0; words[i]; i++)
		if (words[i] == word)
			return words[i + 1];
	return word ? NULL : words[0];
}

const char *boot_param_value(const char *word, const char *name)
{
	size_t length = strlen(name);

	return !strncmp(word, name, length) && word[length] == '=' ? word + length + 1 : NULL;
}

enum boot_word boot_word_class(const char *word)
{
	const char *dot = strchr(word, '.');

	return dot && dot < strchrnul(word, '=') ? BOOT_WORD_MODULE : BOOT_WORD_ARGUMENT;
}

/* The loader's handlers of boot parameters, among the gaps that the sanitizer puts between variables. */
extern const struct boot_param __start_boot_params[], __stop_boot_params[];

__attribute__((no_sanitize("address"))) static int set_boot_param(const char *name,
								  const char *value)
{
	const void *const *at = (const void *const *)__start_boot_params;

	/* lint: comparePointers: the linker's bounds of one area */
	for (; at < (const void *const *)__stop_boot_params; at++) {
		const struct boot_param *param = (const struct boot_param *)at;

		if (*at && !strcmp(param->name, name))
			return param->set(value);
		if (*at)
			at++;
	}
	__builtin_trap();
}

/* Reads all that the real one reads, which would take milliseconds. A signature of the seed's kind fits. */
bool ed25519_verify(const u8 signature[ED25519_SIGNATURE_SIZE], const void *message, size_t len,
		    const u8 key[ED25519_KEY_SIZE])
{
	u8 sum = 0;

	for (size_t i = 0; i < len; i += 16)
		sum ^= ((const u8 *)message)[i];
	for (size_t i = 0; i < ED25519_KEY_SIZE; i++)
		sum ^= key[i];
	for (size_t i = 1; i < ED25519_SIGNATURE_SIZE; i++)
		sum ^= signature[i];
	return signature[0] == 0x55 || signature[0] == sum;
}

/* ---- what there is to import: by each class, with one type, with two, draft, none ---- */

#define VERSIONS(name, draft_number, ...)						\
	static const struct kit_versions name = {					\
		.size = sizeof(struct kit_versions) + sizeof((struct kit_version[]){ __VA_ARGS__ }),	\
		.draft = draft_number,							\
		.count = sizeof((struct kit_version[]){ __VA_ARGS__ }) / sizeof(struct kit_version),	\
		.list = { __VA_ARGS__ },						\
	}

VERSIONS(versions_stable, 0, { 0, 1, 0x11111111 });
VERSIONS(versions_grown, 0, { 0, 1, 0x22222222 }, { 0, 5, 0x33333333 });
VERSIONS(versions_late, 0, { 0, 7, 0x44444444 });
VERSIONS(versions_draft, 3, { 0, 1, 0x55555555 });

static void something(void) { }

#define EXPORT(symbol_name, class, types)						\
	{ .size = sizeof(struct kit_export), .export_class = class, .minor = 1,		\
	  .address = (const void *)something, .name = symbol_name, .versions = types }

static const struct kit_export exports[] __attribute__((section("kit_exports"), used)) = {
	EXPORT("kit_log_print", KIT_EXPORT_KIT, &versions_stable),
	EXPORT("kit_grown", KIT_EXPORT_KIT, &versions_grown),
	EXPORT("kit_late", KIT_EXPORT_KIT, &versions_late),
	EXPORT("kit_draft", KIT_EXPORT_KIT, &versions_draft),
	EXPORT("memcpy", KIT_EXPORT_KIT, &versions_stable),
	EXPORT("__x86_indirect_thunk_rax", KIT_EXPORT_KIT, NULL),
	EXPORT("kit_internal", KIT_EXPORT_INTERNAL, NULL),
	EXPORT("__sanitizer_cov_trace_pc", KIT_EXPORT_DEBUG, NULL),
	EXPORT("kit_header_module", KIT_EXPORT_SHAPE, &versions_stable),
	EXPORT("kit_header_draft", KIT_EXPORT_SHAPE, &versions_draft),
	EXPORT("kit_table_kit_module", KIT_EXPORT_SHAPE, &versions_grown),
};

/* A module that is there already, and exports. */
static const char provider_name[] = "provider";
static const struct kit_export provided[] = {
	EXPORT("provided_function", KIT_EXPORT_KIT, &versions_stable),
};
static const struct kit_module provider_descriptor = {
	.size = sizeof(struct kit_module),
	.name = provider_name,
	.exports = provided,
	.exports_end = provided + ARRAY_SIZE(provided),
};

const char *const kit_type_words[][2] = {
	{ "kit_grown", "fn(void)->void" },
	{ "kit_log_print", "fn(*struct module,u32,*s8,...)->void" },
};
const unsigned int nr_kit_type_words = ARRAY_SIZE(kit_type_words);
const struct kit_contract kit_contracts[] = { { .symbol = "kit_grown" }, { .symbol = "kit_log_print" } };
const unsigned int nr_kit_contracts = ARRAY_SIZE(kit_contracts);

/* A note of the linker's: the build id is 0123. */
__asm__(".section .rodata.notes, \"a\"\n"
	".balign 4\n"
	".globl __notes_start, __notes_end\n"
	"__notes_start: .long 4, 5, 1\n .asciz \"Oth\"\n .byte 1, 2, 3, 4, 5, 0, 0, 0\n"
	".long 4, 2, 3\n .asciz \"GNU\"\n .byte 1, 0x23, 0, 0\n"
	"__notes_end:\n"
	".previous");

/* ---- wrapped calls ---- */

bool module_calls_wanted(const char *name) { return setting.wrap; }
void module_calls_arm(struct module *module) { PROMISE(module->calls); }
void call_stub_write(u8 *at, const void *argument) { memset(at, 0x90, CALL_STUB_SIZE); }

/* ---- /sys: files that are there ---- */

static char root_folder, other_folder;
sysfs_dir_t *sysfs_module = (sysfs_dir_t *)&root_folder,
	    *sysfs_kernel = (sysfs_dir_t *)&root_folder;

static struct node {
	sysfs_dir_t *folder;
	const char *name;
	void *object;
	const struct sysfs_attribute *text;
	const struct sysfs_bin_attribute *binary;
} nodes[96];
static u32 nr_nodes;

static struct node *node_add(sysfs_dir_t *folder, const char *name, int *error)
{
	*error = -EEXIST;
	for (u32 i = 0; i < nr_nodes; i++)
		if (nodes[i].folder == folder && !strcmp(nodes[i].name, name))
			return NULL;
	*error = -ENOMEM;
	if (nr_nodes == ARRAY_SIZE(nodes) || runs_out())
		return NULL;
	*error = 0;
	nodes[nr_nodes] = (struct node){ .folder = folder, .name = name };
	return &nodes[nr_nodes++];
}

sysfs_dir_t *sysfs_create_dir(sysfs_dir_t *parent, const char *name, void *object)
{
	int error;
	struct node *n = node_add(parent, name, &error);

	if (!n)
		return ERR_PTR(error);
	n->object = object;
	return (sysfs_dir_t *)n;
}

int sysfs_create_file(sysfs_dir_t *dir, const struct sysfs_attribute *attr)
{
	int error;
	struct node *n = node_add(dir, attr->name, &error);

	if (!n)
		return error;
	n->text = attr;
	n->object = dir == sysfs_kernel ? NULL : ((struct node *)dir)->object;
	return 0;
}

int sysfs_create_bin_file(sysfs_dir_t *dir, const struct sysfs_bin_attribute *attr)
{
	int error;
	struct node *n = node_add(dir, attr->name, &error);

	if (!n)
		return error;
	n->binary = attr;
	return 0;
}

int sysfs_create_link(sysfs_dir_t *dir, sysfs_dir_t *target, const char *name) { return 0; }
void sysfs_remove_file(sysfs_dir_t *dir, const char *name) { }

/* All of them are the one module's. */
void sysfs_remove(sysfs_dir_t *dir) { nr_nodes = 0; }

int sysfs_emit(char *buf, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vscnprintf(buf, PAGE_SIZE, fmt, args);
	va_end(args);
	return n;
}

void module_taint_flags(const struct module *module, char *flags) { strscpy(flags, module->out_of_tree ? "O" : "", 8); }

bool loader_has_file(const char *name)
{
	for (u32 i = 0; i < nr_nodes; i++)
		if (!strcmp(nodes[i].name, name))
			return true;
	return false;
}

/*
 * A pointer to text that the module itself starts with is its own business, as its code is; once somebody has written the
 * parameter it is the loader's.
 */
static bool is_modules_own(const struct node *n)
{
	const struct kit_param *wanted = n->text->data;
	const struct module *module = n->object;
	const struct param_string *copy = module->param_strings;
	const char *now = NULL;

	if (strcmp(((struct node *)n->folder)->name, "parameters") ||
	    wanted->type != KIT_PARAM_charp)
		return false;
	memcpy(&now, wanted->value, sizeof(now));
	while (copy && copy->text != now)
		copy = copy->next;
	return wanted->max || !copy;
}

static void use_text(const struct node *n, const char *text)
{
	char *page = fuzz_alloc(PAGE_SIZE);
	ssize_t got;

	if (n->text->mode & 0222 && n->text->store) {
		strscpy(page, text, PAGE_SIZE);
		got = n->text->store(n->object, n->text, page, strlen(page));
		PROMISE(got == (ssize_t)strlen(page) || (got < 0 && got >= -4095));
	}
	if (n->text->mode & 0444 && n->text->show && !is_modules_own(n)) {
		got = n->text->show(n->object, n->text, page);
		PROMISE(got >= 0 && got <= (ssize_t)PAGE_SIZE);
	}
	fuzz_free(page);
}

void loader_use_files(const char *text)
{
	for (u32 i = 0; i < nr_nodes; i++) {
		const struct sysfs_bin_attribute *b = nodes[i].binary;

		if (nodes[i].text) {
			use_text(&nodes[i], text);
		} else if (b && b->size) {
			char *bytes = fuzz_alloc((size_t)b->size);

			PROMISE(b->read(NULL, b, bytes, 0, (size_t)b->size) == b->size);
			fuzz_free(bytes);
		}
	}
}

/* ---- the life of modules: what main.c does round the loader ---- */

struct mutex module_mutex;
LIST_HEAD(modules);
wait_queue_head_t module_wait;
static struct module *started;

struct module *module_find(const char *name)
{
	struct module *module;

	list_for_each_entry(module, &modules, node)
		if (!strcmp(module->name, name))
			return module;
	return NULL;
}

bool try_module_get(struct module *module)
{
	atomic_inc(&module->refs);
	return module->state != MODULE_GOING;
}

void module_put(struct module *module) { atomic_dec(&module->refs); }

int module_set_up(struct module *module)
{
	atomic_set(&module->refs, MODULE_REF_BASE);
	INIT_LIST_HEAD(&module->node);
	INIT_LIST_HEAD(&module->providers);
	INIT_LIST_HEAD(&module->users);
	mutex_init(&module->param_lock);
	return 0;
}

void loader_unload(struct module *module)
{
	module->state = MODULE_GOING;
	started = NULL;
	module_sysfs_remove(module);
	mutex_lock(&module_mutex);
	module_drop_uses(module);
	module_exports_remove(module);
	list_del_rcu(&module->node);
	mutex_unlock(&module_mutex);
	module_params_free(module);
	module_free_memory(module);
}

void module_withdraw(struct module *module) { loader_unload(module); }

/* It writes to the module's own data, as the module's code may. */
void module_seed(struct module *module)
{
}

int module_start(struct module *module)
{
	PROMISE(!nr_held && !started);
	if (setting.init_fails) {
		loader_unload(module);
		return -EIO;
	}
	module->state = MODULE_LIVE;
	started = module;
	return 0;
}

struct module *loader_started(void) { return started; }

/* ---- begin and end ---- */

static u32 pieces_before;

void loader_kernel_start(void)
{
	arena = arena_free = fuzz_arena(ARENA_BYTES);
	fuzz_watch(arena, ARENA_BYTES, true);
	module_exports_init();
	module_set_up(&provider);
	provider.name = provider_name;
	provider.descriptor = &provider_descriptor;
	provider.state = MODULE_LIVE;
	sysfs_kit = (sysfs_dir_t *)&other_folder;
	mutex_lock(&module_mutex);
	PROMISE(!module_exports_add(&provider));
	list_add_tail(&provider.node, &modules);
	mutex_unlock(&module_mutex);
	PROMISE(!set_boot_param("module.sig_key", words[1] + 15));
	PROMISE(!set_boot_param("module_blacklist", "unwanted,other-one"));
	/* The last reasons are kept: from now on as many as ever. */
	for (int i = 0; i < 16; i++)
		module_refuse("module", -EINVAL, "detail", "reason %d", i);
}

void loader_kernel_begin(const struct loader_setting *s)
{
	setting = *s;
	nr_allocations = 0;
	pieces_before = nr_pieces;
	provider.state = s->provider_coming ? MODULE_COMING : MODULE_LIVE;
	provider.died = s->provider_died;
	PROMISE(!set_boot_param("module.sig_enforce", s->sign_enforced ? "" : "0"));
}

void loader_kernel_end(void)
{
	PROMISE(!nr_held && !started && !nr_areas && !nr_nodes);
	PROMISE(preempt_word == PREEMPT_NO_RESCHED);
	PROMISE(nr_pieces == pieces_before);
	PROMISE(modules.next == &provider.node && modules.prev == &provider.node);
	PROMISE(atomic_read(&provider.refs) == MODULE_REF_BASE && list_empty(&provider.users));
	for (size_t i = 0; i < ARRAY_SIZE(exports); i++)
		PROMISE(symbol_find(exports[i].name)->export == &exports[i]);
	PROMISE(symbol_find(provided[0].name)->provider == &provider);
}
