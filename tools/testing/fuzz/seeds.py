#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Valid files to start fuzzing from: tools/testing/fuzz/seeds.py FOLDER makes FOLDER/TARGET/* .

Programs and modules are compiled here, small; archives are packed by the usual tools or by hand.
"""

import gzip
import os
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib

CC = os.environ.get("CC") or "gcc"
MODULE_FLAGS = ["-mcmodel=kernel", "-fno-pic", "-fno-pie", "-ffreestanding", "-fno-asynchronous-unwind-tables", "-O2", "-c"]
PROGRAM = "int counter = 5; static int bss[3000];\nvoid _start(void) { bss[1] = counter; for (;;) ; }\n"
MODULES = {
    "plain": "extern int outside(const char *, ...); static const char text[] __attribute__((section(\".modinfo\"))) = \"license=MIT\";\n"
             "int start(void) { return outside(text); }\n",
    "data": "extern char a[], b[]; char bss[5000]; const void *table[] = { a, b, bss, &table };\n"
            "int differ = (int)0; long far(void) { return (long)(b - a) + (long)bss; }\n",
    "sums": "asm(\".section .rela_kinds,\\\"aw\\\"\\n .quad x - .\\n .long x - .\\n .long low\\n .quad x+5\\n .globl x\\nx: .byte 1\\n\");\n"
            "extern int low; unsigned f(void) { return (unsigned)(unsigned long)&low; }\n",
}


def compile_(source, output, *flags):
    subprocess.run([CC, "-x", "c", "-", "-o", output, "-w", *flags], input=source, text=True, check=True)


def write(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(data)


def elf_seeds(folder):
    os.makedirs(f"{folder}/elf_exec", exist_ok=True)
    os.makedirs(f"{folder}/elf_module", exist_ok=True)
    common = ["-ffreestanding", "-nostdlib", "-s", "-Wl,-z,max-page-size=4096", "-Wl,--build-id=none"]
    compile_(PROGRAM, f"{folder}/elf_exec/static", "-static", "-no-pie", *common)
    compile_(PROGRAM, f"{folder}/elf_exec/static-pie", "-static-pie", "-fpie", *common)
    compile_(PROGRAM, f"{folder}/elf_exec/dynamic", "-pie", "-fpie", "-Wl,--dynamic-linker=/lib64/ld-linux-x86-64.so.2", "-Wl,-E", *common)
    compile_(PROGRAM, f"{folder}/elf_exec/execstack", "-static", "-no-pie", "-z", "execstack", *common)
    for name, source in MODULES.items():
        compile_(source, f"{folder}/elf_module/{name}", *MODULE_FLAGS)
        compile_(source, f"{folder}/elf_module/{name}-sections", *MODULE_FLAGS, "-ffunction-sections", "-fdata-sections")


def cpio_entry(name, mode, data=b"", magic=b"070701", ino=1):
    check = sum(data) if magic == b"070702" else 0
    name = name.encode() + b"\0"
    numbers = (ino, mode, 0, 0, 1, 0x60000000, len(data), 0, 0, 5, 1, len(name), check)
    head = magic + b"".join(b"%08x" % n for n in numbers) + name
    return head + b"\0" * (-len(head) % 4) + data + b"\0" * (-len(data) % 4)


def cpio_seeds(folder):
    tree = [("bin", 0o40755, b""), ("bin/tool", 0o100755, bytes(range(256)) * 3), ("init", 0o120777, b"bin/tool"), ("dev/null", 0o20666, b"")]
    trailer = cpio_entry("TRAILER!!!", 0)
    for magic in (b"070701", b"070702"):
        archive = b"".join(cpio_entry(*entry, magic=magic) for entry in tree) + trailer
        write(f"{folder}/cpio/{magic.decode()}", archive)
        write(f"{folder}/cpio/{magic.decode()}-padded", archive + b"\0" * (-len(archive) % 512))
    write(f"{folder}/cpio/empty", trailer)
    write(f"{folder}/cpio/long-name", cpio_entry("n" * 4000, 0o100644, b"x") + trailer)


def gzip_seeds(folder):
    text = b"the quick brown fox jumps over the lazy dog; " * 20
    for level in (0, 1, 9):
        write(f"{folder}/gzip/level{level}", gzip.compress(text, level))
    write(f"{folder}/gzip/incompressible", gzip.compress(os.urandom(300)))
    write(f"{folder}/gzip/window", gzip.compress(bytes(100000)))
    packed = gzip.compress(text, 9)
    write(f"{folder}/gzip/header", packed[:3] + b"\x1c" + packed[4:10] + b"\x02\0ab" + b"name\0comment\0" + packed[10:])
    head = packed[:3] + b"\x02" + packed[4:10]
    write(f"{folder}/gzip/header-sum", head + (zlib.crc32(head) & 0xffff).to_bytes(2, "little") + packed[10:])
    write(f"{folder}/gzip/wrong-sum", packed[:-8] + b"\0" * 8)


def zstd_seeds(folder):
    if not shutil.which("zstd"):
        return
    text = b"the quick brown fox jumps over the lazy dog; " * 20
    data = {"text": text, "noise": random.Random(1).randbytes(300), "window": bytes(100000), "mixed": b"".join(bytes([i & 0xff]) * (i % 7) for i in range(900)),
            "source": open(__file__, "rb").read() * 2, "empty": b""}
    for name, plain in data.items():
        for flags in (("-1",), ("-19", "--check"), ("-3", "--no-content-size")):
            packed = subprocess.run(["zstd", "-q", "-c", *flags], input=plain, check=True, stdout=subprocess.PIPE).stdout
            write(f"{folder}/unzstd/{name}{flags[0]}", packed)
    magic = b"\x28\xb5\x2f\xfd"
    write(f"{folder}/unzstd/wide", magic + bytes([0, 21 << 3, 1, 0, 0]))
    write(f"{folder}/unzstd/dictionary", magic + bytes([0x21, 7, 3, 1, 0, 0]))
    write(f"{folder}/unzstd/single", magic + bytes([0x20, 3, 3 << 3 | 1, 0, 0]) + b"abc")


# The module of loader/: what the kit's build writes for each, by hand, with the checksums of loader_kernel.c.
LOADER_FLAGS = ["-D__MODULE__", "-Iinclude", "-mcmodel=kernel", "-mno-red-zone", "-mgeneral-regs-only", "-fno-pic", "-fno-pie", "-ffreestanding",
                "-fcf-protection=branch", "-fno-asynchronous-unwind-tables", "-fno-common", "-fno-stack-protector", "-std=gnu11", "-O1", "-w", "-c"]
LOADER_HEAD = """
#include <kit/module.h>
#include <kit/param.h>
#define HIDDEN __attribute__((visibility("hidden")))
struct module *kit_this_module HIDDEN;
unsigned long guard HIDDEN;
extern const struct kit_param kit_params_start[] HIDDEN, kit_params_end[] HIDDEN;
extern const struct kit_export kit_exports_start[] HIDDEN, kit_exports_end[] HIDDEN;
MODULE_LICENSE("MIT");
MODULE_INFO(vermagic, KIT_VERMAGIC);
"""
LOADER_TAIL = """
static const struct kit_module descriptor __used __section(".rodata.kit_module") __aligned(8) = {
	.size = sizeof(struct kit_module), .kit_minor = 1, .name = NAME, .init = INIT, .exit = EXIT, .self = &kit_this_module,
	.stack_guard = &guard, .params = kit_params_start, .params_end = kit_params_end, .exports = kit_exports_start, .exports_end = kit_exports_end,
};
static const struct { unsigned long crc; char name[56]; } sums[] __used __section("__versions") __aligned(8) = { SUMS };
"""
LOADER_SUMS = {"kit_log_print": 0x11111111, "kit_header_module": 0x11111111, "kit_table_kit_module": 0x22222222, "kit_grown": 0x22222222,
               "provided_function": 0x11111111, "memcpy": 0x11111111, "kit_draft": 0x55555555, "kit_header_draft": 0x55555555,
               "kit_late": 0x44444444, "kit_internal": 0, "__x86_indirect_thunk_rax": 0}
LOADER_SUMS_SINCE_5 = {"kit_table_kit_module": 0x33333333, "kit_grown": 0x33333333}
TYPES = """__asm__(".section .kit_types, \\"\\", @progbits\\n.asciz \\"kit_grown\\", \\"fn(u8)->void\\", \\"kit_log_print\\", \\"fn(void)\\"\\n.previous");
"""
NOTE = """__asm__(".section .note.gnu.build-id, \\"a\\", @note\\n.long 4, 4, 3\\n.asciz \\"GNU\\"\\n.long 7\\n.previous");
"""
WIDER = """
static u32 number; static const char name_n[] = "number", name_t[] = "twice";
static const struct { struct kit_param p; unsigned long more[2]; } n __used __section(".rodata.kit_params") __aligned(8) = {
	{ .size = sizeof(n), .type = KIT_PARAM_u32, .name = name_n, .value = &number, .element_size = 4 }, { 0, KEPT } };
static const struct { struct kit_param p; unsigned long more[2]; } t __used __section(".rodata.kit_params") __aligned(8) = {
	{ .size = sizeof(t), .type = KIT_PARAM_u32, .name = name_t, .value = &number, .element_size = 4 } };
"""
LOADER_MODULES = {      # name: (flags, failing allocation, arguments, kit, further .modinfo, what its checksums lack or have otherwise, code)
    "plain": (0, 0, "", "0.1", "", {}, "extern void kit_log_print(void); static int start(void) { kit_log_print(); return 0; }\n#define INIT start\n"),
    "empty": (0x80, 0, "", "0.9", "", {}, ""),
    "params": (0x80, 0, "number=5 text=new list=1,2,3 word=\"o t\" yes small=7 wide=0x1ffffffff", "0.1",
               'MODULE_INFO(version, "1.0"); MODULE_INFO(srcversion, "AB"); MODULE_INFO(intree, "Y");', {}, """
static unsigned int number = 3; module_param(number, uint, 0644); static const char *text = "text"; module_param(text, charp, 0644);
static int list[4] = { 1 }; static unsigned int nr_list; module_param_array(list, int, &nr_list, 0644);
static char word[8]; module_param_string(word, word, 0644); static bool yes; module_param(yes, bool, 0644);
static u8 octet; module_param(octet, u8, 0444); static u16 small; module_param_named(small, small, u16, 0600);
static unsigned long wide; module_param(wide, ulong, 0644); static long sgn; module_param(sgn, long, 0);
static u64 table[3]; module_param_array(table, u64, NULL, 0644);
""" + NOTE),
    "exports": (2, 0, "", "0.5", "", {}, """
static const struct kit_versions one __aligned(8) = { .size = sizeof(struct kit_versions) + 8, .count = 1, .list = { { 0, 1, 7 } } };
void alpha(void) { } int beta = 4; static const char name_a[] = "alpha", name_b[] = "beta";
static const struct kit_export a __used __section(".rodata.kit_exports.alpha") __aligned(8) = { sizeof(a), .address = alpha, .name = name_a, .versions = &one };
static const struct kit_export b __used __section(".rodata.kit_exports.beta") __aligned(8) = { sizeof(b), .export_class = 1, .address = &beta, .name = name_b };
extern void kit_grown(void), provided_function(void), __x86_indirect_thunk_rax(void) __attribute__((weak)), nowhere(void) __attribute__((weak));
static void on(void *p) { kit_grown(); provided_function(); nowhere(); __x86_indirect_thunk_rax(); }
static struct { void (*call)(void *); const char *name; } ops = { on, "ops" };
static int __init start(void) { ops.call(&ops); return beta; } static void stop(void) { }
static int initial[9] __initdata; int *where = initial;
#define INIT start
#define EXIT stop
"""),
    "drafts": (0, 0, "", "0.8", 'MODULE_INFO(draft, "draft:3"); MODULE_INFO(isolation, "ring0"); MODULE_INFO(recover, "abort");', {}, """
extern void kit_draft(void), kit_late(void); void f(void) { kit_draft(); kit_late(); }
"""),
    "draft-unrecorded": (0, 0, "", "0.8", "", {}, "extern void kit_draft(void); void f(void) { kit_draft(); }\n"),
    "drafts-other": (0, 0, "", "0.8", 'MODULE_INFO(draft, "draft:4");', {}, ""),
    "drafts-stable": (0, 0, "", "0.8", 'MODULE_INFO(draft, "module:4");', {}, ""),
    "ring3": (0, 0, "", "0.1", 'MODULE_INFO(isolation, "ring3");', {}, ""),
    "nowhere": (0, 0, "", "0.1", 'MODULE_INFO(isolation, "ring1");', {}, ""),
    "lost": (0, 0, "", "0.1", 'MODULE_INFO(recover, "never");', {}, ""),
    "draft-words": (0, 0, "", "0.1", 'MODULE_INFO(draft, "draft:3"); MODULE_INFO(draft, "draft");', {}, ""),
    "draft-long": (0, 0, "", "0.1", 'MODULE_INFO(draft, "' + "x" * 60 + ':1");', {}, ""),
    "newer": (0, 0, "", "0.10", "", {}, ""),
    "internal": (0, 0, "", "0.1", 'MODULE_INFO(buildid, "0123");', {}, "extern void kit_internal(void); void f(void) { kit_internal(); }\n"),
    "internal-other": (0, 0, "", "0.1", 'MODULE_INFO(buildid, "0124");', {}, "extern void kit_internal(void); void f(void) { kit_internal(); }\n"),
    "instrumented": (0, 0, "", "0.1", "", {}, "extern void __ubsan_x(void), __asan_load8(void); void f(void) { __ubsan_x(); __asan_load8(); }\n"),
    "other-type": (0, 0, "", "0.1", "", {"kit_grown": 5}, "extern void kit_grown(void); void f(void) { kit_grown(); }\n" + TYPES),
    "untyped": (0, 0, "", "0.1", "", {"kit_grown": None}, "extern void kit_grown(void); void f(void) { kit_grown(); }\n"),
    "other-shape": (0, 0, "", "0.1", "", {"kit_table_kit_module": 9, "kit_header_unknown": 4}, ""),
    "unwanted": (0, 0, "", "0.1", "", {}, ""),
    "duplicate": (0, 0, "", "0.1", "", {}, """
void twin(void) { } static const char name[] = "kit_grown";
static const struct kit_export e __used __section(".rodata.kit_exports.kit_grown") __aligned(8) = { sizeof(e), .address = twin, .name = name };
"""),
    "waiting": (8 | 32, 0, "", "0.1", "", {}, "extern void provided_function(void); void f(void) { provided_function(); }\n"),
    "interrupted": (8, 0, "", "0.1", "", {}, "extern void provided_function(void); void f(void) { provided_function(); }\n"),
    "provider-died": (16, 0, "", "0.1", "", {}, "extern void provided_function(void); void f(void) { provided_function(); }\n"),
    "unsigned": (1, 0, "", "0.1", "", {}, ""),
    "flags": (64, 0, "", "0.1", "", {}, ""),
    # Structures of a later kit.
    "wider": (0, 0, "", "0.1", "", {}, WIDER.replace("KEPT", "0")),
    "wider-used": (0, 0, "", "0.1", "", {}, WIDER.replace("KEPT", "1")),
    "wider-relocated": (0, 0, "", "0.1", "", {}, WIDER.replace("KEPT", "(unsigned long)&number")),
    "init-fails": (4, 0, "", "0.1", "", {}, ""),
}
BAD_ARGUMENTS = ("number=x", "number=99999999999", "list=1,2,3,4,5", "word=longer-than-it", "yes=maybe", "text", "list", "number", "octet=256", "small=-7",
                 "unknown=1 -- number=x", "wide=-1", "word")


def loader_module(name, entry, folder):
    _, _, _, kit, modinfo, sums, code = entry
    sums = {**LOADER_SUMS, **(LOADER_SUMS_SINCE_5 if int(kit.split(".")[1]) >= 5 else {}), **sums}
    used = {s: v for s, v in sums.items() if v is not None and (s in code or s.startswith("kit_header_m") or s.startswith("kit_table") or s == "kit_header_unknown")}
    source = LOADER_HEAD + f'MODULE_INFO(kit, "{kit}"); MODULE_INFO(name, "{name}");\n{modinfo}\n{code}\n'
    for word in ("INIT", "EXIT"):
        if f"#define {word}" not in code:
            source += f"#define {word} NULL\n"
    source += f'#define NAME "{name}"\n#define SUMS ' + ", ".join(f'{{ {v:#x}, "{s}" }}' for s, v in used.items()) + "\n" + LOADER_TAIL
    compile_(source, f"{folder}/{name}.o", *LOADER_FLAGS)
    subprocess.run(["ld", "-r", "-T", "scripts/module.ld", "-o", f"{folder}/{name}.ko", f"{folder}/{name}.o"], check=True)
    with open(f"{folder}/{name}.ko", "rb") as f:
        return f.read()


def loader_input(flags, fail_at, arguments, file):
    return bytes([flags, fail_at, 0, 0]) + arguments.encode()[:60].ljust(60, b"\0") + file


def signed(file, signer=b"me", key=b"\1" * 32, signature=b"\x55" * 64, kind=(0, 6, 1)):
    info = struct.pack(">BBBBB3xI", *kind, len(signer), len(key), len(signature))
    return file + signer + key + signature + info + b"~Module signature appended~\n"


def loader_seeds(folder):
    with tempfile.TemporaryDirectory() as scratch:
        files = {name: loader_module(name, entry, scratch) for name, entry in LOADER_MODULES.items()}
    for name, file in files.items():
        write(f"{folder}/loader/{name}", loader_input(*LOADER_MODULES[name][:3], file))
    for i, arguments in enumerate(BAD_ARGUMENTS):
        write(f"{folder}/loader/arguments{i}", loader_input(0, 0, arguments, files["params"]))
    for name in ("params", "exports"):
        for n in range(1, 40):
            write(f"{folder}/loader/{name}-memory{n}", loader_input(LOADER_MODULES[name][0], n, LOADER_MODULES[name][2], files[name]))
    plain = files["empty"]
    for name, file in (("good", signed(plain)), ("changed", signed(plain, signature=b"\x56" * 64)), ("stranger", signed(plain, key=b"\2" * 32)),
                       ("kind", signed(plain, kind=(1, 6, 1))), ("long", signed(plain, signature=b"\x55" * 65)), ("nothing", signed(b""))):
        write(f"{folder}/loader/signed-{name}", loader_input(1, 0, "", file))
    write(f"{folder}/loader/signed-not-asked", loader_input(0, 0, "", signed(plain)))


def text_seeds(folder):
    lines = ["console=ttyS0,115200 quiet init=\"/sbin/in it\" -- single user", "\"a b=c d\" e= =f mod.param=1,2,3 !stop x",
             "ro,size=10%,,mode=0755", "0x1fG", "-123\n", "18446744073709551616", "0-3,8,12-129", "on", "5-", "a*[!b-c]\\*?]\naxxd*?]",
             "*.case_[0-9]\nsuite.case_7", "h\u00e9llo \u20ac \U0001f600", "[\nx"]
    for i, line in enumerate(lines):
        write(f"{folder}/cmdline/{i}", line.encode())
    write(f"{folder}/cmdline/invalid", b"\xe2\x82(\xf0\x90\x8c\xed\xa0\x80\xff\xc3")
    for i in range(24):
        write(f"{folder}/printf/{i}", bytes([0x40 * (i % 4) | i, i, 40 + i, 20, 5, 3, i, 2, 3, 4, 5, 6, 7, 8, 9, 40, 7]) + b"text %q %5 with%-08 more \x80" * 3)


def main():
    folder = sys.argv[1]
    elf_seeds(folder)
    cpio_seeds(folder)
    gzip_seeds(folder)
    zstd_seeds(folder)
    loader_seeds(folder)
    text_seeds(folder)


main()
