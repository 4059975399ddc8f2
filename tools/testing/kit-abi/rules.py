# SPDX-License-Identifier: MIT
"""Each rule of scripts/check-kit, broken on purpose: the word of the complaint, and edits (header, regular expression, replacement)."""

END = r"(\nKIT_HEADER)"
BROKEN = [
    ("field", "a field of type int", [("char", r"\tu32 mode;", "\tint mode;")]),
    ("field", "a size_t", [("char", r"\tu32 mode;", "\tsize_t mode;")]),
    ("field", "an enumeration as a field's type", [("char", r"\tu32 flags;", "\tenum kit_char_constants flags;")]),
    ("field", "a bit-field", [("char", r"\tu32 mode;", "\tu32 mode : 31;")]),
    ("head", "no size in front", [("char", r"\tu32 size;([^\n]*sizeof\(struct char_params\)[^\n]*)\n(\tstruct kit_marker kit_0_1;)\n", r"\2\n\tu32 size;\n")]),
    ("head", "something between size and marker", [("char", r"(\tstruct kit_marker kit_0_1;\n)(\tu32 mode;[^\n]*\n)", r"\2\1")]),
    ("growth", "a new field in old padding", [("input", r"(\tbool autorepeat;[^\n]*\n)", r"\1\tstruct kit_marker kit_0_99;\n\tbool more;\n")]),
    ("header", "a marker behind a younger one", [("char", r"(\tvoid \*data;[^\n]*\n)\};", r"\1\tstruct kit_marker kit_0_0;\n\tvoid *more;\n};")]),
    ("embedded", "a growing structure embedded", [("char", r"\tconst struct char_operations \*operations;", "\tstruct char_operations operations;")]),
    ("reach", "a structure that nothing reaches", [("time", END, r"\nstruct nowhere {\n\tu32 a;\n};\n\1")]),
    ("reach", "a structure without a marker", [("input", r"\tstruct kit_marker kit_0_1;\t/\* at the end[^\n]*\n", "")]),
    ("constants", "a second enumeration", [("char", END, r"\nenum more {\n\tMORE = 1,\n};\n\1")]),
    ("constants", "a number by #define", [("char", END, r"\n#define CHAR_MORE 0x10\n\1")]),
    ("variable", "an exported variable", [("time", END, r"\nextern u64 jiffies;\n\1")]),
    ("varargs", "variable arguments", [("time", r"void udelay\(u32 us\)", "void udelay(u32 us, ...)")]),
    ("varargs", "no prototype", [("time", r"ktime_get_ns\(void\)", "ktime_get_ns()")]),
    ("name", "a name of 56 characters", [("time", END, "\n/* Since 0.1. */\nvoid " + "n" * 52 + "(void) KIT_SYMBOL(" + "n" * 52 + r");\n\1")]),
    ("name", "too many functions", [("time", END, "".join(f"\n/* Since 0.1. */\nvoid many{i}(void) KIT_SYMBOL(many{i});" for i in range(251)) + r"\n\1")]),
    ("config", "an option in a header", [("lock", r"u64 private\[4\];", "u64 private[4];\n#ifdef CONFIG_DEBUG\n\tu64 more;\n#endif")]),
    ("inline", "an inline function that reads per-CPU data",
     [("time", END, r'\nstatic inline u64 peek(void)\n{\n\tu64 v;\n\n\t__asm__ volatile("movq %%gs:0, %0" : "=r"(v));\n\treturn v;\n}\n\1')]),
    ("inline", "an inline function that turns interrupts off",
     [("time", END, r'\nstatic inline void quiet(void)\n{\n\t__asm__ volatile("cli");\n}\n\1')]),
    ("alone", "a header that needs another", [("module", r"#include <kit/param.h>\n", "struct kit_param;\n")]),
    ("header", "no end", [("time", r"^KIT_HEADER_PLAIN\(time[^\n]*\n", "")]),
    ("header", "a state that is not the number's", [("time", r"State: \w+", "State: neither"), ]),
    ("comment", "a function without a since", [("time", r"/\* Nanoseconds since boot, never set back. Any context. Since 0.1. \*/", "/* A clock. */")]),
]
