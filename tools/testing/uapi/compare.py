#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Compare include/uapi with Linux's user-visible headers.

    tools/testing/uapi/compare.py [HEADER...]      (names as in include/uapi, default: all)

What there is to compare is read out of our headers, so nothing can be forgotten: every macro, enumerator, typedef,
structure and field. Each name is compiled twice, with our header as the kernel sees it (freestanding, no host
header) and with Linux's headers, into tables of values, which must be equal.

The file `headers` beside this says which of Linux's headers hold the same names, and which names are not there:

    stat.h: linux/stat.h asm/stat.h         the counterpart; a word with = is defined as a macro first
    or sys/stat.h                           where else to look for what is not there: the C library's headers
    with uapi/types.h                       what our header needs before it
    alias si_* siginfo_t                    these macros are fields of that type
    only NAME... # reason                   not in Linux's headers (shell patterns; STRUCT.FIELD for a field)
    differs NAME... # reason                there, but not comparable

An exception that is not needed fails the test, so the lists cannot rot. Structures are found by clang.
"""

import fnmatch
import json
import os
import re
import subprocess
import sys
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
UAPI = os.path.join(TOP, "include/uapi")
CC = os.environ.get("CC") or "gcc"
OURS = ["-std=gnu11", "-ffreestanding", "-nostdinc", "-I" + os.path.join(TOP, "include"), "-isystem"]
DEFINE = re.compile(r"^[ \t]*#[ \t]*define[ \t]+(\w+)(\([^)]*\))?[ \t]*(.*?)[ \t]*(?:/\*.*)?$", re.MULTILINE)
# What stands in for the parameters of a function-like macro, by their names or in order.
ARGUMENTS = ["0x1234", "5", "7", "9"]
TYPE_PARAMETERS = {"arg"}


class Header:
    """One of our headers, and what the file `headers` says of it."""

    def __init__(self, name):
        self.name = name
        self.linux = [[]]       # sets of headers, looked through in turn
        self.needs = []         # our headers included before
        self.aliases = []       # (pattern, type)
        self.only = {}          # pattern: used
        self.differs = {}

    def excused(self, table, name):
        hits = [p for p in table if fnmatch.fnmatchcase(name, p)]
        for pattern in hits:
            table[pattern] = True
        return bool(hits)

    def unused(self):
        return [p for table in (self.only, self.differs) for p, used in table.items() if not used]


def read_map(path):
    headers, header = {}, None
    with open(path, encoding="utf-8") as f:
        for number, line in enumerate(f, 1):
            text, _, reason = line.partition("#")
            words = text.split()
            if not words:
                continue
            if words[0].endswith(":"):
                header = headers[words[0][:-1]] = Header(words[0][:-1])
                header.linux = [words[1:]]
            elif words[0] == "or":
                header.linux.append(words[1:])
            elif words[0] == "with":
                header.needs += words[1:]
            elif words[0] == "alias":
                header.aliases.append((words[1], " ".join(words[2:])))
            elif words[0] in ("only", "differs"):
                if not reason.strip():
                    sys.exit(f"{path}:{number}: give the reason")
                table = header.only if words[0] == "only" else header.differs
                table.update((word, False) for word in words[1:])
            else:
                sys.exit(f"{path}:{number}: {words[0]}?")
    return headers


def run(command, **kwargs):
    return subprocess.run(command, capture_output=True, text=True, check=False, **kwargs)


def strip_comments(text):
    return re.sub(r"/\*.*?\*/", lambda m: "\n" * m[0].count("\n") or " ", text, flags=re.DOTALL)


# --- what our header has ---

def syntax_tree(name):
    """clang's, of one header."""
    command = ["clang", "-fsyntax-only", "-Xclang", "-ast-dump=json", *OURS, compiler_include("clang"), "-x", "c", "-"]
    done = run(command, input=f"#include <uapi/{name}>\n", cwd=TOP)
    if done.returncode:
        sys.exit(done.stderr)
    return json.loads(done.stdout)


def compiler_include(compiler):
    return run([compiler, "-print-file-name=include"]).stdout.strip()


def fields_of(record, prefix=""):
    """Paths of all fields, those of nested structures too."""
    nested = {}
    for node in record.get("inner", []):
        if node["kind"] == "RecordDecl":
            nested[node["id"]] = node
            last = node
        elif node["kind"] == "FieldDecl" and "name" in node:
            yield prefix + node["name"], "[]" in node["type"]["qualType"].replace(" ", "")
            kind = node["type"].get("qualType", "")
            if nested and ("unnamed" in kind or "anonymous" in kind) and "*" not in kind and "[" not in kind:
                yield from fields_of(last, prefix + node["name"] + ".")
        elif node["kind"] == "FieldDecl" and node.get("isImplicit"):
            yield from fields_of(last, prefix)


def items_of(header):
    """(name shown, expression or None, kind) of all that our header defines."""
    with open(os.path.join(UAPI, header.name), encoding="utf-8") as f:
        text = f.read()
    bare = strip_comments(text)
    items = []
    for match in DEFINE.finditer(re.sub(r"\\\n", " ", bare)):
        name, parameters, body = match.groups()
        if name.startswith("UAPI_") or not body and not parameters:
            continue
        alias = next((t for pattern, t in header.aliases if fnmatch.fnmatchcase(name, pattern)), None)
        if alias:
            items.append((name, f"__builtin_offsetof({alias}, {name})"))
        elif parameters:
            names = [p.strip() for p in parameters[1:-1].split(",")]
            arguments = ", ".join("int" if p in TYPE_PARAMETERS else ARGUMENTS[i] for i, p in enumerate(names))
            items.append((name, f"(long long)({name}({arguments}))"))
        elif body.startswith('"'):
            items.append((name, f"sizeof({name}) * 65536 + ({name})[0] * 256 + ({name})[sizeof({name}) - 2]"))
        else:
            items.append((name, f"(long long)({name})"))
    items += declared_items(header, bare)
    return items


def declared_items(header, bare):
    items = []
    for node in syntax_tree(header.name)["inner"]:
        name = node.get("name")
        if node["kind"] == "RecordDecl" and name and node.get("completeDefinition") and \
                re.search(rf"\b{node['tagUsed']} {name} {{", bare):
            kind = f"{node['tagUsed']} {name}"
            items.append((kind, f"sizeof({kind})"))
            for path, flexible in fields_of(node):
                items.append((f"{name}.{path}", f"__builtin_offsetof({kind}, {path})"))
                if not flexible:
                    items.append((f"{name}.{path}", f"sizeof((({kind} *)0)->{path})"))
        elif node["kind"] == "EnumDecl":
            for constant in node.get("inner", []):
                if constant["kind"] == "EnumConstantDecl" and re.search(rf"\b{constant['name']}\b", bare):
                    items.append((constant["name"], constant["name"]))
        elif node["kind"] == "TypedefDecl" and re.search(rf"\b{name}(\[|\)|;|__)|\(?\*?{name}\)?;", bare) and \
                re.search(rf"typedef\b[^;]*\b{name}\b|}}[^;]*\b{name}\b[^;]*;", bare):
            items.append((name, f"sizeof({name})"))
    return [item for item in items if not (item[1] == "sizeof(__signalfn_t)" or item[1] == "sizeof(__restorefn_t)")]


# --- values ---

def evaluate(items, prologue, flags, folder, tag):
    """{index: value}, and {index: what the compiler said} of those that do not compile."""
    wrong = {}
    table_source = os.path.join(folder, tag + ".c")
    while True:
        lines = [prologue, "const struct value { int index; unsigned long long value; } values_[] = {"]
        start = prologue.count("\n") + 3
        kept = [i for i in range(len(items)) if i not in wrong]
        lines += [f"{{ {i}, (unsigned long long)({items[i][1]}) }}," for i in kept]
        lines += ["{ -1, 0 } };\n"]
        with open(table_source, "w", encoding="utf-8") as f:
            f.write("\n".join(lines))
        done = run([CC, "-w", "-fmax-errors=0" if "clang" not in CC else "-ferror-limit=0", *flags, "-c",
                    "-o", table_source + ".o", table_source])
        if not done.returncode:
            break
        errors = re.findall(rf"^{re.escape(table_source)}:(\d+):\d+: (?:fatal )?error: (.*)$", done.stderr, re.MULTILINE)
        hits = {kept[int(line) - start]: text for line, text in errors if 0 <= int(line) - start < len(kept)}
        # An error in a macro's definition is reported there, with a note at the place of use.
        for line in re.findall(rf"^{re.escape(table_source)}:(\d+):\d+: note: (?:in expansion|expanded)", done.stderr, re.MULTILINE):
            if 0 <= int(line) - start < len(kept):
                hits.setdefault(kept[int(line) - start], "does not compile")
        if not hits:
            sys.exit(done.stderr)
        wrong.update(hits)
    return print_values(table_source + ".o", folder), wrong


def print_values(table_object, folder):
    printer = os.path.join(folder, "print")
    with open(printer + ".c", "w", encoding="utf-8") as f:
        f.write("#include <stdio.h>\nextern const struct { int index; unsigned long long value; } values_[];\n"
                'int main(void) { for (int i = 0; values_[i].index >= 0; i++) printf("%d %llx\\n", values_[i].index, values_[i].value); }\n')
    done = run([CC, "-o", printer, printer + ".c", table_object])
    if done.returncode:
        sys.exit(done.stderr)
    pairs = (line.split() for line in run([printer]).stdout.splitlines())
    return {int(index): int(value, 16) for index, value in pairs}


def linux_prologue(words):
    return "#define _GNU_SOURCE\n" + "".join(
        f"#define {w.replace('=', ' ')}\n" if "=" in w else f"#include <{w}>\n" for w in words)


def compare(header, folder):
    """Lines that say what is wrong, and how much was compared."""
    items = items_of(header)
    prologue = "".join(f"#include <{h}>\n" for h in [*header.needs, f"uapi/{header.name}"])
    ours, our_errors = evaluate(items, prologue, [*OURS, compiler_include(CC)], folder, "ours")
    linux, linux_errors = {}, {}
    for words in header.linux:
        left = [i for i in range(len(items)) if i not in linux]
        values, linux_errors = evaluate([items[i] for i in left], linux_prologue(words), [], folder, "linux")
        linux.update((left[i], value) for i, value in values.items())
        linux_errors = {left[i]: text for i, text in linux_errors.items()}
    problems, compared = [], 0
    for index, (name, expression) in enumerate(items):
        if index in our_errors:
            if not header.excused(header.differs, name) and not header.excused(header.only, name):
                problems.append(f"{name}: ours does not compile: {our_errors[index]}")
        elif index in linux_errors:
            if not header.excused(header.only, name):
                problems.append(f"{name}: not in Linux's headers: {linux_errors[index]}")
        elif ours[index] != linux[index]:
            if not header.excused(header.differs, name):
                problems.append(f"{name}: {expression} is {ours[index]:#x}, Linux has {linux[index]:#x}")
        else:
            compared += 1
    problems += [f"{pattern}: the exception is not needed" for pattern in header.unused()]
    return problems, compared


def main():
    names = sys.argv[1:] or sorted(n for n in os.listdir(UAPI) if n.endswith(".h"))
    headers = read_map(os.path.join(os.path.dirname(os.path.abspath(__file__)), "headers"))
    print(f"1..{len(names)}")
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for number, name in enumerate(names, 1):
            if name in headers:
                problems, compared = compare(headers[name], folder)
            else:
                problems, compared = ["its counterpart is not named"], 0
            for problem in problems:
                print("# " + problem)
            failed += bool(problems)
            print(f"{'not ' if problems else ''}ok {number} {name} ({compared} values)", flush=True)
    for name in sorted(set(headers) - set(os.listdir(UAPI))):
        print(f"# {name}: named in `headers` only")
        failed += 1
    return 1 if failed else 0


sys.exit(main())
