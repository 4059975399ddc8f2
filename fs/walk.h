/* SPDX-License-Identifier: MIT */
/* The state of one path walk. */
#ifndef FS_WALK_H
#define FS_WALK_H

#include <fs/vfs.h>

#include "internal.h"
#include "mount.h"

#define MAX_SYMLINKS	40
#define LOOKUP_SCOPED	(LOOKUP_BENEATH | LOOKUP_IN_ROOT)

enum last_type { LAST_NORM, LAST_ROOT, LAST_DOT, LAST_DOTDOT };

/* A symbolic link that is being followed: its text is in use until the walk comes back to what stood behind it. */
struct walk_link {
	struct path link;
	void (*done)(void *arg);
	void *arg;
	const char *rest;
	unsigned int seq;
};

struct walk {
	/* where it stands; references held unless LOOKUP_RCU is set */
	struct path path;
	struct path root;    /* NULL until it is needed */
	struct inode *inode; /* of path.dentry */
	struct qstr last;    /* the component at hand */
	enum last_type last_type;
	unsigned int flags; /* LOOKUP_* */
	bool root_held;	    /* root has references */
	bool jumped;
	unsigned int seq;      /* of path.dentry */
	unsigned int next_seq; /* of the dentry that lookup found */
	unsigned int root_seq, mount_seq, rename_seq;
	unsigned int depth, links;
	struct walk_link *stack;
	struct walk_link inline_stack[2];
};

/* walk_step's flags */
#define STEP_TRAILING	1		/* the last component of the whole name: LOOKUP_FOLLOW decides on links */
#define STEP_MORE	2		/* something follows in this text */
#define STEP_NOFOLLOW	4

/* The text to walk, or ERR_PTR. Every begin has its walk_end. */
const char *walk_begin(struct walk *w, int dfd, const struct pathname *name, unsigned int flags);
void walk_end(struct walk *w);
/* All but the last component, which stands in w->last afterwards. */
int walk_to_last(struct walk *w, const char *text);
/* The last one: NULL, or the text of a link to go on with, or ERR_PTR. */
const char *walk_last(struct walk *w);
int walk_all(struct walk *w, const char *text);
int walk_complete(struct walk *w); /* leaves RCU mode, checks the scope */
bool walk_unlazy(struct walk *w);
/* NULL: not cached, and the walk has left RCU mode */
struct dentry *walk_lookup_cached(struct walk *w);
const char *walk_dots(struct walk *w);
const char *walk_into(struct walk *w, struct dentry *dentry, unsigned int step);
void walk_put_link(struct walk *w);
struct dentry *lookup_locked(const struct qstr *name, struct dentry *parent, unsigned int flags);

#endif
