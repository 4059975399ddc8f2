/* SPDX-License-Identifier: MIT */
/* The files in /proc and /sys that programs read. */
#include "harness.h"

#include <dirent.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>

/* The value behind KEY in a file of "Key: value" lines; a static buffer. */
static const char *value_of(const char *path, const char *key)
{
	static char value[256];
	char *text = slurp(path);
	size_t length = strlen(key);

	for (char *line = text; line && *line;
	     line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
		if (strncmp(line, key, length) || line[length] != ':')
			continue;
		line += length + 1;
		line += strspn(line, " \t");
		snprintf(value, sizeof(value), "%.*s", (int)strcspn(line, "\n"), line);
		return value;
	}
	return "";
}

TEST(status_of_self)
{
	EXPECT_EQ(atoi(value_of("/proc/self/status", "Pid")), getpid());
	EXPECT_EQ(atoi(value_of("/proc/self/status", "Tgid")), getpid());
	EXPECT_EQ(atoi(value_of("/proc/self/status", "PPid")), getppid());
	EXPECT_STR(value_of("/proc/self/status", "Name"), "selftests");
	EXPECT_STR(value_of("/proc/self/status", "State"), "R (running)");
	EXPECT_STR(value_of("/proc/self/status", "Uid"), "0\t0\t0\t0");
	EXPECT_STR(value_of("/proc/self/status", "Threads"), "1");
	EXPECT_GT(atoi(value_of("/proc/self/status", "VmRSS")), 0);
	EXPECT_GE(atoi(value_of("/proc/self/status", "VmSize")),
		  atoi(value_of("/proc/self/status", "VmRSS")));
	signal(SIGUSR1, SIG_IGN);
	EXPECT_EQ(strtoull(value_of("/proc/self/status", "SigIgn"), NULL, 16) >> (SIGUSR1 - 1) & 1,
		  1);
}

TEST(status_of_others)
{
	char path[64];
	pid_t pid = CHILD({
		for (;;)
			pause();
	});
	int status;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	EXPECT(WAIT_UNTIL(value_of(path, "State")[0] == 'S', 5000));
	kill(pid, SIGSTOP);
	waitpid(pid, &status, WUNTRACED);
	EXPECT_STR(value_of(path, "State"), "T (stopped)");
	kill(pid, SIGKILL);
	siginfo_t info;

	waitid(P_PID, pid, &info, WEXITED | WNOWAIT);
	EXPECT_STR(value_of(path, "State"), "Z (zombie)");
	EXPECT_KILLED(pid, SIGKILL);
	EXPECT_ERR(open(path, O_RDONLY), ENOENT);
}

TEST(stat_line)
{
	int pid, ppid, pgrp, session;
	char name[32], state;
	char *text = slurp("/proc/self/stat");

	ASSERT_EQ(sscanf(text, "%d (%31[^)]) %c %d %d %d", &pid, name, &state, &ppid, &pgrp,
			 &session),
		  6);
	EXPECT_EQ(pid, getpid());
	EXPECT_STR(name, "selftests");
	EXPECT_EQ(state, 'R');
	EXPECT_EQ(ppid, getppid());
	EXPECT_EQ(pgrp, getpgrp());
	EXPECT_EQ(session, getsid(0));
	int fields = 1;

	for (char *p = strrchr(text, ')'); *p; p++)
		fields += *p == ' ';
	EXPECT_EQ(fields + 1, 52);
	long size, resident;

	EXPECT_EQ(sscanf(slurp("/proc/self/statm"), "%ld %ld", &size, &resident), 2);
	EXPECT(size >= resident && resident > 0);
}

TEST(maps_show_mappings)
{
	int fd = ASSERT_OK(open("a file", O_RDWR | O_CREAT, 0600));
	char want[128], folder[128];

	ASSERT_OK(ftruncate(fd, 8192));
	char *p = ASSERT_OK(mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 4096));

	snprintf(want, sizeof(want), "%lx-%lx r--s 00001000 ", (long)p, (long)p + 4096);
	char *line = strstr(slurp("/proc/self/maps"), want);

	ASSERT(line);
	line[strcspn(line, "\n")] = '\0';
	getcwd(folder, sizeof(folder));
	strcat(folder, "/a file");
	EXPECT_STR(line + strlen(line) - strlen(folder), folder);
	EXPECT(strstr(slurp("/proc/self/maps"), "[stack]"));
	EXPECT(strstr(slurp("/proc/self/maps"), "[heap]"));
	unlink("a file");
	EXPECT(strstr(slurp("/proc/self/maps"), "/a file (deleted)"));
	char *heap = strstr(slurp("/proc/self/smaps"), "Rss:");

	EXPECT(heap);
}

TEST(command_line_and_environment)
{
	pid_t pid = CHILD({
		execle("/proc/self/exe", "first", "@sleep", "20", NULL,
		       (char *[]){ "VAR=value", NULL });
	});
	char path[64];
	int fd;
	ssize_t n = 0;
	char text[256];

	snprintf(path, sizeof(path), "/proc/%d/cmdline", pid);
	EXPECT(WAIT_UNTIL((fd = open(path, O_RDONLY)) >= 0 &&
				  ((n = read(fd, text, sizeof(text))), close(fd),
				   n >= 6 && !memcmp(text, "first", 6)),
			  10000));
	EXPECT_EQ(n, 16);
	/* lint: uninitvar: the last round has read it */
	EXPECT_EQ(memcmp(text, "first\0@sleep\00020", 16), 0);
	snprintf(path, sizeof(path), "/proc/%d/environ", pid);
	EXPECT_STR(slurp(path), "VAR=value");
	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	EXPECT_STR(slurp(path), "exe\n");
	kill(pid, SIGKILL);
	EXPECT_KILLED(pid, SIGKILL);
}

TEST(links_to_files)
{
	char link[256] = "", path[64], here[256];
	int fd = ASSERT_OK(open("target", O_RDWR | O_CREAT, 0600));

	EXPECT_EQ(write(fd, "via proc", 8), 8);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	EXPECT_GT(readlink(path, link, sizeof(link) - 1), 0);
	getcwd(here, sizeof(here));
	EXPECT_EQ(strncmp(link, here, strlen(here)), 0);
	EXPECT_STR(strrchr(link, '/'), "/target");
	EXPECT_STR(slurp(path), "via proc");
	unlink("target");
	EXPECT_STR(slurp(path), "via proc");
	memset(link, 0, sizeof(link));
	EXPECT_GT(readlink("/proc/self/cwd", link, sizeof(link) - 1), 0);
	EXPECT_STR(link, here);
	memset(link, 0, sizeof(link));
	EXPECT_GT(readlink("/proc/self/exe", link, sizeof(link) - 1), 0);
	EXPECT_EQ(link[0], '/');
	memset(link, 0, sizeof(link));
	EXPECT_EQ(readlink("/proc/self/root", link, sizeof(link) - 1), 1);
	memset(link, 0, sizeof(link));
	EXPECT_GT(readlink("/proc/self", link, sizeof(link) - 1), 0);
	EXPECT_EQ(atoi(link), getpid());
	int p[2];

	ASSERT_OK(pipe(p));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", p[0]);
	memset(link, 0, sizeof(link));
	EXPECT_GT(readlink(path, link, sizeof(link) - 1), 0);
	EXPECT_EQ(strncmp(link, "pipe:[", 6), 0);
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	EXPECT_EQ(atoi(value_of(path, "pos")), 8);
	EXPECT_ERR(open("/proc/self/fd/999", O_RDONLY), ENOENT);
}

static int count_numbers(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *d;
	int n = 0;

	ASSERT(dir);
	while ((d = readdir(dir)))
		n += d->d_name[0] >= '0' && d->d_name[0] <= '9';
	closedir(dir);
	return n;
}

TEST(processes_are_listed)
{
	int before = count_numbers("/proc");
	pid_t pid = CHILD({ pause(); });
	char path[32];

	EXPECT_GE(count_numbers("/proc"), before + 1);
	snprintf(path, sizeof(path), "/proc/%d", pid);
	EXPECT_OK(access(path, F_OK));
	kill(pid, SIGKILL);
	EXPECT_KILLED(pid, SIGKILL);
	EXPECT_ERR(access(path, F_OK), ENOENT);
	EXPECT_EQ(count_numbers("/proc/self/task"), 1);
	EXPECT_EQ(count_numbers("/proc/self/fd"), 4); /* with the one that reads it */
}

TEST(machine_figures)
{
	long total = atol(value_of("/proc/meminfo", "MemTotal")),
	     free_kb = atol(value_of("/proc/meminfo", "MemFree"));
	long available = atol(value_of("/proc/meminfo", "MemAvailable"));
	struct sysinfo info;

	EXPECT(total > 0 && free_kb > 0 && free_kb < total && available > 0 && available < total);
	EXPECT(*value_of("/proc/meminfo", "Cached"));
	EXPECT(*value_of("/proc/meminfo", "Buffers"));
	EXPECT(*value_of("/proc/meminfo", "Slab"));
	/* Programs look for these whether there is anything in them or not; all of memory is in the direct map. */
	static const char *const lines[] = { "Bounce",		"WritebackTmp",	  "AnonHugePages",
					     "HugePages_Total", "HugePages_Free", "Hugepagesize",
					     "Hugetlb",		"DirectMap4k",	  "DirectMap2M" };

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		EXPECT(*value_of("/proc/meminfo", lines[i]));
		if (!*value_of("/proc/meminfo", lines[i]))
			note("no line %s", lines[i]);
	}
	EXPECT(atol(value_of("/proc/meminfo", "DirectMap4k")) > 0);
	EXPECT(atol(value_of("/proc/meminfo", "DirectMap4k")) +
		       atol(value_of("/proc/meminfo", "DirectMap2M")) +
		       atol(value_of("/proc/meminfo", "DirectMap1G")) >=
	       total);
	EXPECT_OK(sysinfo(&info));
	EXPECT_EQ(info.totalram * info.mem_unit / 1024, total);
	EXPECT_GT(info.uptime, 0);
	EXPECT_GT(info.procs, 1);
	double up, idle;

	EXPECT_EQ(sscanf(slurp("/proc/uptime"), "%lf %lf", &up, &idle), 2);
	EXPECT(up > 0.1 && labs((long)up - info.uptime) <= 2);
	double load[3];

	EXPECT_EQ(sscanf(slurp("/proc/loadavg"), "%lf %lf %lf", &load[0], &load[1], &load[2]), 3);
	char *text = slurp("/proc/stat");

	EXPECT(strstr(text, "cpu  "));
	EXPECT(strstr(text, "cpu0 "));
	EXPECT(strstr(text, "\nctxt "));
	EXPECT(strstr(text, "\nbtime "));
	EXPECT(strstr(text, "\nprocesses "));
	EXPECT(strstr(text, "\nsoftirq "));
	int processors = 0;

	for (char *p = slurp("/proc/cpuinfo"); (p = strstr(p, "processor\t:")); p++)
		processors++;
	EXPECT_EQ(processors, sysconf(_SC_NPROCESSORS_ONLN));
	EXPECT(strstr(slurp("/proc/interrupts"), "CPU0"));
	EXPECT(strstr(slurp("/proc/filesystems"), "tmpfs"));
	EXPECT(strstr(slurp("/proc/devices"), "Character devices:"));
	EXPECT(strchr(slurp("/proc/cmdline"), '\n'));
	EXPECT(strstr(slurp("/proc/vmstat"), "nr_free_pages "));
	EXPECT_GT(strlen(slurp("/proc/version")), 10);
}

TEST(time_in_stat_advances)
{
	unsigned long long user, nice, system_time, idle, again[4];

	EXPECT_EQ(sscanf(slurp("/proc/stat"), "cpu %llu %llu %llu %llu", &user, &nice, &system_time,
			 &idle),
		  4);
	sleep_ms(100);
	EXPECT_EQ(sscanf(slurp("/proc/stat"), "cpu %llu %llu %llu %llu", &again[0], &again[1],
			 &again[2], &again[3]),
		  4);
	EXPECT_GT(again[0] + again[1] + again[2] + again[3], user + nice + system_time + idle);
}

TEST(mounts_are_listed)
{
	char *text = slurp("/proc/self/mounts");

	EXPECT(strstr(text, " /proc proc "));
	EXPECT(strstr(text, " /sys sysfs "));
	EXPECT(strstr(text, " /dev devtmpfs "));
	EXPECT(strstr(text, " /tmp tmpfs "));
	EXPECT(strstr(slurp("/proc/self/mountinfo"), " /tmp "));
	EXPECT(strstr(slurp("/proc/mounts"), " /proc proc "));
}

TEST(system_settings)
{
	struct utsname u;
	char want[80];

	EXPECT_OK(uname(&u));
	EXPECT_STR(u.machine, "x86_64");
	EXPECT_STR(u.sysname, "Linux");
	snprintf(want, sizeof(want), "%s\n", u.release);
	EXPECT_STR(slurp("/proc/sys/kernel/osrelease"), want);
	EXPECT_STR(slurp("/proc/sys/kernel/ostype"), "Linux\n");
	snprintf(want, sizeof(want), "%s\n", u.nodename);
	EXPECT_STR(slurp("/proc/sys/kernel/hostname"), want);
	EXPECT_GT(atoi(slurp("/proc/sys/kernel/pid_max")), 1000);
	EXPECT_GT(atol(slurp("/proc/sys/fs/file-max")), 1000);
	EXPECT(*slurp("/proc/sys/vm/overcommit_memory"));
	EXPECT_EQ(strlen(slurp("/proc/sys/kernel/random/uuid")), 37);
	EXPECT_EQ(strlen(slurp("/proc/sys/kernel/random/boot_id")), 37);
}

TEST(files_may_be_read_in_pieces)
{
	char whole[65536], pieces[65536];
	int fd = ASSERT_OK(open("/proc/self/maps", O_RDONLY));
	ssize_t n, length = 0;

	while ((n = read(fd, whole + length, sizeof(whole) - length)) > 0)
		length += n;
	EXPECT_EQ(lseek(fd, 0, SEEK_SET), 0);
	ssize_t at = 0;

	while ((n = read(fd, pieces + at, 7)) > 0)
		at += n;
	EXPECT_EQ(at, length);
	EXPECT_EQ(memcmp(whole, pieces, length), 0);
}

TEST(proc_is_read_only_where_it_should_be)
{
	EXPECT_ERR(open("/proc/new", O_RDWR | O_CREAT, 0600), ENOENT);
	EXPECT_ERR(mkdir("/proc/dir", 0700), ENOENT);
	EXPECT_ERR(unlink("/proc/version"), EPERM);
	EXPECT_EXIT(CHILD({
			    ASSERT_OK(setresuid(1000, 1000, 1000));
			    EXPECT_ERR(open("/proc/version", O_WRONLY), EACCES);
		    }),
		    0);
	EXPECT_ERR(open("/proc/999999/status", O_RDONLY), ENOENT);
	EXPECT_ERR(mkdir("/sys/dir", 0700), EPERM);
}

TEST(others_may_not_look_inside)
{
	char path[64];
	pid_t pid = getpid();

	EXPECT_EXIT(CHILD({
			    ASSERT_OK(setresuid(1000, 1000, 1000));
			    snprintf(path, sizeof(path), "/proc/%d/mem", pid);
			    EXPECT_ERR(open(path, O_RDONLY), EACCES);
			    snprintf(path, sizeof(path), "/proc/%d/environ", pid);
			    EXPECT_ERR(open(path, O_RDONLY), EACCES);
			    snprintf(path, sizeof(path), "/proc/%d/fd", pid);
			    EXPECT_ERR(open(path, O_RDONLY), EACCES);
			    snprintf(path, sizeof(path), "/proc/%d/status", pid);
			    EXPECT_OK(open(path, O_RDONLY));
		    }),
		    0);
}

static volatile bool stop_storm;

static void *come_and_go(void *arg)
{
	(void)arg;
	while (!stop_storm) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(0);
		if (pid > 0)
			waitpid(pid, NULL, 0);
	}
	return NULL;
}

TEST(reading_while_processes_come_and_go)
{
	pthread_t t[2];

	for (int i = 0; i < 2; i++)
		ASSERT_EQ(pthread_create(&t[i], NULL, come_and_go, NULL), 0);
	for (uint64_t end = now_ns() + 1500000000; now_ns() < end;) {
		DIR *dir = opendir("/proc");
		struct dirent *d;
		char path[300];

		while ((d = readdir(dir))) {
			if (d->d_name[0] < '1' || d->d_name[0] > '9')
				continue;
			snprintf(path, sizeof(path), "/proc/%s/stat", d->d_name);
			slurp(path);
			snprintf(path, sizeof(path), "/proc/%s/maps", d->d_name);
			slurp(path);
			snprintf(path, sizeof(path), "/proc/%s/cmdline", d->d_name);
			slurp(path);
		}
		closedir(dir);
	}
	stop_storm = true;
	for (int i = 0; i < 2; i++)
		pthread_join(t[i], NULL);
}

TEST(kernel_messages)
{
	int fd = ASSERT_OK(open("/dev/kmsg", O_RDWR | O_NONBLOCK));
	char record[8192], want[64];
	ssize_t n;
	bool found = false;

	snprintf(want, sizeof(want), "selftest message %d\n", getpid());
	EXPECT_OK(lseek(fd, 0, SEEK_END));
	EXPECT_EQ(write(fd, want, strlen(want)), strlen(want));
	while ((n = read(fd, record, sizeof(record) - 1)) > 0 || (n < 0 && errno == EPIPE)) {
		record[n > 0 ? n : 0] = '\0';
		found |= strstr(record, want) != NULL;
	}
	EXPECT_EQ(errno, EAGAIN);
	EXPECT(found);
	EXPECT_ERR(read(fd, record, 1), EAGAIN);
	EXPECT_OK(lseek(fd, 0, SEEK_SET));
	EXPECT_ERR(read(fd, record, 1), EINVAL);
	EXPECT_GT(read(fd, record, sizeof(record)), 0);
	EXPECT(strchr(record, ';'));
}

TEST(classes_in_sys)
{
	EXPECT_OK(access("/sys/devices", F_OK));
	EXPECT_OK(access("/sys/class/tty", F_OK));
	EXPECT_OK(access("/sys/module", F_OK));
	EXPECT_OK(access("/sys/kernel", F_OK));
	EXPECT_OK(access("/sys/class/mem/null", F_OK));
	EXPECT_STR(slurp("/sys/class/mem/null/dev"), "1:3\n");
	EXPECT(strstr(slurp("/sys/class/mem/null/uevent"), "DEVNAME=null"));
	char online[32];

	snprintf(online, sizeof(online), "0-%ld\n", sysconf(_SC_NPROCESSORS_ONLN) - 1);
	EXPECT_STR(slurp("/sys/devices/system/cpu/online"),
		   sysconf(_SC_NPROCESSORS_ONLN) == 1 ? "0\n" : online);
}

/* Of kernels with all checks; where there are none, nothing is opened. */
TEST(files_of_detectors_refuse_bad_pointers)
{
	static const char *const paths[] = { "/proc/alloc_fault", "/proc/lock_stat",
					     "/sys/kernel/debug/kmemleak" };

	int mounted = !mount("none", "/sys/kernel/debug", "debugfs", 0, NULL);

	for (unsigned int i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		int fd = open(paths[i], O_WRONLY);

		if (fd < 0)
			continue;
		EXPECT_ERR(write(fd, (void *)16, 2), EFAULT);
		EXPECT_ERR(write(fd, "x", 1), EINVAL);
		EXPECT_OK(close(fd));
	}
	if (mounted)
		umount("/sys/kernel/debug");
}
