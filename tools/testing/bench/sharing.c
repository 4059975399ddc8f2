/* SPDX-License-Identifier: MIT */
/*
 * A QEMU plugin that notes which cache lines the kernel's instructions read and write on which CPU, between the marks that the benchmark's
 * program makes. At the end it writes a line for each CPU and cache line: CPU, physical address, one virtual address, reads,
 * writes, the last instruction that read and the last that wrote. sharing.py looks for what CPUs share.
 *
 * Each CPU has a table of its own, so that CPUs may run at once. The interface is QEMU's plugin API, version 1; only what is used here is declared.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint64_t plugin_id;
typedef uint32_t mem_info;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
struct qemu_plugin_hwaddr;

enum { PLUGIN_API = 1, CB_NO_REGS = 0, MEM_RW = 3 };

void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id id,
					   void (*cb)(plugin_id id, struct qemu_plugin_tb *tb));
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t index);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn,
					    void (*cb)(unsigned int cpu, void *data), int flags,
					    void *data);
void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *insn,
				      void (*cb)(unsigned int cpu, mem_info info, uint64_t address,
						 void *data),
				      int flags, int rw, void *data);
bool qemu_plugin_mem_is_store(mem_info info);
struct qemu_plugin_hwaddr *qemu_plugin_get_hwaddr(mem_info info, uint64_t address);
bool qemu_plugin_hwaddr_is_io(const struct qemu_plugin_hwaddr *address);
uint64_t qemu_plugin_hwaddr_phys_addr(const struct qemu_plugin_hwaddr *address);
void qemu_plugin_register_atexit_cb(plugin_id id, void (*cb)(plugin_id id, void *data), void *data);

#define EXPORT __attribute__((visibility("default")))

EXPORT int qemu_plugin_version = PLUGIN_API;

#define MOST_CPUS 16
#define TABLE_BITS 18
#define NR_LINES (1u << TABLE_BITS)

struct line {
	uint64_t physical; /* with bit 0 set; 0: free */
	uint64_t address, reads, writes, reader, writer;
};

static struct line *tables[MOST_CPUS];
static bool counting;
static const char *path = "sharing";

/* nopl with a displacement that no compiler makes: 'M','B', 0 or 1, 'X'. */
static const uint8_t mark[] = { 0x0f, 0x1f, 0x84, 0x00, 'M', 'B' };

static void go(unsigned int cpu, void *data) { __atomic_store_n(&counting, true, __ATOMIC_SEQ_CST); }
static void stop(unsigned int cpu, void *data) { __atomic_store_n(&counting, false, __ATOMIC_SEQ_CST); }

static struct line *find(unsigned int cpu, uint64_t physical)
{
	uint64_t at = (physical >> 6) * 0x9e3779b97f4a7c15ull >> (64 - TABLE_BITS);

	if (!tables[cpu])
		tables[cpu] = calloc(NR_LINES, sizeof(struct line));
	for (unsigned int i = 0; tables[cpu] && i < NR_LINES; i++) {
		struct line *line = &tables[cpu][(at + i) % NR_LINES];

		if (!line->physical)
			line->physical = physical | 1;
		if (line->physical == (physical | 1))
			return line;
	}
	return NULL;
}

static void access(unsigned int cpu, mem_info info, uint64_t address, void *instruction)
{
	struct qemu_plugin_hwaddr *where;
	struct line *line;

	if (!__atomic_load_n(&counting, __ATOMIC_RELAXED) || cpu >= MOST_CPUS)
		return;
	where = qemu_plugin_get_hwaddr(info, address);
	if (!where || qemu_plugin_hwaddr_is_io(where))
		return;
	line = find(cpu, qemu_plugin_hwaddr_phys_addr(where) & ~63ull);
	if (!line)
		return;
	line->address = address;
	if (qemu_plugin_mem_is_store(info)) {
		line->writes++;
		line->writer = (uint64_t)instruction;
	} else {
		line->reads++;
		line->reader = (uint64_t)instruction;
	}
}

static void translated(plugin_id id, struct qemu_plugin_tb *tb)
{
	for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		const uint8_t *bytes = qemu_plugin_insn_data(insn);
		uint64_t address = qemu_plugin_insn_vaddr(insn);

		if (address >> 63)
			qemu_plugin_register_vcpu_mem_cb(insn, access, CB_NO_REGS, MEM_RW,
							 (void *)address);
		else if (qemu_plugin_insn_size(insn) == 8 && !memcmp(bytes, mark, sizeof(mark)) &&
			 bytes[7] == 'X')
			qemu_plugin_register_vcpu_insn_exec_cb(insn, bytes[6] ? go : stop,
							       CB_NO_REGS, NULL);
	}
}

static void finish(plugin_id id, void *data)
{
	FILE *f = fopen(path, "w");

	for (unsigned int cpu = 0; f && cpu < MOST_CPUS; cpu++) {
		for (unsigned int i = 0; tables[cpu] && i < NR_LINES; i++) {
			const struct line *line = &tables[cpu][i];

			if (line->physical)
				fprintf(f, "%u %llx %llx %llu %llu %llx %llx\n", cpu,
					(unsigned long long)line->physical & ~1ull,
					(unsigned long long)line->address,
					(unsigned long long)line->reads,
					(unsigned long long)line->writes,
					(unsigned long long)line->reader,
					(unsigned long long)line->writer);
		}
	}
	if (f)
		fclose(f);
}

EXPORT int qemu_plugin_install(plugin_id id, const void *info, int argc, char **argv)
{
	for (int i = 0; i < argc; i++)
		if (!strncmp(argv[i], "out=", 4))
			path = strdup(argv[i] + 4);
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	qemu_plugin_register_atexit_cb(id, finish, NULL);
	return 0;
}
