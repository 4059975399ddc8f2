/* SPDX-License-Identifier: MIT */
/*
 * The log ring: many writers in any context (NMIs included), many readers, no locks.
 *
 * Two rings. Slots hold what is known of a record; number seq lives in slot seq % NR_SLOTS. Texts lie in a ring of bytes, each in one
 * piece. Both positions only grow (64 bits), so "was it overwritten" is a comparison.
 *
 * A slot's stamp tells its state; it only ever rises:
 *
 *	(seq + 1) * 2		record seq is being written (ring_reserve)
 *	(seq + 1) * 2 + 1	record seq is complete (ring_commit)
 *
 * A writer that was overtaken by a whole lap finds a higher stamp and gives its record up. One that is overtaken while it
 * writes (it runs with interrupts off, so that takes thousands of records within microseconds) may spoil the text of the
 * record that took its place; it never writes outside the rings.
 *
 * A reader copies, then looks at stamp and text position again: unchanged means that what it copied was whole.
 */
#include "log_private.h"
#include <arch/barrier.h>
#include <kernel/atomic.h>
#include <lib/string.h>

#define TEXT_BYTES	(1u << CONFIG_LOG_BUF_SHIFT)
#define NR_SLOTS	(TEXT_BYTES / 64)

struct ring_slot {
	u64 stamp;
	u64 time_ns;
	u64 text_position;
	u32 caller;
	u16 length;
	u8 level;
	u8 facility;
};

static struct ring_slot slots[NR_SLOTS];
static char texts[TEXT_BYTES];
static u64 next_seq;
static u64 text_head;

static u64 stamp_of(u64 seq, bool complete)
{
	return (seq + 1) * 2 + complete;
}

/* One piece of the text ring: a text that would wrap begins at the start of the ring. */
static u64 reserve_text(size_t length)
{
	u64 head = READ_ONCE(text_head), start;

	do {
		start = head;
		if (start % TEXT_BYTES + length > TEXT_BYTES)
			start += TEXT_BYTES - start % TEXT_BYTES;
	} while (!try_cmpxchg(&text_head, &head, start + length));
	return start;
}

bool ring_reserve(struct ring_entry *entry, size_t length)
{
	u64 seq = __atomic_fetch_add(&next_seq, 1, __ATOMIC_RELAXED);
	struct ring_slot *slot = &slots[seq % NR_SLOTS];
	u64 old = READ_ONCE(slot->stamp);

	do {
		if (old >= stamp_of(seq, false))
			return false;
	} while (!try_cmpxchg(&slot->stamp, &old, stamp_of(seq, false)));

	entry->slot = slot;
	entry->seq = seq;
	slot->text_position = reserve_text(length);
	entry->text = &texts[slot->text_position % TEXT_BYTES];
	return true;
}

void ring_commit(struct ring_entry *entry, struct log_record *record)
{
	struct ring_slot *slot = entry->slot;
	u64 writing = stamp_of(entry->seq, false);

	slot->time_ns = record->time_ns;
	slot->caller = record->caller;
	slot->length = record->length;
	slot->level = record->level;
	slot->facility = record->facility;
	/* Fails when the slot has gone to a younger record. */
	try_cmpxchg(&slot->stamp, &writing, stamp_of(entry->seq, true));
}

/* Copies what is in the slot; false if it was overwritten meanwhile. */
static bool read_slot(struct ring_slot *slot, u64 seq, struct log_record *record, char *text)
{
	u64 position = slot->text_position;

	*record = (struct log_record){
		.seq = seq,
		.time_ns = slot->time_ns,
		.caller = slot->caller,
		.length = slot->length,
		.level = slot->level,
		.facility = slot->facility,
	};
	if (record->length > LOG_TEXT_MAX || position % TEXT_BYTES + record->length > TEXT_BYTES)
		return false;
	if (text) {
		memcpy(text, &texts[position % TEXT_BYTES], record->length);
		text[record->length] = 0;
	}
	smp_rmb();
	return READ_ONCE(slot->stamp) == stamp_of(seq, true) &&
	       READ_ONCE(text_head) - position <= TEXT_BYTES;
}

bool log_read(u64 seq, struct log_record *record, char *text)
{
	u64 next;

	for (; seq < (next = READ_ONCE(next_seq)); seq++) {
		struct ring_slot *slot;
		u64 stamp;

		if (next - seq > NR_SLOTS)
			seq = next - NR_SLOTS;
		slot = &slots[seq % NR_SLOTS];
		stamp = smp_load_acquire(&slot->stamp);
		if (stamp == stamp_of(seq, true)) {
			if (read_slot(slot, seq, record, text))
				return true;
			continue;
		}
		/* Not complete yet: its writer will come back to it, unless it was stopped for good. */
		if (stamp < stamp_of(seq, true) && !panic_in_progress)
			return false;
	}
	return false;
}

u64 log_oldest(void)
{
	struct log_record record;
	u64 next = READ_ONCE(next_seq);
	u64 seq = next > NR_SLOTS ? next - NR_SLOTS : 0;

	return log_read(seq, &record, NULL) ? record.seq : seq;
}

u64 log_next(void)
{
	return READ_ONCE(next_seq);
}
