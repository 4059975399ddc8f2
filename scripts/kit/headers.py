# SPDX-License-Identifier: MIT
"""Kit headers as data: functions with their comments and facts, structures, constants and macros as they stand.

A header is a row of comments, empty lines, directives and declarations. A comment in front of a declaration holds for it and for those that follow
without an empty line; one behind it on its line is its own and is read after the one in front.
"""

import os
import re

TOKEN = re.compile(r"(?P<comment>/\*.*?\*/)|(?P<directive>^[ \t]*#(?:[^\n\\]|\\.|\\\n)*)|(?P<blank>\n[ \t]*(?=\n))|(?P<space>\s+)",
                   flags=re.S | re.M)
FUNCTION = re.compile(r"^(?P<result>[\w\s*]*?[\s*])(?P<name>\w+)\((?P<parameters>.*?)\)\s*(?:;|\{.*\})$", flags=re.S)
ATTRIBUTES = re.compile(r"\bKIT_(?:PLAIN_)?SYMBOL\(\w+\)|\b__must_check\b|\b__printf\([^()]*\)|__attribute__\(\([^()]*\)\)")
ACCESSORS = re.compile(r"^KIT_MMIO_ACCESSORS\((\w), (\w+)\)$")
OTHERWISE = re.compile(r"Unless a comment says otherwise: (.*?\.)(?:\s|$)", flags=re.S)
IGNORED = re.compile(r"^(?:__list|kit_|KIT_)")
NUMBERS = re.compile(r"^(?:const )?(?:u8|u16|u32|u64|s8|s16|s32|s64|int|long|unsigned|unsigned int|unsigned long|size_t|ssize_t)$")

# What a number means when its name is one of these.
UNITS = {
    "size": "bytes", "length": "bytes", "bytes": "bytes", "data_size": "bytes", "n": "bytes", "max": "bytes",
    "ms": "milliseconds", "us": "microseconds", "ns": "nanoseconds",
    "nr": "a count", "count": "a count", "nr_cpus": "a count", "nr_sectors": "sectors of 512 bytes",
    "index": "a number from 0 on", "cpu": "a number from 0 on", "tag": "a number from 0 on", "segment": "a PCI segment's number",
    "offset": "bytes", "position": "bytes", "value": "a plain value", "flags": "bits, or what the matching call returned",
    "mode": "permission bits, octal as chmod(1) has them", "inode": "an inode's number", "number": "a block's number",
    "error": "0 or a negative errno", "level": "LOG_LEVEL_*", "width": "bits", "bits": "bits", "c": "a byte",
    "address": "an address", "event": "a code of the header", "events": "bits of the header", "code": "evdev's code", "type": "evdev's type",
    "kinds": "bits of the header", "how": "a constant of the header", "lines": "bits of the header", "direction": "DMA_*",
    "id": "a capability's number", "after": "bytes", "port": "an I/O port's number", "room": "bytes", "a": "a plain value", "b": "a plain value",
}
SUFFIXES = {"_ms": "milliseconds", "_ns": "nanoseconds", "_us": "microseconds", "_bytes": "bytes"}


def sentences(text):
    """Split where a full stop, or a semicolon, is followed by a space and what begins a sentence."""
    return [s.strip() for s in re.split(r"(?<=[.;])\s+(?=[A-Z0-9\-(])", text) if s.strip()]


def plain(comment):
    """A comment's text without its marks, lines joined."""
    return " ".join(re.sub(r"^\s*\*? ?", "", line) for line in comment[2:-2].split("\n")).strip()


def paragraphs(comment):
    """The same as lines, for comments with layout."""
    return [re.sub(r"^ ?\*? ?", "", line).rstrip() for line in comment[2:-2].split("\n")]


class Function:
    """A function: where, its prototype, its words, its facts."""

    def __init__(self, header, line, code, match, comment):
        self.header, self.line, self.name = header, line, match["name"]
        self.result = " ".join(match["result"].replace("static inline", "").split())
        self.parameters = [" ".join(p.split()) for p in self._split(match["parameters"])]
        self.must_check = "__must_check" in code
        self.inline = "static inline" in code
        self.comment = comment

    @staticmethod
    def _split(text):
        parts, depth, start = [], 0, 0
        for i, c in enumerate(text):
            depth += (c == "(") - (c == ")")
            if c == "," and not depth:
                parts.append(text[start:i])
                start = i + 1
        return parts + [text[start:]]

    def prototype(self):
        result = self.result + ("" if self.result.endswith("*") else " ")
        return f"{result}{self.name}({', '.join(self.parameters)});"

    # --- facts: a text, or None when nothing tells ---

    def said(self, pattern):
        """The sentences with that, of the function's own comment, else of the header's."""
        for text in (self.comment, self.header.otherwise):
            if found := [s for s in sentences(text) if re.search(pattern, s, flags=re.I)]:
                return " ".join(found)
        return None

    def sleeps(self):
        for text in (self.comment, self.header.otherwise):
            if re.search(r"(?:never|not|n't) sleeps?\b|any context|spins\b", text, flags=re.I):
                return "No."
            if re.search(r"\bmay sleep\b", text, flags=re.I):
                return "It may."
            if re.search(r"\bsleeps?\b", text, flags=re.I):
                return "Yes."
        return None

    def context(self):
        for text in (self.comment, self.header.otherwise):
            if match := re.search(r"any context(?: but NMI)?", text, flags=re.I):
                more = [s for s in sentences(text) if re.match(r"(?:Not from|From|Threads)", s)]
                return " ".join([match[0].capitalize().replace("nmi", "NMI") + "."] + more)
            if re.search(r"(?<!never )(?<!not )\bsleeps?\b|\bmay sleep\b", text, flags=re.I):
                more = [s for s in sentences(text) if re.match(r"(?:Not from|From|Threads|not from)", s)]
                return " ".join(["Threads, with no spinlock held."] + more)
            if more := [s for s in sentences(text) if re.match(r"(?:Not from|From|Threads)", s)]:
                return " ".join(more)
        return None

    def ownership(self):
        words = r"\b(?:own(?:s|er|ed)?\b|caller [kv]free|until|frees?\b|freed|belongs?|as long as|copied|stays?\b|lets? go|gives? \w+ (?:up|back)|good)"
        said = self.said(words)
        if "*" in self.result:
            return said
        return said if said and said not in self.header.otherwise else "Nothing changes hands."

    def errors(self):
        said = self.said(r"-E[A-Z0-9]+\b|\bERR_PTR\b|\bNULL\b|\bcannot fail\b|\bfalse\b|^0\b|: 0\b|\b0 or\b")
        if said:
            return said
        words = self.result.replace("const ", "").strip()
        if words in ("void", "bool") or words.startswith("u") or words.startswith("s") and "*" not in words and words != "ssize_t":
            return "It cannot fail."
        return None

    def since(self):
        for text in (self.comment, self.header.otherwise):
            if match := re.search(r"since\W+(\d+\.\d+)", text, flags=re.I):
                return match[1]
        return None

    def unit(self, parameter):
        """Of a number: text; "" when it is none."""
        match = re.match(r"^(.*?)[\s*]*(\w+)$", parameter)
        if not match or "*" in parameter or "(" in parameter or not NUMBERS.match(match[1].strip()):
            return ""
        name = match[2]
        for suffix, unit in SUFFIXES.items():
            if name.endswith(suffix):
                return unit
        if re.search(rf"\b{re.escape(name)}\b", self.comment):
            return "see above"
        return UNITS.get(name)

    def units(self):
        return [(p.split()[-1], self.unit(p)) for p in self.parameters if self.unit(p)]

    def missing(self):
        if not self.description():
            yield "what does it do?"
        for fact, question in (("context", "from which context?"), ("sleeps", "may it sleep?"), ("ownership", "who owns what it returns?"),
                               ("errors", "which errors, or how does it fail?"), ("since", "since when?")):
            if getattr(self, fact)() is None:
                yield question
        for parameter in self.parameters:
            if self.unit(parameter) is None:
                yield f"in which unit is {parameter}?"

    def description(self):
        """The comment without what stands in the table of facts."""
        text = " ".join(s for s in sentences(self.comment)
                        if not re.fullmatch(r"(?:Since \d+\.\d+|(?:May sleep|Sleeps|Never sleeps|Any context(?: but NMI)?)(?:[;,]? since \d+\.\d+)?)\.?",
                                            s.rstrip(".;") + ".", flags=re.I))
        text = re.sub(r"[;,]?\s*since \d+\.\d+\.?$", "", text, flags=re.I).strip()
        return text[:1].upper() + text[1:] + ("" if text.endswith((".", ")")) or not text else ".")


class Header:
    """One header: its head, state, and what it declares in the order of the file."""

    def __init__(self, path):
        self.name = os.path.basename(path)[:-2]
        with open(path, encoding="utf-8") as f:
            self.text = f.read()
        self.head, self.otherwise, self.draft = [], "", 0
        self.functions = []
        self.parts = []         # (kind, text): "comment", "structure", "constants", "macro", and Function
        self._read()

    def state(self):
        return f"draft {self.draft}" if self.draft else "stable since kit 0.9"

    def summary(self):
        text = next((line for line in self.head if line.startswith("Kit")), "")
        return re.sub(r"^Kit[,\w ]*: ?", "", text).split(". ")[0].rstrip(".")

    def _read(self):
        position, group, started = 0, "", False
        while position < len(self.text):
            match = TOKEN.match(self.text, position)
            if match and match.lastgroup == "comment":
                if not started and match[0].count("\n") > 1:
                    self.head = paragraphs(match[0])
                    started = True
                    if rest := OTHERWISE.search(" ".join(self.head)):
                        self.otherwise = " ".join(part[:1].upper() + part[1:] + "." for part in rest[1].rstrip(".").split("; "))
                else:
                    group = match[0]
            elif match and match.lastgroup == "directive":
                self._directive(match[0], group)
            elif match and match.lastgroup == "blank":
                group = ""
            if match:
                position = match.end()
                continue
            end = self._end_of_declaration(position)
            code = self.text[position:end]
            behind = re.compile(r"[ \t]*(/\*.*?\*/)", flags=re.S).match(self.text, end)
            own = behind[1] if behind and "\n" not in self.text[end:behind.start(1)] else ""
            self._declaration(position, code, group, own)
            position = behind.end() if own else end

    def _end_of_declaration(self, start):
        depth, i = 0, start
        while i < len(self.text):
            if self.text.startswith("/*", i):
                i = self.text.index("*/", i) + 2
                continue
            c = self.text[i]
            depth += (c in "{(") - (c in "})")
            if not depth and c == ";":
                return i + 1
            if not depth and c == "}" and self.text[start:start + 13] == "static inline":
                return i + 1
            if not depth and c == ")" and ACCESSORS.match(self.text[start:i + 1]):
                return i + 1
            i += 1
        return i

    def _directive(self, text, group):
        if match := re.match(r"\s*#\s*define\s+(\w+)", text):
            name = match[1]
            if not IGNORED.match(name) and not name.endswith("_") and not re.fullmatch(r"KIT_\w+_H", name) and not name.startswith("__"):
                self.parts.append(("macro", (group + "\n" if group else "") + text))

    def _declaration(self, position, code, group, own):
        line = self.text.count("\n", 0, position) + 1
        comment = " ".join(plain(c) for c in (group, own) if c)
        if match := re.match(r"KIT_HEADER(?:_PLAIN)?\(\w+, (\d+)\)", code):
            self.draft = int(match[1])
        elif match := ACCESSORS.match(code):
            for prototype in (f"static inline {match[2]} read{match[1]}(const volatile void __iomem *address);",
                              f"static inline void write{match[1]}({match[2]} value, volatile void __iomem *address);"):
                self._function(line, prototype, comment)
        elif re.match(r"(?:typedef )?(?:struct|union) \w+ \{", code):
            self.parts.append(("structure", (group + "\n" if group else "") + code))
        elif code.startswith("enum"):
            self.parts.append(("constants", (group + "\n" if group else "") + code))
        elif "(" in code and not code.startswith("KIT_"):
            self._function(line, code, comment)

    def _function(self, line, code, comment):
        match = FUNCTION.match(re.sub(r"\s+", " ", ATTRIBUTES.sub("", re.sub(r"/\*.*?\*/", "", code, flags=re.S))).strip())
        if not match or IGNORED.match(match["name"]) or match["name"] == "__attribute__":
            return
        function = Function(self, line, code, match, comment)
        if any(f.name == function.name for f in self.functions):
            return
        self.functions.append(function)
        self.parts.append(function)
