/* SPDX-License-Identifier: MIT */
/* Traps of the kernel itself: what is mended, what ends a thread, and NMIs. The reports on the console are wanted. */
#include <arch/apic.h>
#include <arch/cpu.h>
#include <arch/extable.h>
#include <arch/traps.h>
#include <kernel/bug.h>
#include <kernel/ktest.h>
#include <kernel/log.h>
#include <kernel/sched.h>
#include <kernel/smp.h>
#include <kernel/time.h>
#include <lib/err.h>
#include <lib/errno.h>

KTEST_SUITE("traps");

KTEST_CASE(faults_with_a_fixup_go_on)
{
	u64 value;

	/* A non-canonical address is a general protection fault, an unmapped one a page fault. */
	for (unsigned long address = 0xdead000000000000; address;
	     address = address == 0xdead000000000000 ? 0xffffffffffffd000 : 0) {
		int ok = 1;

		asm volatile("1: movq (%2), %1\n"
			     "jmp 3f\n"
			     "2: xorl %0, %0\n"
			     "3:\n" EXTABLE(1b, 2b)
			     : "+r"(ok), "=&r"(value)
			     : "r"(address));
		KTEST_EXPECT(!ok);
	}
}

KTEST_CASE(a_warning_goes_on)
{
	int reached = 0;

	KTEST_EXPECT(WARN(1, "a warning that a test wants to see\n"));
	reached = 1;
	KTEST_EXPECT(reached);
}

static bool forever = true;

static noinline int overflow_stack(volatile char *below)
{
	volatile char here[512];

	here[0] = below ? below[0] + 1 : 0;
	/* lint: clang-analyzer-core.UndefinedBinaryOperatorResult: whatever is there */
	return READ_ONCE(forever) ? overflow_stack(here) + here[1] : 0;
}

static int crash(void *arg)
{
	char *text = (char *)crash;

	switch ((long)arg) {
	case 0: asm volatile("movl $1, 8" : : : "memory"); break;
	case 1: BUG(); break;
	case 2: ((void (*)(void))0x1234)(); break;
	case 3:
		asm volatile("xorl %%ecx, %%ecx; divl %%ecx" : : : "rax", "rcx", "rdx", "cc");
		break;
	case 4: return overflow_stack(NULL);
	case 5:
		OPTIMIZER_HIDE_VAR(text);
		WRITE_ONCE(*text, 0);
		break;
	}
	return 77;
}

/* Each of these kills its own thread and nothing else: the one that asks for it goes on. */
static void expect_crash(long kind)
{
	struct thread *t = kthread_create(crash, (void *)kind, "ktest-crash");

	KTEST_ASSERT(!IS_ERR(t));
	get_thread(t);
	wake_up_new_thread(t);
	while (!(READ_ONCE(t->state) & THREAD_DEAD))
		msleep(1);
	KTEST_EXPECT_EQ(t->exit_code, -EFAULT);
	put_thread(t);
}

KTEST_CASE(null_write) { expect_crash(0); }
KTEST_CASE(bug) { expect_crash(1); }
KTEST_CASE(wild_jump) { expect_crash(2); }
KTEST_CASE(divide_error) { expect_crash(3); }
KTEST_CASE(stack_overflow) { expect_crash(4); }
KTEST_CASE(write_to_text) { expect_crash(5); }

static atomic_t nr_nmis;
static bool expecting;

static bool test_nmi(struct trap_frame *frame)
{
	u64 value;

	if (!READ_ONCE(expecting))
		return false;
	/* A trap within an NMI: the way back must not let the next one in. */
	for (int i = 0; i < 100; i++)
		rdmsr_safe(0x4fffffff, &value);
	asm volatile("1: movq (%0), %%rax\n"
		     "2:\n" EXTABLE(1b, 2b)
		     :
		     : "r"(0xdead000000000000)
		     : "rax");
	atomic_inc(&nr_nmis);
	return true;
}

static struct nmi_handler test_handler = { .handle = test_nmi };

KTEST_CASE(nmis_with_traps_inside)
{
	static bool registered;
	unsigned int cpu;

	if (!registered)
		nmi_handler_register(&test_handler);
	registered = true;
	WRITE_ONCE(expecting, true);
	for_each_online_cpu(cpu) {
		for (int i = 0; i < 20; i++) {
			int before = atomic_read(&nr_nmis);

			lapic_send_nmi(cpu_apic_id[cpu]);
			while (atomic_read(&nr_nmis) == before)
				cpu_relax();
			KTEST_EXPECT_EQ(atomic_read(&nr_nmis), before + 1);
		}
	}
	WRITE_ONCE(expecting, false);
}
