/* SPDX-License-Identifier: MIT */
/*
 * FPU registers in signal frames. They go between registers and user memory directly: the
 * instruction faults like any access to user memory, and is repeated or given up.
 *
 * A page that has to be brought in may let other threads run in between; the switch keeps the
 * registers.
 */
#include <arch/alternative.h>
#include <arch/extable.h>
#include <arch/fpu.h>
#include <arch/fpu_layout.h>
#include <lib/errno.h>
#include <mm/uaccess.h>

/* One instruction on user memory at %0: 0 or -EFAULT. */
#define USER_OP(instruction, pointer, features) ({					\
	int error_ = 0;									\
	asm volatile(ALTERNATIVE("", "stac", CPU_FEATURE_SMAP)				\
		     "1: " instruction " (%1)\n"					\
		     "2: " ALTERNATIVE("", "clac", CPU_FEATURE_SMAP)			\
		     ".pushsection .text.unlikely, \"ax\"\n"				\
		     "3: movl %4, %0\n"							\
		     "jmp 2b\n"								\
		     ".popsection\n"							\
		     EXTABLE(1b, 3b)							\
		     : "+r"(error_)							\
		     : "r"(pointer), "a"((u32)(features)), "d"((u32)((features) >> 32)), "i"(-EFAULT)	\
		     : "memory");							\
	error_;										\
})

unsigned int fpu_sigframe_size(void)
{
	return fpu_features ? fpu_size + sizeof(u32) : FXSAVE_SIZE;
}

static int save_extended(void __user *buf)
{
	struct fxsave_area __user *area = buf;
	struct xsave_header __user *header = (void __user *)(area + 1);
	struct fpu_software_bytes software = {
		.magic1 = FP_XSTATE_MAGIC1,
		.extended_size = fpu_size + sizeof(u32),
		.features = fpu_features,
		.state_size = fpu_size,
	};
	u64 features;

	/* XSAVE changes some bits of the header only. */
	if (clear_user(header, sizeof(*header)) || USER_OP("xsave64", buf, ~0ull) ||
	    get_user(features, &header->features) ||
	    copy_to_user(&area->software, &software, sizeof(software)) ||
	    put_user(FP_XSTATE_MAGIC2, (u32 __user *)((u8 __user *)buf + fpu_size)))
		return -EFAULT;
	/* A handler that knows FXSAVE only may change these; they must be loaded then. */
	return put_user(features | XFEATURE_X87 | XFEATURE_SSE, &header->features);
}

int fpu_save_to_user(void __user *buf)
{
	if (!access_ok(buf, fpu_sigframe_size()))
		return -EFAULT;
	return fpu_features ? save_extended(buf) : USER_OP("fxsave64", buf, 0ull);
}

/*
 * The features that the frame holds; those of FXSAVE alone if it does not say or what it says is
 * wrong.
 */
static int read_features(const void __user *buf, u64 *features)
{
	const struct fxsave_area __user *area = buf;
	struct fpu_software_bytes software;
	u32 magic2;

	*features = XFEATURE_X87 | XFEATURE_SSE;
	if (copy_from_user(&software, &area->software, sizeof(software)))
		return -EFAULT;
	if (software.magic1 != FP_XSTATE_MAGIC1 || software.state_size > fpu_size ||
	    software.state_size < FXSAVE_SIZE + sizeof(struct xsave_header) ||
	    software.extended_size < software.state_size + sizeof(u32))
		return 0;
	if (get_user(magic2, (const u32 __user *)((const u8 __user *)buf + software.state_size)))
		return -EFAULT;
	if (magic2 == FP_XSTATE_MAGIC2)
		*features = software.features & fpu_features;
	return 0;
}

static int restore_extended(const void __user *buf)
{
	u64 features;

	if (read_features(buf, &features))
		return -EFAULT;
	if (fpu_features & ~features)
		fpu_load_initial(fpu_features & ~features);
	/* Without extended state there need not be a valid header. */
	if (features == (XFEATURE_X87 | XFEATURE_SSE))
		return USER_OP("fxrstor64", buf, 0ull);
	return USER_OP("xrstor64", buf, features);
}

int fpu_restore_from_user(const void __user *buf)
{
	int error = -EFAULT;

	if (!buf) {
		fpu_load_initial(~0ull);
		return 0;
	}
	if (access_ok(buf, fpu_sigframe_size()))
		error = fpu_features ? restore_extended(buf) : USER_OP("fxrstor64", buf, 0ull);
	if (error)
		fpu_load_initial(~0ull);
	return error;
}
