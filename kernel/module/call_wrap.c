// SPDX-License-Identifier: MIT
/*
 * Wrapping a module while it is loaded.
 *
 * Imports are bound to stubs instead of functions. Callbacks are found by the relocations: a place
 * outside the descriptor that takes the address of a function of the module's text, and does not
 * call it, gets the address of a stub. That covers every table, timer, work item, interrupt handler
 * and parameter, and whatever class there will be; the kit's rule that nobody compares function
 * addresses allows it. A function is what begins with ENDBR64, as every function of the kit's
 * compile ABI does, so entries of jump tables stay as they are.
 *
 * The stubs are a region of the module's memory (REGION_STUBS), so that their addresses are the
 * module's, and go with it.
 */
#include "calls.h"

#include <lib/printf.h>
#include <lib/sort.h>
#include <lib/string.h>
#include <mm/slab.h>

static const u8 endbr[] = { 0xf3, 0x0f, 0x1e, 0xfa };

/* ---- places that take a function's address ---- */

static bool is_section(const struct load_info *info, unsigned int section, const char *name)
{
	return !strncmp(elf_section_name(&info->elf, section), name, strlen(name));
}

/* lea function(%rip), register; else it is a call or a jump. */
static bool is_lea(const u8 *place)
{
	return place[-2] == 0x8d && (place[-1] & 0xc7) == 0x05;
}

/* The function whose address a relocation takes; 0: it does something else. */
static u64 function_taken(const struct load_info *info, const Elf64_Shdr *rela_section,
			  const Elf64_Rela *rela)
{
	const Elf64_Sym *sym = &info->elf.symbols[ELF64_R_SYM(rela->r_info)];
	unsigned int type = ELF64_R_TYPE(rela->r_info), shndx = sym->st_shndx;
	u64 value = sym->st_value + rela->r_addend;

	if (shndx == SHN_UNDEF || shndx >= info->elf.nr_sections ||
	    !(info->elf.sections[shndx].sh_flags & SHF_EXECINSTR))
		return 0;
	if (type == R_X86_64_PC32) {
		const u8 *section = (const u8 *)info->sections[rela_section->sh_info];

		if (rela->r_offset < 3 || !is_lea(section + rela->r_offset))
			return 0;
		value += 4;
	} else if (type != R_X86_64_64 && type != R_X86_64_32S && type != R_X86_64_32) {
		return 0;
	}
	if (info->region_of[shndx] == NR_REGIONS || value > info->elf.sections[shndx].sh_size ||
	    info->elf.sections[shndx].sh_size - value < sizeof(endbr) ||
	    memcmp((const u8 *)info->sections[shndx] + value, endbr, sizeof(endbr)))
		return 0;
	return info->sections[shndx] + value;
}

/* Functions that init has no further use for are called by nobody else. */
static bool is_init(const struct load_info *info, u64 function)
{
	const struct module_region *text = &info->module->regions[REGION_INIT_TEXT];

	return text->base && function - (u64)text->base < text->size;
}

typedef void (*visitor)(struct load_info *info, const Elf64_Rela *rela, u64 base, u64 function);

/*
 * Calls visit() for each place that takes a function's address; what the loader itself reads is not
 * among them but with `all`.
 */
static void for_each_taken(struct load_info *info, bool all, visitor visit)
{
	for (unsigned int i = 1; i < info->elf.nr_sections; i++) {
		const Elf64_Shdr *s = &info->elf.sections[i];
		const Elf64_Rela *rela = (const Elf64_Rela *)(info->elf.image + s->sh_offset);
		bool is_descriptor;

		if (s->sh_type != SHT_RELA || info->region_of[s->sh_info] == NR_REGIONS ||
		    is_section(info, s->sh_info, ".rodata.kit_exports") ||
		    is_section(info, s->sh_info, ".init_array"))
			continue;
		is_descriptor = is_section(info, s->sh_info, ".rodata.kit_module");
		if (is_descriptor && !all)
			continue;
		for (size_t n = 0; n < s->sh_size / sizeof(*rela); n++) {
			u64 function = function_taken(info, s, &rela[n]);

			if (function && (is_descriptor || !is_init(info, function)))
				visit(info, &rela[n], info->sections[s->sh_info], function);
		}
	}
}

static void count_taken(struct load_info *info, const Elf64_Rela *rela, u64 base, u64 function)
{
	info->nr_taken++;
}

static void note_taken(struct load_info *info, const Elf64_Rela *rela, u64 base, u64 function)
{
	info->taken[info->nr_taken++] = function;
}

static int by_value(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

/* info->taken: the functions whose addresses are taken, each once, ascending. */
static int find_callbacks(struct load_info *info)
{
	size_t nr = 0;

	for_each_taken(info, true, count_taken);
	info->taken = kvmalloc(info->nr_taken * sizeof(u64) + 1, GFP_KERNEL);
	if (!info->taken)
		return -ENOMEM;
	info->nr_taken = 0;
	for_each_taken(info, true, note_taken);
	sort(info->taken, info->nr_taken, sizeof(u64), by_value);
	for (size_t i = 0; i < info->nr_taken; i++)
		if (!nr || info->taken[nr - 1] != info->taken[i])
			info->taken[nr++] = info->taken[i];
	info->nr_taken = nr;
	return 0;
}

/* ---- stubs ---- */

static const struct kit_contract *contract_of(const char *name)
{
	size_t low = 0, high = nr_kit_contracts;

	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = strcmp(name, kit_contracts[middle].symbol);

		if (!order)
			return &kit_contracts[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

/* Compilers' helpers have conventions of their own and no type: they are left alone. */
static bool is_wrappable(const struct load_info *info, unsigned int symbol)
{
	const Elf64_Sym *sym = &info->elf.symbols[symbol];
	const struct exported *found;

	if (sym->st_shndx != SHN_UNDEF || !info->elf.names[sym->st_name] || !info->symbols[symbol])
		return false;
	found = symbol_find(info->elf.names + sym->st_name);
	return found && found->export->versions;
}

static void set_up(struct load_info *info, struct module_call *call, u64 target)
{
	struct module *module = info->module;

	call->target = target;
	call->module = module;
	call->stub = module->regions[REGION_STUBS].base + module->nr_calls * CALL_STUB_SIZE;
	call_stub_write(call->stub, call);
	module->nr_calls++;
}

static void wrap_imports(struct load_info *info)
{
	for (unsigned int i = 1; i < info->elf.nr_symbols; i++) {
		struct module_call *call = &info->module->calls[info->module->nr_calls];

		if (!is_wrappable(info, i))
			continue;
		strscpy(call->name, info->elf.names + info->elf.symbols[i].st_name,
			sizeof(call->name));
		call->contract = contract_of(call->name);
		set_up(info, call, info->symbols[i]);
		info->symbols[i] = (u64)call->stub;
	}
	info->module->nr_import_calls = info->module->nr_calls;
}

int load_wrap(struct load_info *info)
{
	struct module *module = info->module;
	size_t nr = 0;
	int error;

	if (likely(!module_calls_wanted(info->name)))
		return 0;
	error = find_callbacks(info);
	if (error)
		return error;
	mutex_lock(&module_mutex);
	for (unsigned int i = 1; i < info->elf.nr_symbols; i++)
		nr += is_wrappable(info, i);
	nr += info->nr_taken;
	module->calls = kvzalloc(nr * sizeof(module->calls[0]) + 1, GFP_KERNEL);
	module->regions[REGION_STUBS].base = nr ? module_memory_alloc(nr * CALL_STUB_SIZE) : NULL;
	if (!module->calls || (nr && !module->regions[REGION_STUBS].base)) {
		error = -ENOMEM;
	} else {
		module->regions[REGION_STUBS].size = nr * CALL_STUB_SIZE;
		wrap_imports(info);
	}
	mutex_unlock(&module_mutex);
	for (size_t i = 0; !error && i < info->nr_taken; i++) {
		struct module_call *call = &module->calls[module->nr_calls];

		call->is_callback = true;
		set_up(info, call, info->taken[i]);
	}
	return error;
}

static struct module_call *find_callback(const struct module *module, u64 target)
{
	size_t low = module->nr_import_calls, high = module->nr_calls;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (module->calls[middle].target == target)
			return &module->calls[middle];
		if (module->calls[middle].target < target)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

void *module_call_stub(const struct module *module, void *function)
{
	struct module_call *call = find_callback(module, (u64)function);

	return call ? call->stub : function;
}

/*
 * The same relocation with the stub for the function: both lie in the memory for modules, so what
 * fitted fits. A function that was not found before stays as it is: relocations of a damaged file
 * may have written what looks like its beginning, or the instruction that takes its address.
 */
static void bind(struct load_info *info, const Elf64_Rela *rela, u64 base, u64 function)
{
	unsigned int type = ELF64_R_TYPE(rela->r_info);
	const struct module_call *call = find_callback(info->module, function);
	u64 place = base + rela->r_offset, stub;

	if (!call)
		return;
	stub = (u64)call->stub;
	elf_relocate((void *)place, place, type, type == R_X86_64_PC32 ? stub - 4 : stub);
}

void load_wrap_callbacks(struct load_info *info)
{
	if (info->module->calls)
		for_each_taken(info, false, bind);
}

/*
 * The function that begins at an address, by its own name rather than by module_init's; static ones
 * may have lost theirs to strip.
 */
static const char *name_at(const struct module *module, u64 address)
{
	const char *found = NULL;

	for (unsigned int i = 0; i < module->nr_symbols; i++) {
		const struct module_symbol *symbol = &module->symbols[i];

		if (symbol->address == address && symbol->type == 't' &&
		    (!found || !strncmp(found, "kit_module_", 11)))
			found = symbol->name;
	}
	return found;
}

void load_name_calls(struct load_info *info)
{
	struct module *module = info->module;

	for (unsigned int i = 0; i < module->nr_calls; i++) {
		struct module_call *call = &module->calls[i];
		const char *name = call->is_callback ? name_at(module, call->target) : call->name;

		if (!name)
			snprintf(call->name, sizeof(call->name), "0x%llx", call->target);
		else if (call->is_callback)
			strscpy(call->name, name, sizeof(call->name));
		snprintf(call->label, sizeof(call->label), "%s:%s", info->name, call->name);
	}
	if (module->nr_calls)
		module_calls_arm(module);
}
