/* SPDX-License-Identifier: MIT */
/* Random numbers, prctl, identification of the system, and calls that stand alone. */
#include "harness.h"

#include <linux/random.h>
#include <sys/klog.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <asm/prctl.h>

TEST(random_bytes)
{
	unsigned char a[256] = { 0 }, b[256] = { 0 };
	int ones = 0, counts[256] = { 0 };

	EXPECT_EQ(getrandom(a, 256, 0), 256);
	EXPECT_EQ(getrandom(b, 256, GRND_NONBLOCK), 256);
	EXPECT_NE(memcmp(a, b, 256), 0);
	EXPECT_EQ(getrandom(a, 16, GRND_RANDOM), 16);
	EXPECT_EQ(getrandom(a, 16, GRND_INSECURE), 16);
	EXPECT_ERR(getrandom(a, 16, 0x100), EINVAL);
	EXPECT_ERR(getrandom(a, 16, GRND_RANDOM | GRND_INSECURE), EINVAL);
	EXPECT_ERR(getrandom((void *)16, 16, 0), EFAULT);
	EXPECT_EQ(getrandom(a, 0, 0), 0);
	/* Crude statistics over 64 KiB: bits balanced, every byte value present about 256 times. */
	for (int i = 0; i < 256; i++) {
		getrandom(a, 256, 0);
		for (int k = 0; k < 256; k++) {
			ones += __builtin_popcount(a[k]);
			counts[a[k]]++;
		}
	}
	EXPECT(ones > 262144 - 2500 && ones < 262144 + 2500);
	for (int i = 0; i < 256; i++)
		EXPECT(counts[i] > 150 && counts[i] < 370);
}

TEST(processes_draw_different_bytes)
{
	uint64_t *drawn = ASSERT_OK(
		mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
	pid_t pid = CHILD({ getrandom(&drawn[0], 8, 0); });

	getrandom(&drawn[1], 8, 0);
	EXPECT_EXIT(pid, 0);
	EXPECT_NE(drawn[0], drawn[1]);
}

TEST(addresses_are_randomised)
{
	char first[64] = "", text[64];
	bool differs = false;

	if (strstr(slurp("/proc/cmdline"), "norandmaps"))
		skip("switched off on the command line");
	for (int i = 0; i < 4; i++) {
		int p[2];

		ASSERT_OK(pipe(p));
		pid_t pid = CHILD({
			dup2(p[1], 1);
			execl("/bin/sh", "sh", "-c", "grep stack /proc/self/maps", NULL);
		});
		ssize_t n = read(p[0], text, 12);

		text[n > 0 ? n : 0] = '\0';
		EXPECT_EXIT(pid, 0);
		if (i == 0)
			strcpy(first, text);
		differs |= strcmp(first, text) != 0;
	}
	EXPECT(differs);
}

TEST(names_of_the_system)
{
	struct utsname u, now;

	ASSERT_OK(uname(&u));
	EXPECT_STR(u.sysname, "Linux");
	EXPECT_EQ(strncmp(u.release, "6.1.", 4), 0);
	EXPECT_STR(u.machine, "x86_64");
	EXPECT_ERR(syscall(SYS_uname, 16), EFAULT);
	EXPECT_OK(sethostname("changed", 7));
	uname(&now);
	EXPECT_STR(now.nodename, "changed");
	EXPECT_OK(sethostname(u.nodename, strlen(u.nodename)));
	EXPECT_ERR(sethostname("x", 1000), EINVAL);
	EXPECT_OK(setdomainname("domain", 6));
	EXPECT_OK(setdomainname(u.domainname, strlen(u.domainname)));
	EXPECT_EXIT(CHILD({
			    ASSERT_OK(setresuid(1000, 1000, 1000));
			    EXPECT_ERR(sethostname("x", 1), EPERM);
		    }),
		    0);
}

TEST(process_controls)
{
	char name[17] = "";

	EXPECT_OK(prctl(PR_SET_NAME, "a name that is too long"));
	EXPECT_OK(prctl(PR_GET_NAME, name));
	EXPECT_STR(name, "a name that is ");
	EXPECT_STR(slurp("/proc/self/comm"), "a name that is \n");
	EXPECT_EQ(prctl(PR_GET_DUMPABLE), 1);
	EXPECT_OK(prctl(PR_SET_DUMPABLE, 0));
	EXPECT_EQ(prctl(PR_GET_DUMPABLE), 0);
	EXPECT_ERR(prctl(PR_SET_DUMPABLE, 5), EINVAL);
	EXPECT_EQ(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 0);
	EXPECT_OK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	EXPECT_EQ(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 1);
	EXPECT_ERR(prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0), EINVAL);
	int sig = 0;

	EXPECT_OK(prctl(PR_SET_PDEATHSIG, SIGUSR2));
	EXPECT_OK(prctl(PR_GET_PDEATHSIG, &sig));
	EXPECT_EQ(sig, SIGUSR2);
	EXPECT_ERR(prctl(PR_SET_PDEATHSIG, 100), EINVAL);
	EXPECT_ERR(prctl(123456789), EINVAL);
}

TEST(thread_pointer)
{
	unsigned long fs = 0;

	EXPECT_OK(syscall(SYS_arch_prctl, ARCH_GET_FS, &fs));
	EXPECT_EQ(fs, (unsigned long)__builtin_thread_pointer());
	EXPECT_EXIT(CHILD({
			    /* A gs base of our own, kept across a context switch. */
			    static long area[2] = { 11, 22 };
			    unsigned long gs = 0;
			    EXPECT_OK(syscall(SYS_arch_prctl, ARCH_SET_GS, area));
			    sleep_ms(5);
			    EXPECT_EQ(*(long __seg_gs *)8, 22);
			    EXPECT_OK(syscall(SYS_arch_prctl, ARCH_GET_GS, &gs));
			    EXPECT_EQ(gs, (unsigned long)area);
			    EXPECT_ERR(syscall(SYS_arch_prctl, ARCH_SET_GS, 0x800000000000), EPERM);
		    }),
		    0);
	EXPECT_ERR(syscall(SYS_arch_prctl, 0x9999, 0), EINVAL);
	EXPECT_ERR(syscall(SYS_arch_prctl, ARCH_GET_FS, 16), EFAULT);
}

TEST(unknown_calls)
{
	EXPECT_ERR(syscall(1000), ENOSYS);
	EXPECT_ERR(syscall(0x7fffffff), ENOSYS);
	EXPECT_ERR(syscall(-1), ENOSYS);
	/* Only the lower half of the register counts. */
	EXPECT_EQ(syscall(1ul << 40 | SYS_getpid), getpid());
}

TEST(calls_keep_registers)
{
	uint64_t in[6] = { 1, 2, 3, 4, 5, 6 }, out[6] = { 0 }, rcx, r11, rsp_before, rsp_after;

	__asm__ volatile("mov %%rsp, %[before]\n\t"
			 "mov $39, %%eax\n\t"
			 "mov %[in], %%rbx\n\t"
			 "mov 0(%%rbx), %%rdi\n\tmov 8(%%rbx), %%rsi\n\tmov 16(%%rbx), %%rdx\n\t"
			 "mov 24(%%rbx), %%r10\n\tmov 32(%%rbx), %%r8\n\tmov 40(%%rbx), %%r9\n\t"
			 "syscall\n\t"
			 "mov %[out], %%rbx\n\t"
			 "mov %%rdi, 0(%%rbx)\n\tmov %%rsi, 8(%%rbx)\n\tmov %%rdx, 16(%%rbx)\n\t"
			 "mov %%r10, 24(%%rbx)\n\tmov %%r8, 32(%%rbx)\n\tmov %%r9, 40(%%rbx)\n\t"
			 "mov %%rsp, %[after]"
			 : [before] "=&r"(rsp_before), [after] "=&r"(rsp_after), "=&c"(rcx)
			 : [in] "m"(*(uint64_t *[1]){ in }), [out] "m"(*(uint64_t *[1]){ out })
			 : "rax", "rbx", "rdi", "rsi", "rdx", "r8", "r9", "r10", "r11", "memory");
	__asm__ volatile("syscall" : "=a"(r11) : "a"(39L) : "rcx", "r11", "memory");
	for (int i = 0; i < 6; i++)
		EXPECT_EQ(out[i], in[i]);
	EXPECT_EQ(rsp_before, rsp_after);
	EXPECT_EQ(r11, getpid());
	EXPECT_LT(rcx, 1ul << 47);
}

TEST(personalities)
{
	EXPECT_EQ(personality(0xffffffff), 0);
	EXPECT_EQ(personality(ADDR_NO_RANDOMIZE), 0);
	EXPECT_EQ(personality(0xffffffff), ADDR_NO_RANDOMIZE);
	EXPECT_EXIT(CHILD({ EXPECT_EQ(personality(0xffffffff), ADDR_NO_RANDOMIZE); }), 0);
}

TEST(log_by_system_call)
{
	char buffer[4096];

	EXPECT_GT(klogctl(10, NULL, 0), 1000);		  /* size of the ring */
	EXPECT_GT(klogctl(3, buffer, sizeof(buffer)), 0); /* read all */
	EXPECT_ERR(klogctl(99, buffer, 1), EINVAL);
	EXPECT_ERR(klogctl(3, NULL, 10), EINVAL);
}

TEST(reboot_refuses_wrong_magic)
{
	EXPECT_ERR(syscall(SYS_reboot, 1, 2, 3, NULL), EINVAL);
	EXPECT_ERR(syscall(SYS_reboot, 0xfee1dead, 672274793, 0x12345, NULL), EINVAL);
	EXPECT_EXIT(CHILD({
			    ASSERT_OK(setresuid(1000, 1000, 1000));
			    EXPECT_ERR(syscall(SYS_reboot, 0xfee1dead, 672274793, RB_AUTOBOOT,
					       NULL),
				       EPERM);
		    }),
		    0);
}

TEST(machine_facts)
{
	EXPECT_GE(get_nprocs(), 1);
	EXPECT_EQ(getpagesize(), 4096);
	EXPECT_GT(get_phys_pages(), 1000);
	EXPECT_GT(get_avphys_pages(), 100);
}

TEST(membarrier)
{
	int supported = syscall(SYS_membarrier, 0, 0, 0);

	EXPECT_GT(supported, 0);
	EXPECT_OK(syscall(SYS_membarrier, 1, 0, 0));  /* global */
	EXPECT_OK(syscall(SYS_membarrier, 16, 0, 0)); /* register private expedited */
	EXPECT_OK(syscall(SYS_membarrier, 8, 0, 0));  /* private expedited */
	EXPECT_ERR(syscall(SYS_membarrier, 1 << 20, 0, 0), EINVAL);
}

TEST(restartable_sequences_are_registered)
{
	/* glibc has registered the main thread: a second time is refused. */
	static char area[32] __attribute__((aligned(32)));

	EXPECT_EQ(syscall(SYS_rseq, area, 32, 0, 0x53053053), -1);
	EXPECT(errno == EINVAL || errno == EBUSY || errno == EPERM);
}
