#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""With the debug options off the objects are those of a source that has no hooks for them.

    identical.py SCRATCH [--whole]      TAP without a plan, of the build in $O; --whole: every object, not only those that speak of hooks

From the tree two others are made in SCRATCH:

    without     what depends on the options of kernel/Kconfig.debug and Kconfig.sanitize is resolved as if they did not exist; functions and
                macros that do nothing then, the hooks, are deleted with all calls of them, and so are structures that are empty then
    control     each hook is there and does something: a no-op, and a word in a section of its own that says which it is

A command of the build gives the same object in the tree and in `without`, byte for byte, debug information apart. In `control` it must
give another one, and each hook must be seen in one of these: so the comparison notices any hook.
"""

import concurrent.futures
import os
import re
import shutil
import subprocess
import sys

OUT = os.path.abspath(os.environ.get("O") or ".")
FOLDERS = ("arch", "kernel", "lib", "mm", "fs", "drivers", "modules", "include")
# In these two files, but no detectors.
OTHERS = {"KALLSYMS", "KALLSYMS_ALL", "IMAGE_SIZE_LIMIT", "KTEST", "MODULE_CALLS", "TRACING"}
# Macros that are defined when an option is on.
ALIASES = {"KIT_LIST_CHECKS"}
# Named in nearly every file: of these some are enough for the short run.
EVERYWHERE = {"might_sleep", "assert_spin_locked"}
NOTHING = re.compile(r"\(\(void\)0\)|\(\(void\)\(\w+\)\)|do \{ \} while \(0\)")
CONSTANT = re.compile(r"true|false|0|NULL")
FUNCTION = re.compile(r"^static (?:inline|__always_inline) (?P<type>[\w ]+[ *])(?P<name>\w+)\((?P<params>[^{};]*)\)[^{};=]*\{(?P<body>[^{}]*)\}", re.M)
MACRO = re.compile(r"^#define (?P<name>\w+)\((?P<params>[^)]*)\)[ \t]+(?P<body>.*?)[ \t]*(?:/\*.*)?$", re.M)


def options():
    names = set()
    for path in ("kernel/Kconfig.debug", "kernel/Kconfig.sanitize"):
        with open(path, encoding="utf-8") as f:
            names |= set(re.findall(r"^config (\w+)", f.read(), re.M))
    return {"CONFIG_" + name for name in names - OTHERS} | ALIASES


OPTIONS = options()


def lines_of(text):
    """What is left of a deleted text: its line ends, since messages have line numbers."""
    return "\n" * text.count("\n")


def masked(text):
    """The same length, with blanks in the place of comments and of what stands in quotes."""
    def blank(match):
        return re.sub(r"[^\n]", " ", match[0])
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', blank, text, flags=re.S)


def closing(mask, at):
    """Where what opens at a position closes."""
    depth = 0
    while at < len(mask):
        depth += (mask[at] in "([{") - (mask[at] in ")]}")
        if not depth:
            return at
        at += 1
    raise ValueError("does not close")


def split(text, operator):
    """At the operator, outside of parentheses."""
    parts, depth, start, at = [], 0, 0, 0
    mask = masked(text)
    while at < len(mask):
        depth += (mask[at] in "([{") - (mask[at] in ")]}")
        if not depth and mask.startswith(operator, at):
            parts.append(text[start:at])
            at += len(operator)
            start = at
        else:
            at += 1
    return parts + [text[start:]]


class File:
    """A source file whose dependence on the options is resolved; hooks: name: what it is, a constant or "" (nothing)."""

    def __init__(self, path):
        self.path = path
        with open(path, encoding="utf-8", errors="surrogateescape") as f:
            self.text = f.read()
        self.touched = set()            # lines that depended on an option
        self.hooks, self.places, self.empty = {}, [], set()
        self.deleted = 0
        if any(option in self.text for option in OPTIONS):
            self._resolve()
            self._find_hooks()

    def _resolve(self):
        """Conditionals on the options are gone, and so is what they leave out."""
        lines = self.text.split("\n")
        stack = []                      # of a conditional: None: not ours; else [begins, live]
        for at, line in enumerate(lines):
            word = re.match(r"#\s*(\w+)\s*(.*)", line)
            word, rest = (word[1], word[2]) if word else ("", "")
            ours = False
            if word in ("ifdef", "ifndef", "if"):
                value = self._value(word, rest)
                stack.append(None if value is None else [at, value])
                ours = value is not None
            elif word in ("else", "endif") and stack and stack[-1]:
                ours = True
                if word == "endif":
                    self.touched |= set(range(stack.pop()[0], at + 1))
                else:
                    stack[-1][1] = not stack[-1][1]
            elif word == "endif":
                stack.pop()
            elif word == "elif" and stack[-1]:
                raise ValueError(f"{self.path}:{at + 1}: #elif of a debug option")
            if ours or any(each and not each[1] for each in stack):
                lines[at] = ""
        text = "\n".join(lines)
        for match in re.finditer(r"IS_ENABLED\((\w+)\)", text):
            if match[1] in OPTIONS:
                self.touched.add(text.count("\n", 0, match.start()))
        self.text = re.sub(r"IS_ENABLED\((\w+)\)", lambda m: "false" if m[1] in OPTIONS else m[0], text)
        self.edit({})                   # what was only IS_ENABLED's

    @staticmethod
    def _value(word, rest):
        """What a conditional comes to; None: it asks for something else, too."""
        rest = re.sub(r"/\*.*", "", rest).strip()
        if word != "if":
            return (word == "ifndef") if rest in OPTIONS else None
        left = re.sub(r"(?:defined|IS_ENABLED)\s*\(?\s*(\w+)\s*\)?", lambda m: "False" if m[1] in OPTIONS else m[0], rest)
        left = left.replace("&&", " and ").replace("||", " or ").replace("!", " not ")
        if left == rest or re.search(r"\b(?!False\b|and\b|or\b|not\b)\w", left):
            return None
        return bool(eval(left))         # pylint: disable=eval-used

    def _find_hooks(self):
        """Definitions that nothing is left of. A function that only calls another with its own parameters becomes that call."""
        mask = masked(self.text)
        for match in FUNCTION.finditer(mask):
            if not self._is_touched(match):
                continue
            body = re.sub(r"\s+", " ", self.text[match.start("body"):match.end("body")] if match["body"].strip() else "").strip()
            value = re.fullmatch(r"return (?:false \? [^?:]* : )?(\w+);", body)
            if not body:
                self._hook(match, "")
            elif value and CONSTANT.fullmatch(value[1]):
                self._hook(match, value[1])
        for match in MACRO.finditer(self.text):
            if self._is_touched(match) and (NOTHING.fullmatch(match["body"]) or CONSTANT.fullmatch(match["body"])):
                self._hook(match, "" if NOTHING.fullmatch(match["body"]) else match["body"])
        self.empty = set(re.findall(r"^struct (\w+) \{\s*\};", mask, re.M))

    def _is_touched(self, match):
        first = self.text.count("\n", 0, match.start())
        return bool(self.touched & set(range(first, first + match[0].count("\n") + 1)))

    def _hook(self, match, value):
        self.hooks[match["name"]] = value
        self.places.append((match.start(), match.end(), match["name"]))

    def names(self):
        """All that it speaks of, but for the hooks that it defines."""
        mask = masked(self.text)
        for start, end, _ in sorted(self.places, reverse=True):
            mask = mask[:start] + mask[end:]
        return set(re.findall(r"\w+", mask))

    def edit(self, hooks, empty=()):
        """Deletes calls of the hooks, the decisions that they stood for, and members of empty structures."""
        if empty:
            self.text = re.sub(rf"^[ \t]+struct (?:{'|'.join(empty)}) \w+;.*$", "", self.text, flags=re.M)
        mask = masked(self.text)
        words = "|".join([*hooks, "false"])
        if not re.search(rf"\b(?:{words})\b", mask):
            return
        for match in reversed(list(re.finditer(r"\b(?:if(?= \()|return\b)", mask))):
            self._simplify_at(match, hooks)
        mask = masked(self.text)
        nothing = "|".join(name for name, value in hooks.items() if not value)
        for match in reversed(list(re.finditer(rf"(?<=[;{{}})\s])\b(?:{nothing})\(", mask)) if nothing else []):
            end = closing(mask, match.end() - 1) + 1
            before = mask[:match.start()].rstrip()
            if mask[end:end + 1] == ";" and (before[-1:] in ";{})" or re.search(r"\belse$|\w:$|\*/$", before)):
                self._replace(match.start(), end, "")

    def _replace(self, start, end, text):
        self.deleted += 1
        lost = self.text.count("\n", start, end) - text.count("\n")
        self.text = self.text[:start] + text + "\n" * lost + self.text[end:]

    def _simplify_at(self, match, hooks):
        mask = masked(self.text[match.start():])
        offset = match.start()
        if match[0] == "if":
            begin = mask.index("(") + 1
            end = closing(mask, begin - 1)
        else:
            begin, end = len("return"), mask.find(";")
            if end < 0:
                return
        condition = self.text[offset + begin:offset + end]
        if not set(re.findall(r"\w+", condition)) & {"false", *hooks}:
            return
        simple = simplified(condition, hooks)
        if simple.strip() == condition.strip():
            return
        if match[0] == "return":
            self._replace(offset + begin, offset + end, " " + simple.strip())
        elif simple == "true":
            self._replace(offset, offset + end + 1, "")
        elif simple == "false":
            end = statement_end(mask, end + 1)
            rest = re.compile(r"\s*else\b").match(mask, end)
            self._replace(offset, offset + (rest.end() if rest else end), "" if rest else ";")
        else:
            self._replace(offset + begin, offset + end, simple)

    def define_hooks(self, how):
        """The definitions become macros or functions."""
        for start, end, name in sorted(self.places, reverse=True):
            old = self.text[start:end]
            self.text = self.text[:start] + how(old, name, self.hooks[name]) + self.text[end:]


def statement_end(mask, at):
    at += len(mask[at:]) - len(mask[at:].lstrip())
    if mask[at] == "{":
        return closing(mask, at) + 1
    head = re.compile(r"(?:if|for|while|switch) \(").match(mask, at)
    if not head:
        while mask[at] != ";":
            at = closing(mask, at) + 1 if mask[at] in "([{" else at + 1
        return at + 1
    end = statement_end(mask, closing(mask, head.end() - 1) + 1)
    rest = re.compile(r"\s*else\b").match(mask, end)
    return statement_end(mask, rest.end()) if rest and head[0].startswith("if") else end


def simplified(text, hooks):
    """An expression without the hooks in it: "true", "false", or what is left."""
    word = text.strip()
    if word in ("true", "false"):
        return word
    wrapped = re.match(r"(un)?likely\(|\(", word)
    if wrapped and closing(masked(word), wrapped.end() - 1) == len(word) - 1:
        inner = simplified(word[wrapped.end():-1], hooks)
        return inner if inner in ("true", "false") else f"{word[:wrapped.end()]}{inner})"
    if word.startswith("!") and len(split(word, "&&")) == len(split(word, "||")) == len(split(word, "?")) == 1:
        inner = simplified(word[1:], hooks)
        return {"true": "false", "false": "true"}.get(inner, "!" + inner)
    question = split(word, "?")
    if len(question) == 2:
        condition, branches = simplified(question[0], hooks), split(question[1], ":")
        return branches[condition == "false"].strip() if condition in ("true", "false") and len(branches) == 2 else text
    if len(question) > 1:
        return text
    for operator, ends, drops in (("||", "true", "false"), ("&&", "false", "true")):
        parts = split(text, operator)
        if len(parts) > 1:
            simple = [simplified(part, hooks) for part in parts]
            # What stood in front of a known end is evaluated still.
            left = [part for part in simple if part.strip() != drops]
            if ends == left[0].strip() if left else False:
                return ends
            return operator.join(left) if left else drops
    call = re.match(r"(\w+)\(", word)
    if call and hooks.get(call[1]) in ("true", "false") and closing(masked(word), call.end() - 1) == len(word) - 1:
        return hooks[call[1]]
    return text


def as_macro(old, name, value):
    return f"#define {name}(...) {value or '((void)0)'}" + lines_of(old)


def as_control(old, name, value):
    does = f'__asm__ volatile("nop; .pushsection .hooks; .ascii \\"{name} \\"; .popsection")'
    if old.startswith("#"):
        head = re.match(r"#define \w+\([^)]*\)", old)[0]
        return f"{head} ({{ {does}; {value or '(void)0'}; }})"
    head = old[:masked(old).rindex("{")].replace("static inline", "static inline __attribute__((always_inline))")
    return head + f"{{ {does};{f' return {value};' if value else ''} }}" + "\n" * (old.count("\n") - head.count("\n"))


class Trees:
    """The two trees."""

    def __init__(self, scratch):
        self.files = [File(os.path.join(at, name)) for folder in FOLDERS for at, _, names in os.walk(folder, followlinks=False)
                      for name in names if name.endswith((".c", ".h", ".S")) and not os.path.islink(os.path.join(at, name))]
        self.hooks, empty = {}, set()
        for file in self.files:
            self.hooks |= file.hooks
            empty |= file.empty
        self.named = {file.path: file.names() & self.hooks.keys() for file in self.files}
        self.roots = {name: os.path.join(scratch, name) for name in ("without", "control")}
        for file in self.files:
            kept = file.text
            file.define_hooks(as_control)
            self._write("control", file)
            file.text = kept
            file.define_hooks(as_macro)
            file.edit(self.hooks, empty)
            self._write("without", file)
        for root in self.roots.values():
            self._link(root)

    def _write(self, tree, file):
        path = os.path.join(self.roots[tree], file.path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8", errors="surrogateescape") as f:
            f.write(file.text)

    def _link(self, root):
        """What is no source of ours: links to it, those of the generated folder as they are."""
        for folder in FOLDERS:
            for at, folders, names in os.walk(folder):
                for name in names + [each for each in folders if os.path.islink(os.path.join(at, each))]:
                    path, new = os.path.join(at, name), os.path.join(root, at, name)
                    if os.path.lexists(new) or name.endswith((".o", ".cmd", ".d", ".ko")):
                        continue
                    os.makedirs(os.path.dirname(new), exist_ok=True)
                    os.symlink(self._target(path, root), new)
        for name in os.listdir("."):
            if not os.path.lexists(os.path.join(root, name)):
                os.symlink(os.path.abspath(name), os.path.join(root, name))


    @staticmethod
    def _target(path, root):
        """Links into the source (the kit's folder as modules see it) go into this tree."""
        if not os.path.islink(path):
            return os.path.abspath(path)
        target = os.readlink(path)
        return root + target.removeprefix(os.getcwd()) if target.startswith(os.getcwd() + "/") else target


def result(ok, text, notes=()):
    for note in [] if ok else list(notes)[:40]:
        print("# " + note)
    print(("ok - " if ok else "not ok - ") + text)


def commands():
    """source: the command that makes its object, and the object."""
    found = {}
    for folder in FOLDERS:
        for at, _, names in os.walk(os.path.join(OUT, folder)):
            for name in names:
                if not re.fullmatch(r"\..*\.o\.cmd", name) or name.endswith(".mod.o.cmd"):
                    continue
                with open(os.path.join(at, name), encoding="utf-8") as f:
                    command = f.readline().partition(" := ")[2].strip().replace("$$", "$").replace("\\#", "#")
                source = command.rsplit(" ", 1)[-1]
                if re.fullmatch(r"[\w/.-]+\.[cS]", source) and not source.startswith("/") and os.path.exists(source):
                    found[source] = re.sub(r" -MD -MF \S+| -o \S+", "", command), os.path.join(at, name[1:-4])
    return found


def without_numbers(path):
    """The object's bytes when the compiler's own names (CSWTCH.85) have no number that counts the source's declarations."""
    names = subprocess.run(["nm", "-p", path], capture_output=True, text=True, check=True).stdout.split()
    counted = [name for name in names if re.fullmatch(r"\w+\.\d+", name)]
    words = [f"--redefine-sym={name}={name.split('.')[0]}.#{at}" for at, name in enumerate(counted)]
    subprocess.run(["objcopy", *words, path], check=True)
    with open(path, "rb") as f:
        return f.read()


class Comparison:
    def __init__(self, scratch, found):
        self.scratch, self.found = scratch, found

    def compile(self, source, root, tree):
        """The object's path; its command runs in the tree's folder, with the same names."""
        name = os.path.join(self.scratch, tree + "-" + source.replace("/", "-") + ".o")
        command = f"{self.found[source][0]} -w -g0 -ffile-prefix-map={root}=. -o {name}"
        done = subprocess.run(command, shell=True, cwd=root, capture_output=True, text=True, check=False)
        return (None, done.stderr) if done.returncode else (name, "")

    def one(self, source, roots):
        """(is the same, differs in the control, hooks seen there, notes)."""
        objects = {}
        for tree, root in {"with": os.getcwd(), **roots}.items():
            objects[tree], errors = self.compile(source, root, tree)
            if errors:
                return False, False, set(), [f"{source} in {tree}: {line}" for line in errors.splitlines()[:5]]
        data = {}
        for tree, path in objects.items():
            with open(path, "rb") as f:
                data[tree] = f.read()
        words = subprocess.run(["objcopy", "-O", "binary", "--only-section=.hooks", "--set-section-flags", ".hooks=alloc",
                                objects["control"], objects["control"] + ".hooks"], capture_output=True, check=False)
        seen = set()
        if not words.returncode and os.path.exists(objects["control"] + ".hooks"):
            with open(objects["control"] + ".hooks", encoding="ascii") as f:
                seen = set(f.read().split())
            os.remove(objects["control"] + ".hooks")
        numbered = {}
        for tree in ("with", "without") if data["with"] != data["without"] else ():
            numbered[tree] = without_numbers(objects[tree])
        for path in objects.values():
            os.remove(path)
        same = data["with"] == data["without"] or numbered["with"] == numbered["without"]
        return same, data["with"] != data["control"], seen, [] if same else [source]


def instrumented(found):
    """Objects that call what instrumented code calls, or are made by a command that asks for it."""
    objects = [path for _, path in found.values() if os.path.exists(path)]
    names = subprocess.run(["nm", "-uA", *objects], capture_output=True, text=True, check=False).stdout
    return [line for line in names.splitlines() if re.search(r" U __(asan|ubsan|sanitizer_cov|gcov)_", line)] + \
        [source for source, (command, _) in found.items() if re.search(r"-fsanitize|-fprofile-arcs", command)]


def chosen(found, named):
    """Sources that name a hook, and of those of the ones that are everywhere a few."""
    speaking = [source for source in sorted(found) if named.get(source)]
    often = [source for source in speaking if named[source] <= EVERYWHERE]
    return sorted(set(speaking) - set(often[3:]))


def main():
    scratch, whole = os.path.abspath(sys.argv[1]), "--whole" in sys.argv[2:]
    found = commands()
    wrong = instrumented(found)
    result(found and not wrong, f"none of {len(found)} objects is instrumented", wrong)
    shutil.rmtree(scratch, ignore_errors=True)
    trees = Trees(scratch)
    sources = sorted(found) if whole else chosen(found, trees.named)
    comparison = Comparison(scratch, found)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        all_of = list(pool.map(lambda source: comparison.one(source, trees.roots), sources))
    deleted = sum(file.deleted for file in trees.files)
    result(sources and all(same for same, _, _, _ in all_of),
           f"{len(sources)} objects are the same without {len(trees.hooks)} hooks of debug options ({deleted} places deleted)",
           [note for *_, notes in all_of for note in notes])
    seen = set().union(*(hooks for *_, hooks, _ in all_of))
    blind = [source for source, (_, differs, hooks, _) in zip(sources, all_of) if hooks and not differs]
    result(not blind and sum(differs for _, differs, _, _ in all_of) > 5, "where a hook does something, the object is another", blind)
    # What only files of the options themselves call stands nowhere; what only headers call is there for sure in a whole run.
    called = set().union(*(names for path, names in trees.named.items() if path in sources or whole and path.endswith(".h")))
    dead = sorted(called - seen)
    result(called and not dead, f"{len(called)} hooks are called, each in code that is made", dead)


main()
