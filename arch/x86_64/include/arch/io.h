/* SPDX-License-Identifier: MIT */
/* Port I/O, and memory-mapped registers. */
#ifndef ARCH_IO_H
#define ARCH_IO_H

#include <kit/types.h>

static inline void outb(u8 value, u16 port)
{
	asm volatile("outb %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline void outw(u16 value, u16 port)
{
	asm volatile("outw %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline void outl(u32 value, u16 port)
{
	asm volatile("outl %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline u8 inb(u16 port)
{
	u8 value;

	asm volatile("inb %1, %0" : "=a"(value) : "Nd"(port) : "memory");
	return value;
}

static inline u16 inw(u16 port)
{
	u16 value;

	asm volatile("inw %1, %0" : "=a"(value) : "Nd"(port) : "memory");
	return value;
}

static inline u32 inl(u16 port)
{
	u32 value;

	asm volatile("inl %1, %0" : "=a"(value) : "Nd"(port) : "memory");
	return value;
}

/* One access of exactly this size, in program order with the others. */
static inline u8 readb(const volatile void __iomem *address)
{
	u8 value;

	asm volatile("movb %1, %0"
		     : "=q"(value)
		     : "m"(*(const volatile u8 __force *)address)
		     : "memory");
	return value;
}

static inline u16 readw(const volatile void __iomem *address)
{
	u16 value;

	asm volatile("movw %1, %0"
		     : "=r"(value)
		     : "m"(*(const volatile u16 __force *)address)
		     : "memory");
	return value;
}

static inline u32 readl(const volatile void __iomem *address)
{
	u32 value;

	asm volatile("movl %1, %0"
		     : "=r"(value)
		     : "m"(*(const volatile u32 __force *)address)
		     : "memory");
	return value;
}

static inline u64 readq(const volatile void __iomem *address)
{
	u64 value;

	asm volatile("movq %1, %0"
		     : "=r"(value)
		     : "m"(*(const volatile u64 __force *)address)
		     : "memory");
	return value;
}

static inline void writeb(u8 value, volatile void __iomem *address)
{
	asm volatile("movb %0, %1" : : "q"(value), "m"(*(volatile u8 __force *)address) : "memory");
}

static inline void writew(u16 value, volatile void __iomem *address)
{
	asm volatile("movw %0, %1"
		     :
		     : "r"(value), "m"(*(volatile u16 __force *)address)
		     : "memory");
}

static inline void writel(u32 value, volatile void __iomem *address)
{
	asm volatile("movl %0, %1"
		     :
		     : "r"(value), "m"(*(volatile u32 __force *)address)
		     : "memory");
}

static inline void writeq(u64 value, volatile void __iomem *address)
{
	asm volatile("movq %0, %1"
		     :
		     : "r"(value), "m"(*(volatile u64 __force *)address)
		     : "memory");
}

#endif
