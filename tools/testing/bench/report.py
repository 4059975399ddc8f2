# SPDX-License-Identifier: MIT
"""From the runs' results to rows, and from rows to JSON, a table, a HTML page and the small files that make a trend."""

import datetime
import glob
import html
import json
import os
import statistics

from guests import COUNTING, COUNTS, HERE, TOP
from stats import geometric_mean, interval, ratio

CHART = "/usr/share/javascript/chart.js/chart.min.js"
HISTORY = os.path.join(TOP, "Documentation/bench")
BARS = {COUNTING: 1.0}
TIME_BAR = 1.1
# Two CPUs do at least so many times the work of one: a row of scaling has 2 divided by it (guest/scale.c).
SPEED_UP_BAR = 1.8
# Of copies alone: bytes copied by user code cost the same everywhere, and a tick more or less must not decide.
TOLERANCE = 0.005
# Why a row is above the bar: a line each, the row's name, a tab, the cause.
CAUSES = os.path.join(HISTORY, "causes.txt")


class Row:
    """One operation in one mode, from all runs of that mode: lists of Results, one of each kernel in a pair."""

    def __init__(self, name, mode, ours, theirs, counts=(None, None)):
        self.name, self.mode = name, mode
        self.kind = next((r.kind for r in ours + theirs if r and r.kind != "missing"), "plain")
        self.mortise, self.linux = self._cost(ours), self._cost(theirs)
        self.reason = self._reason(ours, theirs)
        whole = self.mortise and self.linux
        self.ratio = self.mortise / self.linux if whole else None
        # Drawn are pairs: what the host did at that time is in both of its halves.
        self.interval = interval([(a.cost, b.cost) for a, b in zip(ours, theirs)], ratio) if whole else None
        # Of Mortise's cost alone, which is what a row of scaling is judged by.
        self.own_interval = interval([a.cost for a in ours]) if self.mortise is not None else None
        # For one operation, of Mortise and of Linux; a count that a kernel does not keep is None.
        self.counts = {what: [c[what] if c else None for c in counts] for what in COUNTS}

    @staticmethod
    def _cost(results):
        costs = [r.cost for r in results if r and r.cost is not None]
        return statistics.median(costs) if costs and len(costs) == len(results) else None

    @staticmethod
    def _reason(ours, theirs):
        for who, results in (("Mortise", ours), ("Linux", theirs)):
            for result in results:
                if result is None or result.reason is not None:
                    return f"{who}: {result.reason if result else 'no such row'}"
        return None

    @property
    def is_broken(self):
        """One kernel has it, the other has not: nothing is compared."""
        return (self.mortise is None) != (self.linux is None)

    @property
    def verdict(self):
        """fine, over (the bar), undecided, or None of a row that is missing. Instructions are what they are; a time is an interval, which lies
        below the bar, above it, or on both sides: then, or without an interval, nothing has been shown."""
        if self.kind == "scale":
            bar, value, between = 2 / SPEED_UP_BAR, self.mortise, self.own_interval
        else:
            bar, value, between = BARS.get(self.mode, TIME_BAR) + (TOLERANCE if self.kind == "bulk" else 0), self.ratio, self.interval
        if value is None:
            return None
        if self.mode == COUNTING:
            between = value, value
        if not between:
            return "undecided"
        return "over" if between[0] > bar else "fine" if between[1] <= bar else "undecided"

    @property
    def is_over(self):
        return self.verdict == "over"

    @property
    def is_undecided(self):
        return self.verdict == "undecided"

    def json(self):
        return {"name": self.name, "mode": self.mode, "mortise": self.mortise, "linux": self.linux, "ratio": self.ratio}

    def more_json(self):
        """What the table and the page say besides."""
        return {"name": self.name, "mode": self.mode, "interval": self.interval, "verdict": self.verdict, "missing": self.reason,
                "counts": {what: dict(zip(("mortise", "linux"), pair)) for what, pair in self.counts.items()}}

    def detail(self):
        return self.json() | {"kind": self.kind, "interval": self.interval, "counts": self.counts, "missing": self.reason}


def rows_of(mode, pairs, counts=({}, {})):
    """PAIRS is a list of (ours, theirs), each a dict of Results; COUNTS has a dict for each kernel."""
    names = list(dict.fromkeys(name for pair in pairs for results in reversed(pair) for name in results))
    return [Row(name, mode, [ours.get(name) for ours, _ in pairs], [theirs.get(name) for _, theirs in pairs],
                [of_kernel.get(name) for of_kernel in counts]) for name in names]


def means(rows):
    """The geometric mean of each mode, without bulk copies, rows that wait and what is not a cost of time."""
    out = {}
    for mode in dict.fromkeys(row.mode for row in rows):
        ratios = [row.ratio for row in rows if row.mode == mode and row.kind == "plain" and row.ratio]
        out[mode] = geometric_mean(ratios)
    return out


def number(value):
    if value is None:
        return "missing"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def cost_text(row, value):
    return f"{2 / value:.2f} times" if row.kind == "scale" and value else number(value)


def ratio_text(row):
    if row is None:
        return ""
    if row.ratio is None:
        return "missing"
    spread = f" [{row.interval[0]:.2f} {row.interval[1]:.2f}]" if row.interval else ""
    return f"{row.ratio:.2f}{spread}{' !' if row.is_over else ' ?' if row.is_undecided and row.interval else ''}"


COUNT_TITLES = {"tlb_flushes": "TLB flushes", "tlb_pages": "TLB pages", "ipis": "IPIs", "page_table_writes": "table writes"}
# Of the modes that there are, the one whose counts say most: one CPU sends no interrupts, four share two.
COUNT_MODES = ("smp2", "smp4", COUNTING)


def count_text(value):
    if value is None:
        return "missing"
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}".rstrip("0").rstrip(".")


def counts_text(row):
    """What instructions do not tell, for one operation: Mortise / Linux."""
    if row is None:
        return ""
    pairs = [row.counts[what] for what in COUNT_TITLES]
    return "".join(f"{'missing' if pair == [None, None] else ' / '.join(map(count_text, pair)):18}" for pair in pairs)


def causes(path=CAUSES):
    """{row: cause}"""
    with open(path, encoding="utf-8") as f:
        return dict(line.rstrip("\n").split("\t", 1) for line in f if not line.startswith("#"))


def table(rows):
    """The text for the terminal: a line for each operation, instruction counts first, then the ratios in time, then counts."""
    modes = list(dict.fromkeys(row.mode for row in rows))
    first, others = modes[0], modes[1:]
    by_key = {(row.name, row.mode): row for row in rows}
    unit = "instructions" if first == COUNTING else "ns"
    counts_of = next((m for m in COUNT_MODES if m in modes), first)
    lines = [f"{'operation (' + unit + ')':36}{'Mortise':>14}{'Linux':>14}  {'ratio':18}" + "".join(f"{m:22}" for m in others)
             + " " + "".join(f"{title:18}" for title in COUNT_TITLES.values()) + f"(an operation, {counts_of})"]
    for title, kinds in (("", ("plain",)), ("-- copies of bytes", ("bulk",)), ("-- waits, which the counting clock takes for work", ("waits",)), ("-- KiB", ("kib",)),
                         ("-- speed-up by a second CPU", ("scale",))):
        part = list(dict.fromkeys(row.name for row in rows if row.kind in kinds))
        if not part:
            continue
        lines += [title] if title else []
        for name in part:
            row = by_key.get((name, first))
            shown = row or next(by_key[name, m] for m in others if (name, m) in by_key)
            costs = [cost_text(shown, cost) + (" ns" if not row and cost is not None and shown.kind != "scale" else "") for cost in (shown.mortise, shown.linux)]
            lines.append(f"{name:36}{costs[0]:>14}{costs[1]:>14}  {ratio_text(row):18}"
                         + "".join(f"{ratio_text(by_key.get((name, m))):22}" for m in others)
                         + " " + counts_text(by_key.get((name, counts_of))))
    mean = means(rows)
    lines.append(f"{'geometric mean, without copies and waits':64}  " + f"{number(mean[first]):18}" + "".join(f"{number(mean[m]):22}" for m in others))
    lines += [f"missing: {row.name} ({row.mode}): {row.reason}" for row in rows if row.ratio is None]
    known = causes()
    lines += [f"over the bar: {row.name} ({row.mode}): {ratio_text(row)}, because: {known.get(row.name, 'not known yet, see ' + os.path.relpath(CAUSES, TOP))}"
              for row in rows if row.is_over]
    undecided = [row for row in rows if row.is_undecided]
    lines += [f"undecided: {row.name} ({row.mode}): {ratio_text(row)}, the interval holds the bar" for row in undecided if row.interval]
    alone = [row.mode for row in undecided if not row.interval]
    lines += [f"undecided: {alone.count(mode)} rows ({mode}): one pair has no interval" for mode in dict.fromkeys(alone)]
    lines += [f"broken: {row.name} ({row.mode}): {'Linux' if row.mortise is None else 'Mortise'} alone has it" for row in rows if row.is_broken]
    return "\n".join(line.rstrip() for line in lines)


def save_history(rows, versions, minutes):
    """One small file for a state of the tree: a line for each operation, a column for each mode's ratio."""
    os.makedirs(HISTORY, exist_ok=True)
    modes = list(dict.fromkeys(row.mode for row in rows))
    by_key = {(row.name, row.mode): row for row in rows}
    now = datetime.datetime.now(datetime.timezone.utc)
    path = os.path.join(HISTORY, f"{now.date().isoformat()}-{versions['mortise'].split()[-1]}.tsv")
    with open(path, "w", encoding="utf-8") as f:
        facts = versions | {"taken": now.isoformat(timespec="seconds"), "minutes": round(minutes, 1)}
        f.write(f"# {json.dumps(facts, sort_keys=True)}\n")
        f.write("\t".join(["operation", "kind", "instructions", *modes]) + "\n")
        for name in dict.fromkeys(row.name for row in rows):
            here = [by_key.get((name, mode)) for mode in modes]
            counted = by_key.get((name, COUNTING))
            kind = next(row.kind for row in here if row)
            f.write("\t".join([name, kind, f"{counted.mortise:.0f}" if counted and counted.mortise else "-",
                               *(f"{row.ratio:.3f}" if row and row.ratio else "-" for row in here)]) + "\n")
    return path


def read_history(path):
    """{name, taken, modes: {mode: {operation: ratio}}, plain: operations that belong into a mean}"""
    with open(path, encoding="utf-8") as f:
        head, titles, *lines = f.read().splitlines()
    modes = {mode: {} for mode in titles.split("\t")[3:]}
    plain = set()
    for line in lines:
        name, kind, _, *ratios = line.split("\t")
        if kind == "plain":
            plain.add(name)
        for mode, ratio in zip(modes, ratios):
            if ratio != "-":
                modes[mode][name] = float(ratio)
    return {"name": os.path.basename(path).removesuffix(".tsv"), "taken": json.loads(head[1:])["taken"], "modes": modes, "plain": plain}


def history(folder=HISTORY):
    """[{name, modes: {mode: {operation: ratio}}, means: {mode: mean}}], the oldest first. Means are of the operations that all have: a
    row that came later must not move them."""
    entries = sorted(map(read_history, glob.glob(os.path.join(folder, "*.tsv"))), key=lambda entry: entry["taken"])
    common = {}
    for entry in entries:
        for mode, ratios in entry["modes"].items():
            names = entry["plain"] & ratios.keys()
            common[mode] = common.get(mode, names) & names
    return [{"name": entry["name"], "modes": entry["modes"],
             "means": {mode: geometric_mean([ratios[name] for name in common[mode]]) for mode, ratios in entry["modes"].items()}}
            for entry in entries]


def page(rows, versions):
    """A HTML page that needs nothing but itself: the plotting library is written into it."""
    with open(os.path.join(HERE, "page.html"), encoding="utf-8") as f:
        template = f.read()
    with open(CHART, encoding="utf-8") as f:
        library = f.read().replace("</script", "<\\/script")
    data = {"rows": [row.detail() | {"over": row.is_over, "undecided": row.is_undecided} for row in rows], "means": means(rows), "versions": versions,
            "history": history()}
    # A program's text may hold what would end the script.
    text = json.dumps(data).replace("</", "<\\/")
    return (template.replace("@LIBRARY@", library).replace("@DATA@", text)
            .replace("@VERSIONS@", html.escape(", ".join(f"{k}: {v}" for k, v in versions.items()))))
