// SPDX-License-Identifier: MIT
/*
 * UBSAN's run-time support: reports of undefined behaviour, each place once
 * (include/kernel/ubsan.h).
 *
 *	UBSAN: shift-out-of-bounds in ./mm/slab/cache.c:45:12
 *	shift exponent 40 is too large for 32-bit type 'int'
 *	CPU: 0 PID: 71 Comm: insmod 6.1.0-mortise-0.1.0
 *	Call trace: ...
 *
 * Values of up to 64 bits come in the argument itself, larger ones behind a pointer.
 */
#include <kernel/ubsan.h>

#include <kernel/backtrace.h>
#include <kernel/bug.h>
#include <kernel/init.h>
#include <kernel/log.h>
#include <kernel/thread.h>
#include <lib/errno.h>
#include <lib/kernel.h>
#include <lib/printf.h>
#include <lib/string.h>

#define COLUMN_REPORTED (~0u)

static bool panic_on_report = IS_ENABLED(CONFIG_SANITIZE_PANIC);

static int set_ubsan(const char *value)
{
	if (strcmp(value, "panic") && strcmp(value, "report"))
		return -EINVAL;
	panic_on_report = !strcmp(value, "panic");
	return 0;
}
BOOT_PARAM("ubsan", set_ubsan);

static unsigned int bits_of(const struct ubsan_type *type)
{
	return 1u << (type->info >> 1);
}

static bool is_signed(const struct ubsan_type *type)
{
	return type->info & 1;
}

static s64 signed_value(const struct ubsan_type *type, unsigned long value)
{
	unsigned int unused = 64 - min(bits_of(type), 64u);

	if (bits_of(type) > 64)
		return *(const s64 *)value;
	return (s64)((u64)value << unused) >> unused;
}

static bool is_negative(const struct ubsan_type *type, unsigned long value)
{
	return is_signed(type) && signed_value(type, value) < 0;
}

static const char *print_value(char *to, size_t size, const struct ubsan_type *type,
			       unsigned long value)
{
	if (is_signed(type))
		snprintf(to, size, "%lld", signed_value(type, value));
	else
		snprintf(to, size, "%llu", bits_of(type) > 64 ? *(const u64 *)value : (u64)value);
	return to;
}

/* The first line, and whether there is to be a report at all. */
static bool begin(struct ubsan_location *at, const char *what)
{
	u32 column = __atomic_exchange_n(&at->column, COLUMN_REPORTED, __ATOMIC_RELAXED);

	if (column == COLUMN_REPORTED)
		return false;
	pr_err("UBSAN: %s in %s:%u:%u\n", what, at->file, at->line, column);
	return true;
}

static void end(void)
{
	const struct thread *thread = this_cpu_read(current_thread);

	pr_err("CPU: %u PID: %d Comm: %s %s\n", smp_processor_id(), thread ? thread->tid : 0,
	       thread ? thread->name : "none", CONFIG_RELEASE);
	show_backtrace(KERN_ERR, NULL);
	pr_err("---[ end of UBSAN report ]---\n");
	if (panic_on_report)
		panic("ubsan=panic");
}

void __ubsan_handle_shift_out_of_bounds(struct ubsan_shift *data, unsigned long left,
					unsigned long right)
{
	char text[24];

	if (!begin(&data->at, "shift-out-of-bounds"))
		return;
	print_value(text, sizeof(text), data->right, right);
	if (is_negative(data->right, right))
		pr_err("shift exponent %s is negative\n", text);
	else if (is_negative(data->left, left))
		pr_err("left shift of negative value %s\n",
		       print_value(text, sizeof(text), data->left, left));
	else
		pr_err("shift exponent %s is too large for %u-bit type %s\n", text,
		       bits_of(data->left), data->left->name);
	end();
}

void __ubsan_handle_out_of_bounds(struct ubsan_bounds *data, unsigned long index)
{
	char text[24];

	if (!begin(&data->at, "array-index-out-of-bounds"))
		return;
	pr_err("index %s is out of range for type %s\n",
	       print_value(text, sizeof(text), data->index, index), data->array->name);
	end();
}

void __ubsan_handle_divrem_overflow(struct ubsan_arithmetic *data, unsigned long left,
				    unsigned long right)
{
	char text[24];

	if (!begin(&data->at, "division-overflow"))
		return;
	if (is_negative(data->type, right))
		pr_err("division of %s by -1 cannot be represented in type %s\n",
		       print_value(text, sizeof(text), data->type, left), data->type->name);
	else
		pr_err("division by zero\n");
	end();
}

void __ubsan_handle_load_invalid_value(struct ubsan_value *data, unsigned long value)
{
	char text[24];

	if (!begin(&data->at, "invalid-load"))
		return;
	pr_err("load of value %s is not a valid value for type %s\n",
	       print_value(text, sizeof(text), data->type, value), data->type->name);
	end();
}

void __ubsan_handle_builtin_unreachable(struct ubsan_unreachable *data)
{
	if (begin(&data->at, "unreachable")) {
		pr_err("code that cannot be reached was reached\n");
		end();
	}
	BUG(); /* behind the call there is nothing that could go on */
}
