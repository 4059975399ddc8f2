/* SPDX-License-Identifier: MIT */
/*
 * Running programs.
 *
 * Everything is looked at before anything is changed: the file (through #! lines, if need be, to the program behind them), its headers, its
 * interpreter's, the arguments, the credentials. Then a new address space is filled, and only then does the old program go: past
 * that point there is nobody to give an error to, and the process ends by a signal.
 */
#ifndef FS_EXEC_EXEC_H
#define FS_EXEC_EXEC_H

#include <fs/vfs.h>
#include <kernel/cred.h>
#include <lib/elf.h>

#define EXEC_HEAD_SIZE	256	/* how much of a file is read to find out what it is; a #! line must fit */
#define EXEC_MAX_DEPTH	5	/* scripts run by scripts */

/* argv or envp: from a program, or from the kernel itself. */
struct exec_strings {
	bool kernel;
	union {
		const char *const *k;
		const char __user *const __user *u;
	};
};

/*
 * The strings that go to the top of the new stack, collected from the top down in pages of the kernel's: a NULL word, the file's name,
 * the environment, the arguments; lower strings later.
 */
struct exec_args {
	u8 **pages; /* [0]: the topmost */
	unsigned int nr_pages, room;
	unsigned long used;  /* bytes below the top */
	unsigned long limit; /* of used */
	unsigned int argc, envc;
	/* distances from the top: strings lie below these */
	unsigned long argv_end, env_end, name_end;
};

/* An ELF file, looked at. */
struct exec_image {
	struct file *file;
	struct elf_program program;
	Elf64_Phdr *phdrs;
	unsigned long base; /* added to its addresses; set when it is mapped */
};

struct exec {
	const char *filename;		/* what AT_EXECFN says */
	char *owned_name;		/* the same, when it was made here */
	struct exec_image main, interp; /* interp.file NULL: none */
	char head[EXEC_HEAD_SIZE];
	/* arguments that #! lines put in front, last first */
	char *prefix[2 * EXEC_MAX_DEPTH + 3];
	unsigned int nr_prefix;
	bool skip_argv0; /* of a script: its path stands there instead */
	/* /dev/fd/N of a descriptor that exec closes: scripts cannot be opened by it */
	bool name_is_closed;
	struct credentials *cred; /* of the new program */
	bool secure;		  /* AT_SECURE: it has more rights than who runs it */
	/* who runs it may not read it: nobody may look into the process */
	bool unreadable;
	struct exec_args args;
	struct address_space *space;
	unsigned long stack_top, stack_size;
	unsigned long sp;
};

int exec_read(struct file *file, void *buf, size_t size, loff_t pos); /* all of it or -EIO */

/* args.c */
int exec_collect_args(struct exec *x, struct exec_strings argv, struct exec_strings envp);
void exec_free_args(struct exec_args *args);
/* Into the new space, whose stack ends at top. */
int exec_write_args(struct exec_args *args, struct address_space *space, unsigned long top);
/* Addresses of count strings, the first of which begins `distance` below the top. */
void exec_string_addresses(const struct exec_args *args, unsigned long top, unsigned long distance,
			   unsigned int count, unsigned long *to);

/* creds.c */
int exec_prepare_creds(struct exec *x);

/* script.c: 0: x->main.file is the interpreter now; -ENOEXEC: no script. */
int exec_script(struct exec *x);

/* elf.c */
int exec_check_elf(struct exec *x);
int exec_make_space(struct exec *x);			 /* stack and arguments */
int exec_load_elf(struct exec *x, unsigned long *entry); /* in the new space */
void exec_free_image(struct exec_image *image);

#endif
