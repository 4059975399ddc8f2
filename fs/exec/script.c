// SPDX-License-Identifier: MIT
/*
 * Files that begin with "#!": the rest of the line names a program that is to run them, with at most one argument. Its arguments become
 * that program, that argument, the file's own name, and what followed argv[0].
 */
#include <kernel/process.h>
#include <lib/err.h>
#include <lib/string.h>
#include <mm/slab.h>
#include "exec.h"

static char *line_end(char *head)
{
	for (char *p = head; p < head + EXEC_HEAD_SIZE && *p; p++)
		if (*p == '\n')
			return p;
	return NULL;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/*
 * Splits the line in x->head. The line may be cut by the end of what was read, as long as the program's name was not:
 * an argument may lose its end, as on Linux.
 */
static int parse_line(char *head, char **program, char **argument)
{
	char *end = line_end(head), *limit = head + EXEC_HEAD_SIZE - 1, *p;

	*argument = NULL;
	p = head + 2;
	if (!end) {
		/* Cut: there must be a blank or zero behind the name. */
		while (p < limit && is_blank(*p))
			p++;
		if (p == limit)
			return -ENOEXEC;
		for (end = p; end < limit && *end && !is_blank(*end); end++)
			;
		if (end == limit)
			return -ENOEXEC;
		end = limit;
	}
	*end = 0;
	while (end > head + 2 && is_blank(end[-1]))
		*--end = 0;
	for (p = head + 2; is_blank(*p); p++)
		;
	if (!*p)
		return -ENOEXEC;
	*program = p;
	while (*p && !is_blank(*p))
		p++;
	while (is_blank(*p))
		*p++ = 0;
	if (*p)
		*argument = p;
	return 0;
}

static int add_prefix(struct exec *x, const char *s)
{
	char *copy = kstrdup(s, GFP_KERNEL);

	if (!copy)
		return -ENOMEM;
	x->prefix[x->nr_prefix++] = copy;
	return 0;
}

int exec_script(struct exec *x)
{
	char *program, *argument;
	struct file *file;
	int err = parse_line(x->head, &program, &argument);

	if (err)
		return err;
	/* Its interpreter would find the descriptor closed. */
	if (x->name_is_closed)
		return -ENOENT;
	/* Arguments are pushed from the last to the first. The name of a script run by a script is its interpreter entry already. */
	if (!x->skip_argv0)
		err = add_prefix(x, x->filename);
	x->skip_argv0 = true;
	if (!err && argument)
		err = add_prefix(x, argument);
	if (!err)
		err = add_prefix(x, program);
	if (err)
		return err;
	file = open_exec(program);
	if (IS_ERR(file))
		return PTR_ERR(file);
	exec_file_put(x->main.file);
	x->main.file = file;
	return 0;
}
