# SPDX-License-Identifier: MIT
"""What an option of the configuration costs while nobody uses it: this kernel beside the same without it, in instructions.

    make bench BENCH='--without TRACING'

The initramfs, the command line and the program are the same. What a freed page costs depends on its neighbours, with which it grows together,
and on how full the CPU's stock of pages is (mm/frame), and that on all that was done before: kernels of another size differ there by luck. So each
runs several times, with another size of memory, a file of another length in its initramfs, and the stock at points spread evenly over one of its
fillings; a row's cost is the mean, and beside the ratio stand the least and the greatest of the pairs. The boot alone waits for the host, which
hands it the command: while nothing is to do the counted clock runs on, so the least of the boots is the one that did not wait. No row may be dearer by more than the
limit; of one that is, the functions that made it so are printed. A row that cannot be measured is printed as missing, as all those are
that there are only in time (disks, scaling); one that only one of the kernels has is a failure.
"""

import os
import statistics
import subprocess
import tempfile

import guests
import profile
import stats

LIMIT = 1.01
BOOT = "boot to first command"
STEP_MIB, STEP_PAGES = 24, 13
MOST_LAYOUTS = 20
BATCH = 62                      # pages that fill the stock (PAGESET_BATCH_MAX)
SAVED = os.path.join(guests.TOP, "Documentation/bench/without-{}.txt")


def build_without(option):
    """vmlinux of this configuration, the option apart."""
    folder = os.path.join(guests.OUT, ".bench", "without-" + option)
    fragment = folder + ".config"
    os.makedirs(folder, exist_ok=True)
    with open(fragment, "w", encoding="utf-8") as f:
        f.write(f"# CONFIG_{option} is not set\n")
    make = ["make", "-s", "-C", guests.TOP, f"O={folder}", "CC=" + (os.environ.get("CC") or "gcc")]
    clean = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "MAKEOVERRIDES", "O")}
    with open(os.path.join(guests.OUT, ".config"), encoding="utf-8") as f:
        config = f.read()
    if f"CONFIG_{option}=y\n" not in config:
        raise SystemExit(f"bench: CONFIG_{option} is not on in this configuration")
    with open(os.path.join(folder, ".config"), "w", encoding="utf-8") as f:
        f.write(config)
    for goal in (fragment, "olddefconfig", "vmlinux"):
        subprocess.run([*make, goal], check=True, env=clean, stdout=subprocess.DEVNULL)
    with open(os.path.join(folder, ".config"), encoding="utf-8") as f:
        if f"CONFIG_{option}=y\n" in f.read():
            raise SystemExit(f"bench: CONFIG_{option} cannot be switched off: another option wants it")
    return os.path.join(folder, "vmlinux")


class Row:
    """One operation: its costs without and with the option, a pair for each layout."""

    def __init__(self, name, kind, pairs):
        self.name, self.kind, self.layouts = name, kind, len(pairs)
        self.without, self.cost = ((min if name == BOOT else statistics.fmean)(side) for side in zip(*pairs))
        self.ratio = self.cost / self.without
        # Drawn are pairs: a layout is the same for both.
        whole = name == BOOT or len(pairs) < 2
        self.low, self.high = (self.ratio, self.ratio) if whole else stats.interval(pairs, self.ratio_of_means)

    @staticmethod
    def ratio_of_means(pairs):
        without, cost = zip(*pairs)
        return statistics.fmean(cost) / statistics.fmean(without)

    @property
    def is_over(self):
        return self.low > LIMIT and self.kind != "kib"

    @property
    def is_undecided(self):
        return self.low <= LIMIT < self.high and self.kind != "kib"

    def line(self):
        return (f"{self.name:36}{self.without:16,.1f}{self.cost:16,.1f}{self.ratio:9.4f}  [{self.low:.4f} {self.high:.4f}] {self.layouts:3}"
                + (" !" if self.is_over else " ?" if self.is_undecided else ""))


def layout_of(number, planned):
    """Memory in MiB, pages in the initramfs's file, and the stock's filling of a layout. Those beyond the planned ones lie between them."""
    more = max(number - planned, 0)
    between = BATCH * (2 * more + 1) // (2 * max(MOST_LAYOUTS - planned, 1)) if number >= planned else 0
    return guests.MEMORY_MIB - number * STEP_MIB, number * STEP_PAGES, number * BATCH // planned if number < planned else between


def run_layout(kernels, number, planned, quick, names):
    """The results of both kernels in a layout."""
    memory, pages, phase = layout_of(number, planned)
    with tempfile.NamedTemporaryFile(prefix="mortise-padding-") as padding:
        padding.truncate(pages * 4096)
        runners = [guests.Runner(guests.build(), guests.modules(), quick, names,
                                 ["--kernel", kernel, "--add", f"{padding.name}:/padding"], memory, phase) for kernel in kernels]
        return [runner.run(guests.COUNTING, False) for runner in runners]


def rows_of(pairs, missing):
    rows = [Row(name, kind, each) for (name, kind), each in pairs.items() if name not in missing]
    return sorted(rows, key=lambda row: (row.kind == "kib", -row.ratio))


def measure(planned, run, say):
    """The rows, and {name: (why, only one has it)} of those that cannot be compared. RUN(layout, names) has the results of both kernels; no
    names are all."""
    pairs, missing = {}, {}
    for layout in range(planned):
        pair_up(run(layout, []), f"layout {layout + 1}", pairs, missing)
        say(f"layout {layout + 1} of {planned}")
    rows = rows_of(pairs, missing)
    for layout in range(planned, MOST_LAYOUTS):
        undecided = [row.name for row in rows if row.is_undecided]
        if not undecided:
            break
        say(f"layout {layout + 1}, at most {MOST_LAYOUTS}: {', '.join(undecided)}")
        pair_up(run(layout, undecided), f"layout {layout + 1}", pairs, missing)
        rows = rows_of(pairs, missing)
    return rows, missing


def pair_up(results, layout, pairs, missing):
    """The costs of a run of each kernel into pairs; what only one has, or neither could measure, into missing."""
    for name in dict.fromkeys((*results[0], *results[1])):
        both = [result.get(name) for result in results]
        lack = [f"{which} the option: {result.reason or 'no cost' if result else 'no such row'}"
                for which, result in zip(("without", "with"), both) if not (result and result.cost)]
        if lack:
            missing.setdefault(name, (f"{layout}, {'; '.join(lack)}", len(lack) == 1))
        else:
            pairs.setdefault((name, both[0].kind), []).append(tuple(result.cost for result in both))


def table(rows, missing, option):
    lines = [f"{'operation (instructions)':36}{'without ' + option:>16}{'with':>16}{'ratio':>9}  [95 % interval] layouts"]
    lines += [row.line() for row in rows]
    lines += [f"missing: {name}: {why}" for name, (why, _) in missing.items()]
    over = [row.name for row in rows if row.is_over]
    lines += [f"undecided: {row.name}: the interval holds {LIMIT} after {row.layouts} layouts" for row in rows if row.is_undecided]
    mean = stats.geometric_mean([row.ratio for row in rows if row.kind == "plain"])
    lines.append(f"geometric mean {mean:.4f}; " + (f"dearer by more than {LIMIT - 1:.0%}: {', '.join(over)}" if over else
                                                   f"no row of {len(rows)} is dearer by more than {LIMIT - 1:.0%}"
                                                   + (" for sure" if any(row.is_undecided for row in rows) else "")))
    return "\n".join(lines)


def difference(row, kernels, top=12):
    """Functions by how much more they cost with the option."""
    costs = {}
    for sign, kernel in zip((-1, 1), kernels):
        for name, cost in profile.functions(row, kernel).items():
            costs[name] = costs.get(name, 0) + sign * cost
    return [f"{cost:+14,.1f}  {name}" for name, cost in sorted(costs.items(), key=lambda pair: -abs(pair[1]))[:top]]


def main(option, args, versions, say):
    kernels = build_without(option), os.path.join(guests.OUT, "vmlinux")
    rows, missing = measure(args.layouts, lambda layout, names: run_layout(kernels, layout, args.layouts, args.quick, names or args.rows), say)
    text = table(rows, missing, option)
    print(text)
    if args.save:
        with open(SAVED.format(option), "w", encoding="utf-8") as f:
            f.write(f"{', '.join(f'{k}: {v}' for k, v in versions.items())}; {args.layouts} layouts\n{text}\n")
        say("kept " + SAVED.format(option))
    for row in rows:
        if (row.is_over or row.is_undecided) and row.name != BOOT:
            print(f"{row.name}:", *difference(row.name, kernels), sep="\n")
    return 1 if any(row.is_over or row.is_undecided for row in rows) or any(one_sided for _, one_sided in missing.values()) else 0
