/* SPDX-License-Identifier: MIT */
/* Resource limits, credentials and capabilities. */
#include "harness.h"

#include <grp.h>
#include <linux/capability.h>
#include <sys/fsuid.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

TEST(every_limit_can_be_read)
{
	struct rlimit limit;

	for (int i = 0; i < 16; i++) {
		EXPECT_OK(getrlimit(i, &limit));
		EXPECT(limit.rlim_cur <= limit.rlim_max);
	}
	EXPECT_ERR(getrlimit(16, &limit), EINVAL);
	EXPECT_ERR(syscall(SYS_getrlimit, 0, 16), EFAULT);
	EXPECT_OK(getrlimit(RLIMIT_STACK, &limit));
	EXPECT_EQ(limit.rlim_cur, 8 << 20);
	EXPECT_OK(getrlimit(RLIMIT_NOFILE, &limit));
	EXPECT_EQ(limit.rlim_cur, 1024);
	EXPECT_EQ(limit.rlim_max, 4096);
}

TEST(limits_are_inherited_and_checked)
{
	struct rlimit limit = { 100, 200 }, now;

	EXPECT_OK(setrlimit(RLIMIT_NOFILE, &limit));
	EXPECT_EXIT(CHILD({
			    EXPECT_OK(getrlimit(RLIMIT_NOFILE, &now));
			    EXPECT_EQ(now.rlim_cur, 100);
			    EXPECT_EQ(now.rlim_max, 200);
			    ASSERT_OK(setresuid(1000, 1000, 1000));
			    limit.rlim_cur = 200;
			    EXPECT_OK(setrlimit(RLIMIT_NOFILE, &limit));
			    limit.rlim_max = 300;
			    EXPECT_ERR(setrlimit(RLIMIT_NOFILE, &limit), EPERM);
		    }),
		    0);
	limit = (struct rlimit){ 300, 200 };
	EXPECT_ERR(setrlimit(RLIMIT_NOFILE, &limit), EINVAL);
	limit = (struct rlimit){ RLIM_INFINITY, RLIM_INFINITY };
	EXPECT_ERR(setrlimit(RLIMIT_NOFILE, &limit), EPERM);
}

TEST(prlimit_of_another)
{
	struct rlimit limit = { 64, 64 }, old;
	pid_t pid = CHILD({ pause(); });

	EXPECT_OK(prlimit(pid, RLIMIT_NOFILE, &limit, &old));
	EXPECT_OK(prlimit(pid, RLIMIT_NOFILE, NULL, &old));
	EXPECT_EQ(old.rlim_cur, 64);
	EXPECT_ERR(prlimit(999999, RLIMIT_NOFILE, NULL, &old), ESRCH);
	kill(pid, SIGKILL);
	EXPECT_KILLED(pid, SIGKILL);
}

TEST(processor_time_limit)
{
	struct rlimit limit = { 1, 3 };

	EXPECT_KILLED(CHILD({
			      setrlimit(RLIMIT_CPU, &limit);
			      for (;;)
				      ;
		      }),
		      SIGXCPU);
	EXPECT_KILLED(CHILD({
			      struct rlimit hard = { 1, 2 };
			      signal(SIGXCPU, SIG_IGN);
			      setrlimit(RLIMIT_CPU, &hard);
			      for (;;)
				      ;
		      }),
		      SIGKILL);
}

TEST(stack_limit)
{
	/* Touching 1 MiB below a limit of 256 KiB. */
	EXPECT_KILLED(CHILD({
			      struct rlimit limit = { 256 << 10, 256 << 10 };
			      setrlimit(RLIMIT_STACK, &limit);
			      volatile char *p = (volatile char *)&limit;
			      for (long at = 0; at < 1 << 20; at += 4096)
				      p[-at] = 1;
		      }),
		      SIGSEGV);
}

TEST(locked_memory_limit)
{
	EXPECT_EXIT(CHILD({
			    struct rlimit limit = { 8192, 8192 };
			    char *p = mmap(NULL, 65536, PROT_READ | PROT_WRITE,
					   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
			    ASSERT_OK(setrlimit(RLIMIT_MEMLOCK, &limit));
			    ASSERT_OK(setresuid(1000, 1000, 1000));
			    EXPECT_OK(mlock(p, 4096));
			    EXPECT_ERR(mlock(p, 65536), ENOMEM);
		    }),
		    0);
}

/* ---- identities ---- */

TEST(user_ids)
{
	uid_t r, e, s;

	EXPECT_OK(getresuid(&r, &e, &s));
	EXPECT_EQ(r + e + s, 0);
	EXPECT_EXIT(CHILD({
			    EXPECT_OK(setresuid(1, 2, 3));
			    EXPECT_OK(getresuid(&r, &e, &s));
			    EXPECT(r == 1 && e == 2 && s == 3);
			    EXPECT_OK(setresuid(-1, 3, -1));
			    EXPECT_OK(setreuid(-1, 1));
			    EXPECT_EQ(geteuid(), 1);
			    EXPECT_ERR(setresuid(-1, 0, -1), EPERM);
			    EXPECT_ERR(setuid(0), EPERM);
		    }),
		    0);
	EXPECT_EXIT(CHILD({
			    EXPECT_OK(setuid(1000));
			    EXPECT_OK(getresuid(&r, &e, &s));
			    EXPECT(r == 1000 && e == 1000 && s == 1000);
		    }),
		    0);
	EXPECT_EXIT(CHILD({
			    /* A set-id program may go down and up again. */
			    EXPECT_OK(seteuid(1000));
			    EXPECT_OK(seteuid(0));
			    EXPECT_OK(seteuid(1000));
			    EXPECT_ERR(setuid(5), EPERM);
		    }),
		    0);
}

TEST(group_ids)
{
	gid_t list[4] = { 10, 20, 30 }, got[8];

	EXPECT_EXIT(CHILD({
			    EXPECT_OK(setgroups(3, list));
			    EXPECT_EQ(getgroups(8, got), 3);
			    EXPECT_EQ(got[2], 30);
			    EXPECT_EQ(getgroups(0, NULL), 3);
			    EXPECT_ERR(getgroups(2, got), EINVAL);
			    EXPECT_OK(setresgid(5, 6, 7));
			    EXPECT_EQ(getegid(), 6);
			    EXPECT_EQ(setfsgid(9), 6);
			    EXPECT_EQ(setfsgid(-1), 9);
			    EXPECT_EQ(setfsuid(9), 0);
			    EXPECT_OK(setresuid(1000, 1000, 1000));
			    EXPECT_ERR(setgroups(1, list), EPERM);
			    EXPECT_ERR(setresgid(0, 0, 0), EPERM);
		    }),
		    0);
	EXPECT_ERR(setgroups(100000, list), EINVAL);
}

TEST(capabilities_go_with_the_user_id)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];

	EXPECT_OK(syscall(SYS_capget, &head, data));
	EXPECT(data[0].effective & (1u << CAP_KILL));
	EXPECT_EXIT(CHILD({
			    ASSERT_OK(setresuid(1000, 1000, 1000));
			    EXPECT_OK(syscall(SYS_capget, &head, data));
			    EXPECT_EQ(data[0].effective, 0);
			    EXPECT_EQ(data[0].permitted, 0);
		    }),
		    0);
	EXPECT_EXIT(CHILD({
			    ASSERT_OK(prctl(PR_SET_KEEPCAPS, 1));
			    ASSERT_OK(setresuid(1000, 1000, 1000));
			    EXPECT_OK(syscall(SYS_capget, &head, data));
			    EXPECT_EQ(data[0].effective, 0);
			    EXPECT(data[0].permitted & (1u << CAP_KILL));
			    data[0].effective = 1u << CAP_KILL;
			    EXPECT_OK(syscall(SYS_capset, &head, data));
			    EXPECT_OK(kill(getppid(), 0));
			    EXPECT_OK(kill(1, 0));
		    }),
		    0);
	EXPECT_EXIT(CHILD({
			    /* What is dropped cannot be taken back. */
			    memset(data, 0, sizeof(data));
			    EXPECT_OK(syscall(SYS_capset, &head, data));
			    data[0].permitted = data[0].effective = 1u << CAP_KILL;
			    EXPECT_ERR(syscall(SYS_capset, &head, data), EPERM);
			    EXPECT_ERR(setresuid(5, 5, 5), EPERM);
		    }),
		    0);
	head.version = 0x12345678;
	EXPECT_ERR(syscall(SYS_capset, &head, data), EINVAL);
	EXPECT_EQ(head.version, _LINUX_CAPABILITY_VERSION_3);
}
