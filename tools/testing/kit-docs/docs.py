#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The reference of the kit: every function has its facts, each fact that is taken away is missed, pages are whole and can be read offline.
What the comments say of sleeping the functions tell the debug kernel, too.

The headers say what they always did: comments do not change types, which the suite kit-abi holds."""

import concurrent.futures
import html.parser
import os
import re
import shutil
import subprocess
import sys
import tempfile

DOCS = "scripts/kit/docs"
# What is done to a comment (header, text, its replacement), and what is complained of.
BROKEN = [
    ("cpu", "/* CPUs are numbered from 0 to one less. Does not change. Any context. Since 0.1. */\n", "", "cpu_count: what does it do?"),
    ("irq", "Waits until no handler of it runs. Sleeps. Since 0.1.", "Waits until no handler of it runs. Sleeps.", "irq_drain: since when?"),
    ("cpu", "Does not change. Any context. Since", "Does not change. Since", "cpu_count: from which context?"),
    ("cpu", "Does not change. Any context. Since", "Does not change. From init. Since", "cpu_count: may it sleep?"),
    ("memory", "Zeroed memory; the caller kfree()s it.", "Zeroed memory.", "kzalloc: who owns what it returns?"),
    ("memory", "the caller kfree()s it. NULL: there is none left. May", "the caller kfree()s it. May",
     "kzalloc: which errors, or how does it fail?"),
    ("time", "/* Sleeps at least ms milliseconds. Since 0.1. */\nvoid msleep(u32 ms)", "/* Sleeps. Since 0.1. */\nvoid msleep(u32 forty)",
     "msleep: in which unit is u32 forty?"),
    ("char", " * Unless a comment says otherwise: any context; never sleeps; cannot fail; what is returned stays\n * whose it was.\n", "",
     "char_file_device: who owns what it returns?"),
]
# These sleep at the first access to a bus only, by what they call.
SLEEP_ONCE = {"kit_firmware_pci_read", "kit_firmware_pci_write"}
# What tells the checker of locks that the caller may sleep: itself, or by what each call comes to.
SAYS_SO = re.compile(r"\bmight_sleep\(\)|\bGFP_KERNEL\b|\bmutex_lock\w*\(|\bwait_for_completion_timeout\(|\bvzalloc\(")
VOID = {"meta", "br", "hr", "link", "img"}


class Page(html.parser.HTMLParser):
    """Finds what is not closed, and links."""

    def __init__(self):
        super().__init__()
        self.open, self.links, self.names, self.wrong = [], [], set(), []

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag not in VOID:
            self.open.append(tag)
        if "href" in attrs:
            self.links.append(attrs["href"])
        if "id" in attrs:
            self.names.add(attrs["id"])
        if "src" in attrs or tag in ("script", "link"):
            self.wrong.append(f"{tag} loads something")

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> closes something else")


class Results:
    """TAP."""

    def __init__(self):
        self.nr = self.failed = 0

    def check(self, ok, name, why=""):
        self.nr += 1
        self.failed += not ok
        print(f"{'' if ok else 'not '}ok {self.nr} {name}")
        for line in [] if ok else str(why).splitlines()[:20]:
            print("#", line)


def run(*args):
    return subprocess.run([DOCS, *args], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)


def test_complaints(results, scratch):
    done = run("--check")
    results.check(done.returncode == 0, "every function has all facts", done.stdout)
    count = int(re.search(r"(\d+) functions", done.stdout)[1])
    exported = 0
    for name in os.listdir("include/kit"):
        with open("include/kit/" + name, encoding="utf-8") as f:
            exported += len(re.findall(r"^(?!#).*KIT_(?:PLAIN_)?SYMBOL\((?!name)\w+\)", f.read(), flags=re.M))
    results.check(count >= exported, f"none of {exported} exported functions is overlooked", done.stdout)
    for header, text, to, complaint in BROKEN:
        folder = os.path.join(scratch, "kit")
        shutil.copytree("include/kit", folder)
        path = os.path.join(folder, header + ".h")
        with open(path, encoding="utf-8") as f:
            old = f.read()
        with open(path, "w", encoding="utf-8") as f:
            f.write(old.replace(text, to))
        done = run("--check", "--headers", folder)
        results.check(text in old and done.returncode == 1 and complaint in done.stdout, f"missed: {complaint}", done.stdout)
        shutil.rmtree(folder)


def silent_sleepers(sleepers, sources):
    """Functions that may sleep and do not say so where they are defined. Those that modules export call others of the kit."""
    silent = []
    for symbol in sleepers:
        name = rf"(?:{symbol}|{symbol.removeprefix('kit_')})"
        found = [m[0] for text in sources for m in re.finditer(rf"^[a-z][\w ]*[ *]{name}\([^;{{]*\)\n\{{\n.*?^\}}", text, re.M | re.S)]
        if found and not any(SAYS_SO.search(body) for body in found):
            silent.append(symbol)
    return silent


def test_sleepers(results, scratch):
    table = os.path.join(scratch, "contracts.c")
    headers = ["include/kit/" + name for name in sorted(os.listdir("include/kit"))]
    subprocess.run(["scripts/kit-contracts", table, *headers], check=True)
    with open(table, encoding="utf-8") as f:
        sleepers = set(re.findall(r'"(\w+)", true', f.read())) - SLEEP_ONCE
    sources = []
    for folder in ("kernel", "drivers", "fs"):
        for at, _, names in os.walk(folder):
            for name in names:
                if name.endswith(".c"):
                    with open(os.path.join(at, name), encoding="utf-8") as f:
                        sources.append(f.read())
    silent = silent_sleepers(sleepers, sources)
    results.check(len(sleepers) > 50 and not silent, f"{len(sleepers)} functions that may sleep tell the checker of locks", silent)
    mute = [text.replace("\tmight_sleep();\n", "") for text in sources]
    results.check({"kit_timer_cancel", "kit_block_end_all"} <= set(silent_sleepers(sleepers, mute)), "one that does not is found", silent)


def test_html(results, folder):
    pages = {}
    for name in sorted(os.listdir(folder)):
        pages[name] = Page()
        with open(os.path.join(folder, name), encoding="utf-8") as f:
            pages[name].feed(f.read())
    wrong = [f"{name}: {text}" for name, page in pages.items() for text in page.wrong + [f"<{tag}> is open" for tag in page.open]]
    results.check(not wrong and len(pages) > 25, f"{len(pages)} HTML pages are whole and load nothing", "\n".join(wrong))
    for name, page in pages.items():
        for link in page.links:
            to, _, anchor = link.partition("#")
            target = pages.get(to or name)
            if target is None or (anchor and anchor not in target.names):
                wrong.append(f"{name}: {link}")
    results.check(not wrong, f"all {sum(len(p.links) for p in pages.values())} links lead somewhere", "\n".join(wrong))
    results.check("irq.html#irq_connect" in pages["index.html"].links, "the index leads to functions")


def lint(path):
    done = subprocess.run(["man", "--warnings", "-l", path], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False,
                          env={**os.environ, "MANWIDTH": "80", "LC_ALL": "C.UTF-8", "MANPAGER": "cat"})
    return f"{path}: {done.stderr}" if done.stderr or done.returncode else "", done.stdout


def test_man(results, folder):
    paths = [os.path.join(folder, name) for name in sorted(os.listdir(folder))]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        said = list(pool.map(lint, paths))
    wrong = [error for error, _ in said if error]
    results.check(not wrong, f"man has nothing to say about {len(paths)} manual pages", "\n".join(wrong))
    text = next(out for path, (_, out) in zip(paths, said) if path.endswith("/irq_connect.9"))
    sections = [s for s in ("NAME", "SYNOPSIS", "DESCRIPTION", "CONTEXT", "MAY IT SLEEP", "OWNERSHIP", "ERRORS", "SINCE") if "\n" + s + "\n" in text]
    results.check(len(sections) == 8 and "-EBUSY" in text, "a page has all sections", text)


def main():
    results = Results()
    with tempfile.TemporaryDirectory() as scratch:
        test_complaints(results, scratch)
        test_sleepers(results, scratch)
        html_folder, man_folder = os.path.join(scratch, "html"), os.path.join(scratch, "man9")
        done = run("--html", html_folder, "--man", man_folder, "--version", "0.9")
        results.check(done.returncode == 0, "pages are written", done.stdout)
        test_html(results, html_folder)
        test_man(results, man_folder)
        size = sum(os.path.getsize(os.path.join(folder, name)) for folder in (html_folder, man_folder) for name in os.listdir(folder))
        results.check(size < 1 << 20, f"all of it is {size >> 10} KiB")
    print(f"1..{results.nr}")
    return 1 if results.failed else 0


sys.exit(main())
