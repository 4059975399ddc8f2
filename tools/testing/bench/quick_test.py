# SPDX-License-Identifier: MIT
"""The benchmark itself: it runs on both kernels, misses no row in silence, computes and prints what it says."""

import json
import os
import subprocess
import sys
import tempfile
import unittest.mock

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
sys.path[:0] = [HERE, os.path.join(TOP, "tools/testing/boot")]

import bench  # noqa: E402
import guests  # noqa: E402
import option  # noqa: E402
import report  # noqa: E402
import stats  # noqa: E402
from guest import Tap  # noqa: E402

# What issue after issue may compare: a row that vanishes from the program would be left out, not missing.
DEMANDED = """null call, getppid, read, write, stat, fstat, open and close, select on 100, epoll on 100, signal install, signal catch,
pipe there and back, unix stream there and back, futex wake of none, eventfd there and back, fork and exit, vfork\\, exec and exit,
clone of a thread, sh -c, mmap and munmap, page fault\\, anonymous, page fault\\, private file, page fault\\, shared file,
page fault\\, copy on write, brk up\\, touch\\, down, file create\\, empty, file create\\, 4 KiB, file create\\, 10 KiB,
file delete\\, empty, file delete\\, 4 KiB, file delete\\, 10 KiB, file write\\, 4 KiB, file write\\, 10 KiB, directory walk\\, an entry,
cached file read\\, 1 MiB, mmap read\\, 1 MiB, memory copy\\, 1 MiB, pipe bandwidth\\, 1 MiB, unix bandwidth\\, 1 MiB,
boot to user space, insmod and rmmod, insmod\\, 64 KiB, memory in use, disk read\\, 4 KiB direct, disk write\\, 4 KiB direct, disk read\\, 1 MiB direct,
disk write\\, 1 MiB direct, disk read\\, 1 MiB by read-ahead, disk write\\, 4 KiB and fdatasync, scaling: read, scaling: stat,
scaling: open and close, scaling: page fault, scaling: pipe"""


def demanded():
    names = DEMANDED.replace("\\,", "\0").replace("\n", " ").split(",")
    names = [" ".join(name.replace("\0", ",").split()) for name in names]
    return names + [f"context switch, {tasks} tasks, {kib} KiB" for tasks in (2, 8, 16) for kib in (0, 16, 64)]


def bench_py(*words):
    return subprocess.run(["/usr/bin/python3", "-B", os.path.join(HERE, "bench.py"), *words], capture_output=True, text=True, check=False)


def run(*words):
    return bench_py("--quick", *words)


def wrong_counts(rows):
    """Counts that must be there, and some that are known: what an anonymous fault writes, what a switch flushes."""
    def of(name, what, kernel="mortise"):
        return rows[name]["counts"][what][kernel]
    unkept = [f"{name}: {what}" for name, row in rows.items() if name not in ("memory in use", "boot to user space")
              for what, pair in row["counts"].items() if pair["mortise"] is None]
    if unkept:
        return f"not counted: {unkept}"
    expected = {("page fault, anonymous", "page_table_writes", "mortise"): (0.9, 1.1), ("file create, empty", "tlb_flushes", "mortise"): (0, 0.1), ("null call", "page_table_writes", "mortise"): (0, 0.1),
                ("null call", "tlb_flushes", "linux"): (0, 0.1), ("context switch, 8 tasks, 0 KiB", "tlb_flushes", "mortise"): (0.4, 1.5),
                ("context switch, 8 tasks, 0 KiB", "tlb_flushes", "linux"): (0.4, 1.5)}
    wrong = {key: of(*key) for key, (least, most) in expected.items() if not least <= of(*key) <= most}
    return f"counts {wrong}" if wrong else None


def whole_run(folder):
    """Every row on both kernels, in time, in one short pair."""
    data, page = os.path.join(folder, "bench.json"), os.path.join(folder, "bench.html")
    done = run("--modes", "smp2", "--pairs", "1", "--json", data, "--html", page)
    if done.returncode:
        return done.stderr
    with open(data, encoding="utf-8") as f:
        found = json.load(f)
    if set(found) != {"rows", "versions"}:
        return f"keys {sorted(found)}"
    for row in found["rows"]:
        if set(row) != {"name", "mode", "mortise", "linux", "ratio"}:
            return f"row {row}"
        if row["ratio"] is not None and abs(row["ratio"] - row["mortise"] / row["linux"]) > 1e-6:
            return f"ratio of {row}"
    names = {row["name"]: row for row in found["rows"]}
    absent = [name for name in demanded() if name not in names]
    if absent:
        return f"no rows {absent}"
    missing = [name for name, row in names.items() if row["mortise"] is None or row["linux"] is None]
    if missing:
        return f"missing: {missing}\n{done.stdout}"
    with open(bench.more_path(data), encoding="utf-8") as f:
        wrong = wrong_counts({row["name"]: row for row in json.load(f)["rows"]})
    if wrong:
        return f"{wrong}\n{done.stdout}"
    absent = [name for name in names if name not in done.stdout]
    if absent:
        return f"not in the table: {absent}"
    with open(page, encoding="utf-8") as f:
        text = f.read()
    return None if "@DATA@" not in text and "Chart" in text and "http://" not in text.split("<script>")[0] else "the page"


def counted(folder):
    """Two runs of instruction counts say the same, but for the ticks that fall into so short a run."""
    costs = []
    for _ in range(2):
        runner = guests.Runner(guests.build(), {}, True, ["getppid", "no such row"])
        costs.append(runner.run(guests.COUNTING, False)["getppid"].cost)
    difference = abs(costs[0] - costs[1]) / costs[0]
    return None if difference < 0.03 and 10 < costs[0] < 10000 else f"{costs} instructions for getppid"


def result(name, cost):
    return guests.Result([name, "plain", str(cost), str(cost)])


def gone(name):
    return guests.Result([name, "missing", "setup: Function not implemented"])


def missing_rows():
    pairs = [({"a": result("a", 1), "b": gone("b")}, {"a": result("a", 2), "b": result("b", 2), "c": result("c", 3)})]
    rows = {row.name: row for row in report.rows_of("icount", pairs)}
    if sorted(rows) != ["a", "b", "c"] or rows["a"].ratio != 0.5 or rows["a"].is_over:
        return str({name: row.json() for name, row in rows.items()})
    if rows["b"].ratio is not None or rows["c"].ratio is not None:
        return "a missing row has a ratio"
    text = report.table(list(rows.values()))
    return None if text.count("\nmissing: ") == 2 and "not implemented" in text else text


def half_missing_rows():
    """Of two kernels of which one lacks a row, and another one that neither can measure."""
    pairs, missing = {}, {}
    option.pair_up(({"a": result("a", 1), "b": result("b", 2), "d": gone("d")}, {"a": result("a", 1), "c": result("c", 3), "d": gone("d")}),
                   "layout 1", pairs, missing)
    found = {name: one_sided for name, (_, one_sided) in missing.items()}
    if list(pairs) != [("a", "plain")] or found != {"b": True, "c": True, "d": False}:
        return f"{pairs} {missing}"
    text = option.table([option.Row("a", "plain", pairs["a", "plain"])], missing, "X")
    return None if text.count("\nmissing: ") == 3 else text


def refused():
    """What would keep a part of the rows, or bad figures, for ever."""
    for words in (("--quick", "--save"), ("--save", "getppid"), ("--save", "--modes", "icount"), ("--save", "--pairs", "14"),
                  ("--save", "--without", "TRACING", "--layouts", "4")):
        done = bench_py(*words)
        if done.returncode != 2 or "--save keeps whole runs" not in done.stderr:
            return f"{words}: {done.returncode} {done.stderr}"
    return None


FLUSHES = """#include "guest/counts.c"
int main(void)
{
	char lines[][80] = { "{ reason:          0, pages: 18446744073709551615 } hitcount:         7", "{ reason: 3, pages: 5 } hitcount: 2",
			     "{ reason: 4, pages: 18446744073709551615 } hitcount: 100", "{ reason: 4, pages: 3 } hitcount: 100", "Totals:" };
	char interrupts[][80] = { " RES:  1  2  Rescheduling interrupts", " CAL: 10 20  Function call interrupts", " TLB: 100 200  TLB shootdowns" };
	struct counts sum = { 0 };

	for (int i = 0; i < 5; i++)
		look_at_flushes(&sum, lines[i]);
	for (int i = 0; i < 3; i++)
		look_at_interrupts(&sum, interrupts[i]);
	for (int i = 0; i < NR_COUNTS; i++)
		printf("%.0f ", sum.of[i]);
	return 0;
}
"""


def counts_of_both_kernels(folder):
    """The sender of an interrupt flushes nothing; a shoot-down by a call is one interrupt, by a vector of its own another."""
    said = []
    for tracefs in (os.path.join(folder, "none"), folder):
        os.makedirs(os.path.join(folder, "events/tlb/tlb_flush"), exist_ok=True)
        program = os.path.join(folder, "flushes")
        subprocess.run(["gcc", "-w", f'-DTRACEFS="{tracefs}"', f"-I{HERE}", f"-I{HERE}/guest", "-x", "c", "-o", program, "-"], input=FLUSHES,
                       text=True, check=True)
        said.append([int(word) for word in subprocess.run([program], check=True, capture_output=True, text=True).stdout.split()])
    names = [dict(zip(guests.COUNTS, numbers)) for numbers in said]
    expected = [{"tlb_flushes": 7, "tlb_pages": 10, "ipis": ipis, "tlb_shootdowns": 300, "page_table_writes": 0} for ipis in (333, 33)]
    return None if names == expected else f"{names}"


def in_time(costs, kind="plain"):
    """A row in time whose Linux took 20 each time."""
    return report.rows_of("smp2", [({"a": guests.Result(["a", kind, str(cost), "1"])}, {"a": result("a", 20)}) for cost in costs])[0]


def over_the_bar():
    slow = report.rows_of("icount", [({"a": result("a", 3)}, {"a": result("a", 2)})])[0]
    hair = report.rows_of("icount", [({"a": result("a", 1001)}, {"a": result("a", 1000)})])[0]
    copy = report.rows_of("icount", [({"a": guests.Result(["a", "bulk", "1001", "1"])}, {"a": guests.Result(["a", "bulk", "1000", "1"])})])[0]
    if not (slow.is_over and hair.is_over) or copy.is_over or copy.is_undecided:
        return "the bars"
    gone = report.rows_of("icount", [({"a": guests.Result(["a", "missing", "no such call"])}, {"a": result("a", 2)})])[0]
    if not gone.is_broken or slow.is_broken or "broken: a (icount)" not in report.table([gone]):
        return "what is broken"
    return None if "over the bar: a (icount): 1.50 !, because: not known yet" in report.table([slow]) else report.table([slow])


def judged_by_the_interval():
    """Of a time the median alone decides nothing: it is below the bar, or above it, with all of its interval."""
    scattered = [21, 23] * 7 + [21]       # medians of both sides of 22 are drawn
    verdicts = {"fine": in_time([21] * 15), "over": in_time([24, 25, 26] * 5), "undecided": in_time(scattered)}
    wrong = {expected: row.interval for expected, row in verdicts.items() if row.verdict != expected}
    if wrong:
        return f"{wrong}"
    if in_time([10]).verdict != "undecided" or in_time([24]).is_over:
        return "one pair decides"
    speeds = [in_time([cost] * 5, "scale").verdict for cost in (1.02, 1.2)] + [in_time([1.02, 1.2] * 3, "scale").verdict]
    if speeds != ["fine", "over", "undecided"]:
        return f"scaling {speeds}"
    text = report.table([verdicts["undecided"]]) + report.table([in_time([10])])
    return None if "undecided: a (smp2): 1.05 [1.05 1.15] ?" in text and "undecided: 1 rows (smp2): one pair" in text else text


def waits_are_no_costs():
    """What sleeps is printed and is not in the mean."""
    pairs = [({"a": result("a", 1), "b": guests.Result(["b", "waits", "1", "1"])}, {"a": result("a", 2), "b": guests.Result(["b", "waits", "300", "300"])})]
    rows = report.rows_of("icount", pairs)
    text = report.table(rows)
    return None if report.means(rows) == {"icount": 0.5} and text.index("-- waits") < text.index("\nb ") else text


def emulator_does_not_sleep():
    """What is measured in time, and by emulation, has the library of spin.c in it, which does no harm to a program with threads."""
    def environment(mode, accel):
        return guests.Runner("", {}, True, [], accel=accel).environment(mode == guests.COUNTING)
    if environment(guests.COUNTING, "tcg") or environment("smp2", "kvm"):
        return "not only where times are measured by emulation"
    program = ("import threading; n = []; threads = [threading.Thread(target=lambda: [n.append(1) for _ in range(10000)]) for _ in range(8)]; "
               "[t.start() for t in threads]; [t.join() for t in threads]; print(len(n), 'spin.so' in open('/proc/self/maps').read())")
    done = subprocess.run(["/usr/bin/python3", "-c", program], env=environment("smp2", "tcg"), capture_output=True, text=True, check=False)
    return None if (done.returncode, done.stdout, done.stderr) == (0, "80000 True\n", "") else f"{done}"


def layouts_until_decided():
    """A row near the limit has more layouts than the others, and they end."""
    def results(layout, names):
        ran.append((layout, names))
        costs = {"sure": (100, 100), "dear": (100, 103), "late": (100, 106 if layout == 0 else 100), "never": (100, 104 if layout % 2 else 98)}
        return [{name: result(name, cost[side]) for name, cost in costs.items() if not names or name in names} for side in (0, 1)]
    ran = []
    rows, missing = option.measure(5, results, lambda text: None)
    found = {row.name: (row.is_over, row.is_undecided, row.layouts) for row in rows}
    late = found.pop("late")
    if missing or found != {"sure": (False, False, 5), "dear": (True, False, 5), "never": (False, True, option.MOST_LAYOUTS)}:
        return f"{found}"
    if late[:2] != (False, False) or not 5 < late[2] < option.MOST_LAYOUTS or set(ran[5][1]) != {"late", "never"} or len(ran) != option.MOST_LAYOUTS:
        return f"{late} {ran}"
    layouts = [option.layout_of(number, 5) for number in range(option.MOST_LAYOUTS)]
    if len({layout[2] for layout in layouts}) != len(layouts) or min(layout[0] for layout in layouts) < 512:
        return f"{layouts}"
    text = option.table(rows, missing, "X")
    return None if "undecided: never: " in text and "dearer by more than 1%: dear" in text else text


def compared(folder):
    """A row that the second run has not is a fault, whatever the others cost."""
    paths = [os.path.join(folder, name) for name in ("before.json", "after.json")]
    said = []
    for after in ({"a": 100, "b": 5}, {"a": 100, "b": None}, {"a": 100}, {"a": 103, "b": 5}):
        for path, rows in zip(paths, ({"a": 100, "b": 5}, after)):
            with open(path, "w", encoding="utf-8") as f:
                json.dump({"rows": [{"mode": "icount", "name": name, "mortise": cost} for name, cost in rows.items()]}, f)
        done = subprocess.run(["/usr/bin/python3", "-B", os.path.join(HERE, "compare.py"), *paths, "--limit", "1.01"], capture_output=True, text=True,
                              check=False)
        said.append((done.returncode, done.stderr.strip()))
    gone = (1, "missing now: b (icount)")
    return None if said == [(0, ""), gone, gone, (1, "1 rows are dearer than 1.01")] else f"{said}"


def causes_are_found(folder):
    path = os.path.join(folder, "causes.txt")
    with open(path, "w", encoding="utf-8") as f:
        f.write("# a line of no row\nread\tits\tcause\n")
    return None if report.causes(path) == {"read": "its\tcause"} and isinstance(report.causes(), dict) else str(report.causes(path))


def profile_is_true():
    """The functions of a row are those that it runs, and all of them together are its cost."""
    head, *lines = bench.profile.lines_of("page fault, anonymous", False, 1000)
    costs = {line.split()[-1]: float(line.split()[0].replace(",", "")) for line in lines}
    cost = float(head.split()[-2].replace(",", ""))
    dearest = max(costs, key=costs.get)
    if dearest != "clear_page" or not 512 <= costs["clear_page"] <= 520 or abs(sum(costs.values()) - cost) > 0.02 * cost:
        return "\n".join([head, *lines[:10]])
    return None


def profiled():
    """Above the bar in instructions, and only there, a row has the functions of both kernels. The profiles are not made: that takes 20 s."""
    def made(row, linux, _):
        if row == "boot":
            raise RuntimeError("no marks")
        return [f"{row}: 3 instructions", f"function of {'Linux' if linux else 'Mortise'}"]
    rows = [report.rows_of(mode, [({name: result(name, 3)}, {name: result(name, cost)})])[0]
            for mode, name, cost in (("icount", "getppid", 2), ("icount", "read", 4), ("smp2", "stat", 2), ("icount", "boot", 2))]
    with unittest.mock.patch.object(bench.profile, "lines_of", made):
        lines = bench.profiles(rows)
    expected = ["Mortise, getppid: 3 instructions", "function of Mortise", "Linux, getppid: 3 instructions", "function of Linux",
                "Mortise, boot: no profile: no marks", "Linux, boot: no profile: no marks"]
    return None if lines == expected else str(lines)


def statistics_are_right():
    low, high = stats.interval([1.0, 1.1, 0.9, 1.0, 1.05, 0.95, 1.0, 1.02, 0.98, 5.0, 1.0, 1.0, 1.01, 0.99, 1.0])
    if not 0.97 <= low <= 1.0 <= high <= 1.03:
        return f"interval {low} {high}"
    ours, theirs = (2, 3, 10), (10, 2, 3)    # the median of the ratios would be 1.5
    row = report.rows_of("smp2", [({"a": result("a", a)}, {"a": result("a", b)}) for a, b in zip(ours, theirs)])[0]
    if (row.ratio, row.ratio * row.linux) != (1.0, row.mortise) or not row.interval[0] < 1 < row.interval[1]:
        return f"{row.json()} {row.interval}"
    return None if abs(stats.geometric_mean([0.5, 2.0]) - 1) < 1e-9 and stats.interval([1.0]) is None else "mean"


def trend(folder):
    """In the order of time, whatever the names of states of one day are; of the rows that all have."""
    saved = {"2000-01-01-b": ("2000-01-01T10:00:00+00:00", {"a": 0.5}), "2000-01-01-a": ("2000-01-01T11:00:00+00:00", {"a": 0.25, "b": 4}),
             "1999-12-31-c": ("1999-12-31T12:00:00+00:00", {"a": 1})}
    for name, (taken, ratios) in saved.items():
        with open(os.path.join(folder, name + ".tsv"), "w", encoding="utf-8") as f:
            f.write(f"# {json.dumps({'taken': taken})}\noperation\tkind\tinstructions\ticount\n")
            f.writelines(f"{row}\tplain\t100\t{ratio}\n" for row, ratio in ratios.items())
    drawn = [(entry["name"][-1], entry["means"]["icount"]) for entry in report.history(folder)]
    if drawn != [("c", 1.0), ("b", 0.5), ("a", 0.25)]:
        return str(drawn)
    kept = report.history()
    return None if len(kept) >= 3 and all(entry["means"].get("icount", 0) > 0 for entry in kept) else "the tree's own results"


def garbage():
    try:
        guests.parse("getppid\tplain\t1\n")
    except ValueError:
        return None
    return "a damaged line was taken"


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="mortise-bench-") as folder:
        tap.check("every row runs on both kernels and is reported", whole_run(folder))
        tap.check("instruction counts are the same twice", counted(folder))
    tap.check("a missing row is printed as missing", missing_rows())
    tap.check("a row that one kernel lacks is no row, and said", half_missing_rows())
    tap.check("a part of a run is not saved", refused())
    with tempfile.TemporaryDirectory(prefix="mortise-bench-") as folder:
        tap.check("what is counted is counted once, on either kernel", counts_of_both_kernels(folder))
    tap.check("a row over the bar is marked", over_the_bar())
    tap.check("a time is judged by its interval", judged_by_the_interval())
    tap.check("a row that waits is not in the mean", waits_are_no_costs())
    tap.check("virtual CPUs of the emulator do not sleep for each other", emulator_does_not_sleep())
    tap.check("an option's row has layouts until it is decided", layouts_until_decided())
    with tempfile.TemporaryDirectory(prefix="mortise-bench-") as folder:
        tap.check("a row that vanished is a fault", compared(folder))
    tap.check("such a row in instructions has its functions", profiled())
    tap.check("they are what the row runs", profile_is_true())
    with tempfile.TemporaryDirectory(prefix="mortise-bench-") as folder:
        tap.check("its cause is found", causes_are_found(folder))
    tap.check("median, interval and mean", statistics_are_right())
    with tempfile.TemporaryDirectory(prefix="mortise-bench-") as folder:
        tap.check("the trend goes with time", trend(folder))
    tap.check("a damaged line is an error", garbage())
    tap.finish()


main()
