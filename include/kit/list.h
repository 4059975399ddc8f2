/* SPDX-License-Identifier: MIT */
/*
 * Kit, ground: doubly linked circular lists.
 * State: stable since kit 0.9.
 *
 * A list is a head; its members embed a struct list_head. The caller supplies
 * the locking. Any context.
 *
 * Unless a comment says otherwise: any context; never sleeps; cannot fail; entries stay the
 * caller's; since 0.1.
 */
#ifndef KIT_LIST_H
#define KIT_LIST_H

#include <kit/abi.h>
#include <kit/types.h>

struct list_head {
	struct list_head *next, *prev;
};

#define LIST_HEAD_INIT(name)	{ &(name), &(name) }
#define LIST_HEAD(name)		struct list_head name = LIST_HEAD_INIT(name)

/* What list_del leaves behind: faults when followed (not canonical). */
#define LIST_POISON1	((void *)0xdead000000000100UL)
#define LIST_POISON2	((void *)0xdead000000000122UL)

/* Makes it an empty list. */
static inline void INIT_LIST_HEAD(struct list_head *list)
{
	list->next = list;
	list->prev = list;
}

#ifdef KIT_LIST_CHECKS
/* The image's own lists, in a debug kernel: reported and left alone when the links do not fit. */
bool list_add_valid(struct list_head *entry, const struct list_head *prev,
		    const struct list_head *next);
bool list_del_valid(const struct list_head *entry);
#else
static inline bool list_add_valid(struct list_head *entry, const struct list_head *prev,
				  const struct list_head *next)
{
	return true;
}
static inline bool list_del_valid(const struct list_head *entry) { return true; }
#endif

static inline void __list_add(struct list_head *entry, struct list_head *prev,
			      struct list_head *next)
{
	if (!list_add_valid(entry, prev, next))
		return;
	next->prev = entry;
	entry->next = next;
	entry->prev = prev;
	*(struct list_head *volatile *)&prev->next = entry;
}

/* Inserts behind `head`: a stack. */
static inline void list_add(struct list_head *entry, struct list_head *head)
{
	__list_add(entry, head, head->next);
}

/* Inserts before `head`: a queue. */
static inline void list_add_tail(struct list_head *entry, struct list_head *head)
{
	__list_add(entry, head->prev, head);
}

static inline void __list_del(struct list_head *prev, struct list_head *next)
{
	next->prev = prev;
	*(struct list_head *volatile *)&prev->next = next;
}

static inline void __list_del_entry(struct list_head *entry)
{
	if (!list_del_valid(entry))
		return;
	/* Lists are circular: both neighbours are there. */
	__list_del(entry->prev, entry->next);
}

/* Removes; the entry is then in no state that list_empty could be asked about. */
static inline void list_del(struct list_head *entry)
{
	__list_del_entry(entry);
	entry->next = (struct list_head *)LIST_POISON1;
	entry->prev = (struct list_head *)LIST_POISON2;
}

/* Removes and leaves the entry an empty list. */
static inline void list_del_init(struct list_head *entry)
{
	__list_del_entry(entry);
	INIT_LIST_HEAD(entry);
}

/* Puts entry where old is; old is in no state then. */
static inline void list_replace(struct list_head *old, struct list_head *entry)
{
	entry->next = old->next;
	entry->next->prev = entry;
	entry->prev = old->prev;
	entry->prev->next = entry;
}

/* The same; old is an empty list then. */
static inline void list_replace_init(struct list_head *old, struct list_head *entry)
{
	list_replace(old, entry);
	INIT_LIST_HEAD(old);
}

/* Takes an entry out of its list and inserts it behind `head`. */
static inline void list_move(struct list_head *entry, struct list_head *head)
{
	__list_del_entry(entry);
	list_add(entry, head);
}

/* Takes an entry out of its list and inserts it before `head`. */
static inline void list_move_tail(struct list_head *entry, struct list_head *head)
{
	__list_del_entry(entry);
	list_add_tail(entry, head);
}

/* Has it no entries? */
static inline bool list_empty(const struct list_head *head)
{
	return *(struct list_head *const volatile *)&head->next == head;
}

/* Is it the first entry of that list? */
static inline bool list_is_first(const struct list_head *entry, const struct list_head *head)
{
	return entry->prev == head;
}

/* Is it the last entry of that list? */
static inline bool list_is_last(const struct list_head *entry, const struct list_head *head)
{
	return entry->next == head;
}

/* Is it no entry but the list itself? */
static inline bool list_is_head(const struct list_head *entry, const struct list_head *head)
{
	return entry == head;
}

/* Has it exactly one entry? */
static inline bool list_is_singular(const struct list_head *head)
{
	return !list_empty(head) && head->next == head->prev;
}

static inline void __list_splice(const struct list_head *list, struct list_head *prev,
				 struct list_head *next)
{
	struct list_head *first = list->next;
	struct list_head *last = list->prev;

	first->prev = prev;
	prev->next = first;
	last->next = next;
	next->prev = last;
}

/* Puts all entries of `list` behind `head`; `list` itself is left as it was. */
static inline void list_splice(const struct list_head *list, struct list_head *head)
{
	if (!list_empty(list))
		__list_splice(list, head, head->next);
}

/* Puts all entries of `list` before `head`; `list` itself is left as it was. */
static inline void list_splice_tail(const struct list_head *list, struct list_head *head)
{
	if (!list_empty(list))
		__list_splice(list, head->prev, head);
}

/* Puts all entries of `list` behind `head`; `list` is empty then. */
static inline void list_splice_init(struct list_head *list, struct list_head *head)
{
	list_splice(list, head);
	INIT_LIST_HEAD(list);
}

/* Puts all entries of `list` before `head`; `list` is empty then. */
static inline void list_splice_tail_init(struct list_head *list, struct list_head *head)
{
	list_splice_tail(list, head);
	INIT_LIST_HEAD(list);
}

/* Moves the entries from the first one up to `entry` into the empty list `list`. */
static inline void list_cut_position(struct list_head *list, struct list_head *head,
				     struct list_head *entry)
{
	struct list_head *rest = entry->next;

	if (entry == head || list_empty(head)) {
		INIT_LIST_HEAD(list);
		return;
	}
	list->next = head->next;
	list->next->prev = list;
	list->prev = entry;
	entry->next = list;
	head->next = rest;
	rest->prev = head;
}

/* Makes the first entry the last one. */
static inline void list_rotate_left(struct list_head *head)
{
	if (!list_empty(head))
		list_move_tail(head->next, head);
}

#define list_entry(ptr, type, member)	container_of(ptr, type, member)
#define list_first_entry(head, type, member)	list_entry((head)->next, type, member)
#define list_last_entry(head, type, member)	list_entry((head)->prev, type, member)
#define list_first_entry_or_null(head, type, member) ({                        \
	struct list_head *__lf_head = (head);                                  \
	struct list_head *__lf_first = __lf_head->next;                        \
	__lf_first != __lf_head ? list_entry(__lf_first, type, member) : NULL; })
#define list_next_entry(pos, member)                                           \
	list_entry((pos)->member.next, __typeof__(*(pos)), member)
#define list_prev_entry(pos, member)                                           \
	list_entry((pos)->member.prev, __typeof__(*(pos)), member)
#define list_entry_is_head(pos, head, member)	(&(pos)->member == (head))

#define list_for_each(pos, head)                                               \
	for (pos = (head)->next; pos != (head); pos = pos->next)
#define list_for_each_safe(pos, tmp, head)                                     \
	for (pos = (head)->next, tmp = pos->next; pos != (head); pos = tmp, tmp = pos->next)
#define list_for_each_prev(pos, head)                                          \
	for (pos = (head)->prev; pos != (head); pos = pos->prev)

#define list_for_each_entry(pos, head, member)                                 \
	for (pos = list_first_entry(head, __typeof__(*pos), member);           \
	     !list_entry_is_head(pos, head, member);                           \
	     pos = list_next_entry(pos, member))
#define list_for_each_entry_reverse(pos, head, member)                         \
	for (pos = list_last_entry(head, __typeof__(*pos), member);            \
	     !list_entry_is_head(pos, head, member);                           \
	     pos = list_prev_entry(pos, member))
#define list_for_each_entry_continue(pos, head, member)                        \
	for (pos = list_next_entry(pos, member);                               \
	     !list_entry_is_head(pos, head, member);                           \
	     pos = list_next_entry(pos, member))
#define list_for_each_entry_from(pos, head, member)                            \
	for (; !list_entry_is_head(pos, head, member);                         \
	     pos = list_next_entry(pos, member))
#define list_for_each_entry_continue_reverse(pos, head, member)                \
	for (pos = list_prev_entry(pos, member);                               \
	     !list_entry_is_head(pos, head, member);                           \
	     pos = list_prev_entry(pos, member))

/* The _safe forms allow the body to remove `pos`. */
#define list_for_each_entry_safe(pos, tmp, head, member)                       \
	for (pos = list_first_entry(head, __typeof__(*pos), member),           \
	    tmp = list_next_entry(pos, member);                                \
	     !list_entry_is_head(pos, head, member);                           \
	     pos = tmp, tmp = list_next_entry(tmp, member))
#define list_for_each_entry_safe_reverse(pos, tmp, head, member)               \
	for (pos = list_last_entry(head, __typeof__(*pos), member),            \
	    tmp = list_prev_entry(pos, member);                                \
	     !list_entry_is_head(pos, head, member);                           \
	     pos = tmp, tmp = list_prev_entry(tmp, member))
#define list_for_each_entry_safe_continue(pos, tmp, head, member)              \
	for (pos = list_next_entry(pos, member),                               \
	    tmp = list_next_entry(pos, member);                                \
	     !list_entry_is_head(pos, head, member);                           \
	     pos = tmp, tmp = list_next_entry(tmp, member))
#define list_for_each_entry_safe_from(pos, tmp, head, member)                  \
	for (tmp = list_next_entry(pos, member);                               \
	     !list_entry_is_head(pos, head, member);                           \
	     pos = tmp, tmp = list_next_entry(tmp, member))

KIT_TABLE(list_head);
KIT_HEADER_PLAIN(list, 0);

#endif
