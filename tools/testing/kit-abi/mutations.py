# SPDX-License-Identifier: MIT
"""Edits of the kit's headers. Each: a name, and steps (header, regular expression, replacement)."""

# What a module built before (or after) would not survive.
INCOMPATIBLE = [
    ("an argument added", [("ioport", r"(ioport_size\(const struct ioport \*range)", r"\1, u32 more")]),
    ("an argument gone", [("time", r"void msleep\(u32 ms\)", "void msleep(void)")]),
    ("arguments in another order", [("input", r"(void input_report\(struct input_device \*\w+), u32 type, u32 code, s32 value",
                                     r"\1, s32 value, u32 type, u32 code")]),
    ("an argument wider", [("ioport", r"(u8 ioport_read8\(struct ioport \*range,) u32", r"\1 u64")]),
    ("an argument's sign", [("input", r"(void input_report\([^)]*)s32 value", r"\1u32 value")]),
    ("a result wider", [("time", r"bool timer_cancel", "u32 timer_cancel")]),
    ("a result's sign", [("wait", r"int completion_wait", "u32 completion_wait")]),
    ("another structure behind a pointer", [("char", r"char_file_device\(const struct char_file", "char_file_device(const struct char_device")]),
    ("a pointer to a pointer", [("memory", r"kmemdup\(const void \*p", "kmemdup(const void **p")]),
    ("variable arguments gone", [("log", r"(log_print\([^)]*), \.\.\.", r"\1"), ("log", r"__printf\(3, 4\)", "")]),
    ("no prototype", [("time", r"ktime_get_ns\(void\)", "ktime_get_ns()")]),
    ("a callback argument's type", [("time", r"\(\*callback\)\(struct timer \*timer\)", "(*callback)(u64 timer)")]),
    ("same-size fields swapped", [("char", r"(\tconst char \*name;[^\n]*\n)(\tconst char \*class_name;[^\n]*\n)", r"\2\1")]),
    ("a field moved", [("char", r"\tu32 flags;([^\n]*)\n((?:[^\n]*\n)*?)\tu32 nr_commands;\n", r"\2\tu32 nr_commands;\n\tu32 flags;\n")]),
    ("a field's width", [("param", r"\tu16 mode;([^\n]*)\n\tu8 type;([^\n]*)\n\tu8 reserved;", r"\tu8 mode;\n\tu8 type;\n\tu16 reserved;")]),
    ("a field's sign", [("char", r"\tu32 bytes_in, bytes_out;", "\ts32 bytes_in, bytes_out;")]),
    ("a table shrunk", [("char", r"\tu32 \(\*poll\)[^\n]*\n", "")]),
    ("a table in another order", [("device", r"(\tint \(\*probe\)[^\n]*\n)(\tvoid \(\*remove\)[^\n]*\n)", r"\2\1")]),
    ("a field in the middle", [("input", r"(\tvoid \*data;[^\n]*\n)", r"\tvoid *more;\n\1")]),
    ("a field at the end without a marker", [("char", r"(\tvoid \*data;[^\n]*\n)\};", r"\1\tvoid *more;\n};")]),
    ("the marker moved", [("char", r"(\tstruct kit_marker kit_0_1;\n)(\tu32 mode;[^\n]*\n)", r"\2\1")]),
    ("a callback's argument inside a table", [("char", r"(u32 \(\*poll\)\(struct char_file \*file)\)", r"\1, u32 events)")]),
    ("a callback's result inside a table", [("char", r"void \(\*close\)", "int (*close)")]),
    ("a field behind a marker that there is", [("char", r"(\tint \(\*map\)[^\n]*\n)", r"\1\tvoid *more;\n")]),
    ("a field of a later marker's moved before it", [("char", r"(\tstruct kit_marker kit_0_11;\n)((?:\t/\*[^\n]*\n)*\ts64 \(\*run_nested\)[^\n]*\n)", r"\2\1")]),
    ("a later callback's argument", [("char", r"(\*map\)\(struct char_file \*file, struct char_mapping \*mapping), u64 offset, u64 length", r"\1, u64 offset")]),
    ("a buffer in another order", [("char", r"(\tvoid \*data; /\* NULL: its[^\n]*\n(?:\t/\*[^\n]*\n)*)(\tu64 length;\n)", r"\2\1")]),
    ("a structure behind a pointer in a table", [("char", r"bytes_in, bytes_out;", "bytes_out, bytes_in;")]),
    ("a constant's value", [("char", r"CHAR_WRITABLE = 0x04", "CHAR_WRITABLE = 0x40")]),
    ("two constants exchanged", [("log", r"LOG_LEVEL_CRIT = 2", "LOG_LEVEL_CRIT = 3"), ("log", r"LOG_LEVEL_ERR = 3", "LOG_LEVEL_ERR = 2")]),
    ("a constant gone", [("char", r"\tCHAR_URGENT = [^\n]*\n", "")]),
    ("an embedded type's size", [("time", r"u64 private\[20\]", "u64 private[24]")]),
    ("a structure's alignment", [("device", r"^(\tvoid \(\*remove\)\(struct device \*device\);[^\n]*\n\})", r"\1 __aligned(64)")]),
    ("an element of a table wider", [("input", r"\tu16 type, code;", "\tu32 type, code;")]),
    ("the module's descriptor", [("module", r"(\tint \(\*init\)[^\n]*\n)(\tvoid \(\*exit\)[^\n]*\n)", r"\2\1")]),
    ("a function renamed", [("memory", r"\bkzalloc\b", "kzalloc_new"), ("memory", r"^(KIT_HEADER)", r"#define kzalloc kzalloc_new\n\1")]),
]

# What grows when the kit does: all that a module hands over (grown.c). Each gets a field that this kernel does not know.
GROWING = {"char": ("char_params", "char_operations", "char_command", "char_nested"), "device": ("platform_driver",), "input": ("input_params",),
           "attribute": ("attribute",), "pci": ("pci_driver", "pci_id"), "block": ("block_params", "block_operations"),
           "tty": ("tty_port_params", "tty_port_operations"), "filesystem": ("filesystem_operations",), "bus": ("bus_params", "bus_operations"),
           "test": ("test_suite", "test_case")}
GROWN = [(header, r"^(struct " + tag + r" \{\n(?:[^\n}]*\n)*)\};", r"\1\tstruct kit_marker kit_0_99;\n\tu64 more;\n};")
         for header, tags in GROWING.items() for tag in tags]

# What must raise no alarm.
COMPATIBLE = [
    ("a typedef renamed", [("*", r"\bsector_t\b", "sector_number_t"), ("*", r"\bdma_addr_t\b", "device_addr_t"), ("*", r"\bu16\b", "half_t")]),
    ("a type in other words", [("*", r"\bssize_t \(\*read\)", "s64 (*read)"), ("ioport", r"\bu32\b", "unsigned int")]),
    ("a parameter renamed", [("time", r"\bcallback\b", "function"), ("ioport", r"\boffset\b", "where")]),
    ("a field behind a new marker", [("char", r"(\tint \(\*map\)[^\n]*\n)", r"\1\tstruct kit_marker kit_0_99;\n\tvoid *more;\n")]),
    ("a field behind a new marker of a structure that came later", [("char", r"(\tu32 most_bytes;[^\n]*\n\tu32 reserved;[^\n]*\n)", r"\1\tstruct kit_marker kit_0_99;\n\tvoid *more;\n")]),
    ("a new function", [("time", r"(\nstruct timer \{)", r"\n/* Since 0.99. */\nvoid new_function(u32 n) KIT_SYMBOL(new_function);\n\1")]),
    ("a new constant", [("char", r"(\n\};\n\n/\* One ioctl)", r"\n\tkit_char_since_0_99 = 0,\n\tCHAR_NEW = 0x100,\1")]),
    ("a comment", [("char", r"/\* opaque \*/", "/* nobody looks inside */")]),
    ("declarations in another order", [("memory", r"(\nvoid kfree[^\n]*)(\n[^\0]*?)(\nvoid vfree[^\n]*)", r"\3\2\1")]),
    ("a qualifier", [("memory", r"void kfree\(const void", "void kfree(void")]),
]
