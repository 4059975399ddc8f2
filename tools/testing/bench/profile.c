/* SPDX-License-Identifier: MIT */
/*
 * A QEMU plugin that counts how often each translated block of the guest runs between the marks that the benchmark's
 * program makes, or, while it is between them, from the instruction at one address to that at another (from=HEX, to=HEX). At
 * the end it writes a line for each block: address, instructions, runs; and "spans" with how often it counted. profile.py
 * makes functions of them.
 *
 * The interface is QEMU's plugin API, version 1; only what is used here is declared.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint64_t plugin_id;
struct qemu_plugin_tb;
struct qemu_plugin_insn;

enum { PLUGIN_API = 1, CB_NO_REGS = 0, INLINE_ADD_U64 = 0 };

void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id id,
					   void (*cb)(plugin_id id, struct qemu_plugin_tb *tb));
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t index);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);
void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *tb, int op, void *ptr,
					      uint64_t imm);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn,
					    void (*cb)(unsigned int cpu, void *data), int flags,
					    void *data);
void qemu_plugin_register_atexit_cb(plugin_id id, void (*cb)(plugin_id id, void *data), void *data);

#define EXPORT __attribute__((visibility("default")))

/* What QEMU looks for here. */
extern EXPORT int qemu_plugin_version;
EXPORT int qemu_plugin_install(plugin_id id, const void *info, int argc, char **argv);

int qemu_plugin_version = PLUGIN_API;

struct block {
	uint64_t address, instructions;
	uint64_t runs;	/* counted by the generated code */
	uint64_t begun; /* runs at the last mark "go" */
	uint64_t total; /* runs between marks */
	struct block *next;
};

static struct block *blocks;
static bool counting;
static uint64_t from, to; /* addresses; 0: from mark to mark */
static bool is_marked;	  /* between the program's marks */
static unsigned long spans;
static const char *path = "profile";

/* nopl with a displacement that no compiler makes: 'M','B', 0 or 1, 'X'. */
static const uint8_t mark[] = { 0x0f, 0x1f, 0x84, 0x00, 'M', 'B' };

static void go(unsigned int cpu, void *data)
{
	if (from && !is_marked)
		return;
	for (struct block *b = blocks; b; b = b->next)
		b->begun = b->runs;
	counting = true;
}

static void stop(unsigned int cpu, void *data)
{
	spans += counting;
	for (struct block *b = blocks; counting && b; b = b->next)
		b->total += b->runs - b->begun;
	counting = false;
}

static void mark_go(unsigned int cpu, void *data)
{
	is_marked = true;
	if (!from)
		go(cpu, data);
}

static void mark_stop(unsigned int cpu, void *data)
{
	is_marked = false;
	stop(cpu, data);
}

typedef void (*action)(unsigned int cpu, void *data);

/* What an instruction begins or ends; NULL: nothing. */
static action action_of(const struct qemu_plugin_insn *insn)
{
	const uint8_t *bytes = qemu_plugin_insn_data(insn);
	uint64_t address = qemu_plugin_insn_vaddr(insn);

	if (qemu_plugin_insn_size(insn) == 8 && !memcmp(bytes, mark, sizeof(mark)) &&
	    bytes[7] == 'X')
		return bytes[6] ? mark_go : mark_stop;
	if (from && address == from)
		return go;
	return to && address == to ? stop : NULL;
}

/* Blocks translated while counting begin at 0 runs, as calloc leaves them. */
static void translated(plugin_id id, struct qemu_plugin_tb *tb)
{
	struct block *b = calloc(1, sizeof(*b));

	if (!b)
		abort();
	b->address = qemu_plugin_tb_vaddr(tb);
	b->instructions = qemu_plugin_tb_n_insns(tb);
	b->next = blocks;
	blocks = b;
	qemu_plugin_register_vcpu_tb_exec_inline(tb, INLINE_ADD_U64, &b->runs, 1);
	for (size_t i = 0; i < b->instructions; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		action act = action_of(insn);

		if (act)
			qemu_plugin_register_vcpu_insn_exec_cb(insn, act, CB_NO_REGS, NULL);
	}
}

static void finish(plugin_id id, void *data)
{
	FILE *f = fopen(path, "w");

	for (struct block *b = blocks; f && b; b = b->next)
		if (b->total)
			fprintf(f, "%llx %llu %llu\n", (unsigned long long)b->address,
				(unsigned long long)b->instructions, (unsigned long long)b->total);
	if (f) {
		fprintf(f, "spans %lu 0\n", spans);
		fclose(f);
	}
}

int qemu_plugin_install(plugin_id id, const void *info, int argc, char **argv)
{
	for (int i = 0; i < argc; i++) {
		if (!strncmp(argv[i], "out=", 4))
			path = strdup(argv[i] + 4);
		else if (!strncmp(argv[i], "from=", 5))
			from = strtoull(argv[i] + 5, NULL, 16);
		else if (!strncmp(argv[i], "to=", 3))
			to = strtoull(argv[i] + 3, NULL, 16);
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	qemu_plugin_register_atexit_cb(id, finish, NULL);
	return 0;
}
