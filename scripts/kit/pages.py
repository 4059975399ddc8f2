# SPDX-License-Identifier: MIT
"""The pages of the reference: HTML that needs nothing else, and manual pages."""

import html
import os
import re

STYLE = """
:root { color-scheme: light dark; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.5 system-ui, sans-serif; }
pre, code { font-family: ui-monospace, monospace; font-size: 0.875rem; }
pre { overflow-x: auto; padding: 0.75rem; background: #8881; border-radius: 4px; }
h2 { margin-top: 2.5rem; border-bottom: 1px solid #8886; }
h3 { margin: 2rem 0 0.25rem; }
table { border-collapse: collapse; }
th, td { text-align: left; vertical-align: top; padding: 0.1rem 1rem 0.1rem 0; }
th { font-weight: 600; white-space: nowrap; }
nav { font-size: 0.875rem; }
"""
GROUPS = [
    ("ground", "types errno log memory list abi"),
    ("running", "lock wait time work cpu"),
    ("device", "device mmio ioport irq dma pci module param attribute"),
    ("class", "block char input tty filesystem"),
    ("test", "test"),
    ("being a bus or the firmware", "bus pci_host firmware"),
]


def facts(function):
    units = "; ".join(f"{name.lstrip('*')}: {unit}" for name, unit in function.units() if unit != "see above")
    rows = [("Context", function.context()), ("May it sleep", function.sleeps()), ("Ownership", function.ownership()),
            ("Errors", function.errors()), ("Units", units), ("Since", f"kit {function.since()} ({function.header.state()})")]
    if function.must_check:
        rows.insert(4, ("Result", "The compiler warns when it is not looked at."))
    return [(name, text) for name, text in rows if text]


# --- HTML ---

def page(title, body, version, up=True):
    link = '<nav><a href="index.html">The kit</a></nav>\n' if up else ""
    return (f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<meta name="viewport" content="width=device-width">\n'
            f"<title>{html.escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n{link}<h1>{html.escape(title)}</h1>\n{body}"
            f"<hr><p>Kit {html.escape(version)}, from the comments in its headers.</p>\n</body>\n</html>\n")


def html_lines(lines):
    """A head comment: paragraphs, and what is set off by a tab as it stands."""
    out, block, code = [], [], []

    def flush():
        if block:
            out.append(f"<p>{html.escape(' '.join(block))}</p>\n")
        if code:
            out.append(f"<pre>{html.escape(chr(10).join(code).strip(chr(10)))}</pre>\n")
        block.clear()
        code.clear()

    for line in lines:
        if line.startswith(("\t", "    ")):
            if block:
                flush()
            code.append(line.replace("\t", "    ", 1)[4:].expandtabs(8))
        elif not line.strip():
            if not code:
                flush()
            else:
                code.append("")
        else:
            if code:
                flush()
            block.append(line.strip())
    flush()
    return "".join(out)


def html_function(function):
    rows = "".join(f"<tr><th>{name}</th><td>{html.escape(text)}</td></tr>\n" for name, text in facts(function))
    return (f'<h3 id="{function.name}"><code>{function.name}</code></h3>\n<pre>{html.escape(function.prototype())}</pre>\n'
            f"<p>{html.escape(function.description())}</p>\n<table>\n{rows}</table>\n")


def html_header(header, version):
    titles = {"constants": "Constants", "structure": "Structures", "macro": "Macros"}
    body = html_lines([line for line in header.head if line.strip() != "State: stable since kit 0.9."])
    body += f"<p>State: {header.state()}. <code>#include &lt;kit/{header.name}.h&gt;</code></p>\n"
    if header.functions:
        body += '<p>' + ", ".join(f'<a href="#{f.name}"><code>{f.name}</code></a>' for f in header.functions) + "</p>\n"
    for kind, title in titles.items():
        parts = [part[1] for part in header.parts if isinstance(part, tuple) and part[0] == kind]
        if parts:
            body += f"<h2>{title}</h2>\n" + "".join(f"<pre>{html.escape(text.strip().expandtabs(8))}</pre>\n" for text in parts)
    if header.functions:
        body += "<h2>Functions</h2>\n" + "".join(html_function(f) for f in header.functions)
    return page(f"kit/{header.name}.h", body, version)


def write_html(folder, headers, version):
    os.makedirs(folder, exist_ok=True)
    by_name = {header.name: header for header in headers}
    body = ""
    for title, names in GROUPS:
        rows = "".join(f'<tr><th><a href="{n}.html">{n}</a></th><td>{html.escape(by_name[n].summary())}</td><td>{by_name[n].state()}</td></tr>\n'
                       for n in names.split() if n in by_name)
        body += f"<h2>{title}</h2>\n<table>\n{rows}</table>\n"
    placed = {n for _, names in GROUPS for n in names.split()}
    if left := set(by_name) - placed:
        raise SystemExit(f"kit-docs: GROUPS in scripts/kit/pages.py has no place for {', '.join(sorted(left))}")
    functions = sorted((f for header in headers for f in header.functions), key=lambda f: f.name.lower())
    body += f"<h2>All {len(functions)} functions</h2>\n<p>"
    body += ", ".join(f'<a href="{f.header.name}.html#{f.name}"><code>{f.name}</code></a>' for f in functions) + "</p>\n"
    with open(os.path.join(folder, "index.html"), "w", encoding="utf-8") as f:
        f.write(page("The kit", body, version, up=False))
    for header in headers:
        with open(os.path.join(folder, header.name + ".html"), "w", encoding="utf-8") as f:
            f.write(html_header(header, version))


# --- manual pages ---

def synopsis(function):
    """The prototype; a long one with a line for each parameter."""
    text = function.prototype()
    if len(text) < 76:
        return f'.B "{roff(text)}"'
    start = text[:text.index("(") + 1]
    return "\n".join([f'.B "{roff(start)}"'] + [f'.B "    {roff(p)}{"," if i + 1 < len(function.parameters) else ");"}"'
                                                for i, p in enumerate(function.parameters)])


def roff(text):
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("~", "\\(ti").replace("^", "\\(ha")
    return re.sub(r"^([.'])", r"\\&\1", text, flags=re.M)


def fill(text):
    """A sentence a line, as manual pages have it; long ones broken at words."""
    lines = []
    for sentence in re.split(r"(?<=[.:;])\s+", text):
        line = ""
        for word in sentence.split():
            if line and len(line) + len(word) > 74:
                lines.append(line)
                line = ""
            line += (" " if line else "") + word
        lines.append(line)
    return roff("\n".join(l for l in lines if l))


def man_page(function, version):
    first = re.split(r"(?<=[.;:])\s", function.description())[0].rstrip(".;:")
    near = function.header.functions.index(function)
    also = [f.name for f in function.header.functions[max(0, near - 3):near + 4] if f is not function]
    out = [f'.TH {function.name} 9 "" "kit {version}" "The Mortise kit"', ".SH NAME", f"{function.name} \\- {roff(first[:1].lower() + first[1:])}",
           ".SH SYNOPSIS", ".nf", f".B #include <kit/{function.header.name}.h>", ".PP"]
    out += [synopsis(function), ".fi", ".SH DESCRIPTION", fill(function.description())]
    for name, text in facts(function):
        out += [f".SH {name.upper()}", fill(text)]
    if also:
        out += [".SH SEE ALSO"] + [f".BR {name} (9){',' if i + 1 < len(also) else ''}" for i, name in enumerate(sorted(also))]
    return "\n".join(out) + "\n"


def write_man(folder, headers, version):
    os.makedirs(folder, exist_ok=True)
    for header in headers:
        for function in header.functions:
            with open(os.path.join(folder, f"{function.name}.9"), "w", encoding="utf-8") as f:
                f.write(man_page(function, version))
