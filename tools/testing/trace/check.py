#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Checks what guest.sh printed, and what the exporters make of its trace.

    check.py SCRATCH        with mortise.out and linux.out there
"""

import base64
import difflib
import json
import os
import re
import subprocess
import sys
import xml.dom.minidom

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
SCRATCH = sys.argv[1]
number = failed = 0


def check(name, condition, why=""):
    global number, failed
    number += 1
    print(f"{'ok' if condition else 'not ok'} {number} {name}")
    if not condition:
        failed += 1
        for line in str(why).splitlines()[:30]:
            print("# " + line)


def sections(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        parts = re.split(r"^=== (\w+)\n", file.read(), flags=re.M)
    return dict(zip(parts[1::2], parts[2::2]))


def formats(text):
    """{event: {field: (offset, size)}}, without words that mean the same."""
    events = {}
    for line in text.splitlines():
        if line.startswith("event "):
            fields = events.setdefault(line[6:], {})
        elif match := re.match(r"\s*field:(.+?);\s*offset:(\d+);\s*size:(\d+);", line):
            fields[match[1].split()[-1]] = (int(match[2]), int(match[3]))
    return events


def run(*command):
    done = subprocess.run([os.path.join(TOP, "scripts", command[0]), *command[1:]], text=True, capture_output=True,
                          check=False)
    return done.stdout, done.stderr, done.returncode


def check_formats(ours, theirs):
    mine, linux = formats(ours["formats"]), formats(theirs["formats"])
    for event, fields in linux.items():
        check(f"{event} has Linux's fields", mine.get(event) == fields, f"{mine.get(event)}\n{fields}")
    check("pages and records are laid out as Linux's", ours["headers"] == theirs["headers"],
          ours["headers"] + theirs["headers"])


def check_filters(ours, theirs):
    for name, last in ("filters", "NR 39\n"), ("threads", "the others\n"), ("ends", "end\n"):
        mine, linux = ours.get(name, ""), theirs.get(name, "")
        check(f"{name}: said on Linux", linux.endswith(last), linux)
        check(f"{name}: the same here", mine == linux, "\n".join(difflib.unified_diff(linux.splitlines(), mine.splitlines(), "linux", "mortise")))
    changes = ours.get("changes", "")
    check("filters and lists change under load, and leave nothing", "changed none none 3\n" in changes, changes)
    check("what a filter leaves out pushes nothing out", "kept 5 0\n" in changes, changes)
    check("children in a list are seen to their end", "left 1\n" in changes, changes)
    check("marks are in no list", "marks 1\n" in changes, changes)


def check_record(text):
    counts = dict(re.findall(r"^(\w+) (\d+)$", text, re.M))
    for event in ("sched_switch", "sched_waking", "sched_wakeup", "sched_wakeup_new", "sched_migrate_task", "sched_process_fork", "sched_process_exec",
                  "sched_process_exit", "sys_enter", "sys_exit", "page_fault_user", "page_fault_kernel", "irq_handler_entry",
                  "irq_handler_exit"):
        check(f"trace-cmd records and reports {event}", int(counts.get(event, 0)) > 0, text)
    check("it understands every record", "\n0\n" in text, text)
    check("it records a program and its children alone", re.findall("^own (.*)", text, re.M) == ["ls", "sh"], text)
    check("it filters, and takes the filter away", "filtered 3 of 3\nnone\n" in text, text)
    check("it records one CPU, with the date of each event", "CPU [001] many\ndates\n3\nrefused" in text, text)


def json_events(trace, what="the trace"):
    out, errors, status = run("trace2json", trace)
    check(f"trace2json makes JSON of {what}", status == 0, errors)
    return json.loads(out)["traceEvents"] if status == 0 else []


def check_json(trace):
    events = json_events(trace)
    slices = [e for e in events if e["ph"] == "X"]
    names = {(e["pid"], e["tid"]): e["args"]["name"] for e in events if e["ph"] == "M" and e["name"] == "thread_name"}
    check("each slice has a track with a name, a time and a duration",
          slices and all((e["pid"], e["tid"]) in names and e["ts"] > 0 and e["dur"] >= 0 for e in slices))
    check("the CPUs are tracks", {n for (pid, _), n in names.items() if pid == 1} >= {"CPU 0", "CPU 1"}, names)
    calls = [e for e in slices if e["pid"] == 2]
    check("system calls have names, durations and results",
          sum(e["name"] == "getdents64" and "result" in e["args"] for e in calls) > 10, calls[:3])
    check("programs run on the CPUs", any(re.match(r"find \d+", e["name"]) for e in slices if e["pid"] == 1))
    busy = {}
    for e in slices:
        if e["pid"] == 1 and "left" in e["args"]:
            busy.setdefault(e["tid"], []).append((e["ts"], e["ts"] + e["dur"]))
    check("a CPU runs one at a time", all(a[1] <= b[0] + 0.002 for runs in busy.values()
                                          for a, b in zip(sorted(runs), sorted(runs)[1:])))
    # Of the disk, and of the timer; what the trace cut off is none.
    whole = [e for e in slices if e["pid"] == 1 and "left" not in e["args"] and "unfinished" not in e["args"]]
    handlers = [e for e in whole if re.match(r"irq irq=\d+ name=0000:", e["name"])]
    check("the disk's interrupts are on the CPUs, as many as its requests or fewer", 0 < len(handlers) <= 64, whole[:5])
    vectors = [e for e in whole if e["name"] in ("local_timer", "reschedule", "call_function", "tlb_shootdown", "irq_work")]
    check("so are the vectors of the processor's own", len(vectors) > 100 and "local_timer" in {e["name"] for e in vectors}, vectors[:5])
    check("an interrupt is short beside the trace", all(e["dur"] < 1e6 for e in handlers + vectors))
    counts = [(match[1], int(match[2])) for e in sorted(events, key=lambda e: e.get("ts", 0)) if e["ph"] == "i"
              and (match := re.search(r"^module_(get|put) nvme .*refcnt=(\d+)", e["name"] + " " + e["args"]["text"]))]
    # dd alone uses the disk: the last that is given back undoes the last that was taken.
    check("module_get and module_put show the references behind the change", len(counts) >= 2 and counts[-1][0] == "put" and
          counts[-1][1] == counts[0][1] - 1, counts)
    begins = [e for e in events if e["ph"] == "b"]
    check("block requests begin and end", len(begins) >= 16 and
          {e["id"] for e in begins} == {e["id"] for e in events if e["ph"] == "e"}, begins[:3])
    for what, pattern in (("module_load", "echo"), ("module_free", "echo"), ("module_get", "nvme"), ("module_put", "nvme"),
                          ("page_fault_kernel", "address="), ("tracing_mark_write", "a mark from the shell"), ("page_fault_user", "address=")):
        check(f"{what} is a point on its thread", any(e["ph"] == "i" and e["name"] == what and pattern in e["args"]["text"]
                                                      for e in events))


def check_lost():
    """Where events are missing, nothing is taken for the end of what began before."""
    path = SCRATCH + "/lost"
    line = "            cat-7       [00{}] d.... {:5.6f}: {}: {}\n"
    switch = "prev_comm={} prev_pid={} prev_prio=120 prev_state=S ==> next_comm={} next_pid={} next_prio=120"
    for words in ("[LOST 5 EVENTS]", "[5 EVENTS DROPPED]", "[EVENTS DROPPED]"):
        with open(path, "w", encoding="utf-8") as file:
            file.writelines((line.format(0, 1, "sched_switch", switch.format("swapper/0", 0, "cat", 7)),
                             line.format(1, 1.05, "block_rq_issue", "259,0 R 4096 () 8 + 8 [cat]"),
                             line.format(0, 1.1, "sys_enter", "NR 0 (3, 0, 1, 0, 0, 0)"), line.format(0, 1.2, "irq_handler_entry", "irq=4 name=a"),
                             f"CPU:0 {words}\n",
                             line.format(0, 2, "irq_handler_exit", "irq=5 ret=handled"), line.format(0, 2.1, "sys_exit", "NR 0 = 1"),
                             line.format(0, 2.2, "sched_switch", switch.format("dog", 8, "cat", 7)),
                             line.format(0, 2.5, "sched_switch", switch.format("cat", 7, "swapper/0", 0))))
        events = json_events(path)
        slices = [(e["name"], e["ts"]) for e in events if e["ph"] == "X" and "unfinished" not in e["args"]]
        check(f"CPU:0 {words} ends what it must", slices == [("cat 7", 2.2e6)] and not [e for e in events if e["ph"] == "b"], slices)


def check_end():
    """What has not come to its end in the trace is shown as far as the trace goes, and says so."""
    path = SCRATCH + "/end"
    line = "            cat-7       [00{}] d.... {:5.6f}: {}: {}\n"
    switch = "prev_comm={} prev_pid={} prev_prio=120 prev_state=S ==> next_comm={} next_pid={} next_prio=120"
    with open(path, "w", encoding="utf-8") as file:
        file.writelines((line.format(0, 1, "sched_switch", switch.format("swapper/0", 0, "cat", 7)),
                         line.format(0, 1.1, "sys_enter", "NR 0 (3, 0, 1, 0, 0, 0)"),
                         line.format(0, 1.2, "block_rq_issue", "259,0 R 4096 () 8 + 8 [cat]"),
                         line.format(0, 1.3, "irq_handler_entry", "irq=4 name=a"),
                         # One that ends: what it still does is in its last call. Its number comes again.
                         line.replace("cat-7", "dog-8").format(1, 1.4, "sys_enter", "NR 231 (0, 0, 0, 0, 0, 0)"),
                         line.replace("cat-7", "dog-8").format(1, 1.5, "sched_process_exit", "comm=dog pid=8 prio=120"),
                         line.replace("cat-7", "dog-8").format(1, 1.6, "sched_switch", switch.format("dog", 8, "swapper/1", 0)),
                         line.replace("cat-7", "fox-8").format(1, 1.8, "sys_enter", "NR 60 (1, 0, 0, 0, 0, 0)"),
                         line.format(1, 2, "sched_switch", switch.format("fox", 8, "swapper/1", 0))))
    events = json_events(path)
    exits = [(e["name"], e["ts"], e["dur"]) for e in events if e["ph"] == "X" and e["name"].startswith("exit") and "unfinished" not in e["args"]]
    check("exit lasts as long as its thread", exits == [("exit_group", 1.4e6, 0.2e6), ("exit", 1.8e6, 0)], exits)
    found = sorted((e["name"], e["ts"], e["dur"]) for e in events if e["ph"] == "X" and e["args"].get("unfinished"))
    check("what the end of the trace cuts off is shown, marked", found == [("cat 7", 1e6, 1e6), ("irq irq=4 name=a", 1.3e6, 0.7e6),
                                                                           ("read", 1.1e6, 0.9e6)], found)
    ends = [(e["ph"], e["ts"]) for e in events if e["ph"] in "be"]
    check("so is a request that is not through", ends == [("b", 1.2e6), ("e", 2e6)], ends)


def check_dat(path):
    """What trace-cmd itself wrote: its report has words of its own for some events."""
    events = json_events(path, "trace-cmd's trace.dat")
    slices = [e for e in events if e["ph"] == "X"]
    names = {(e["pid"], e["tid"]): e["args"]["name"] for e in events if e["ph"] == "M" and e["name"] == "thread_name"}
    check("each of its slices has a track with a name", slices and all((e["pid"], e["tid"]) in names for e in slices))
    check("it has what ran on each CPU", {e["tid"] for e in slices if e["pid"] == 1 and "left" in e["args"]} >= {0, 1} and
          any(re.match(r"cat \d+", e["name"]) for e in slices if e["pid"] == 1), slices[:5])
    cat = [e for e in slices if e["pid"] == 2 and names[2, e["tid"]].startswith("cat ")]
    check("and the calls of the program that was recorded, with results",
          any(e["name"] == "openat" and e["args"]["result"] == 3 for e in cat) and
          any(e["name"] in ("read", "sendfile") and e["args"]["result"] > 40 for e in cat), cat)
    points = {e["name"] for e in events if e["ph"] == "i"}
    check("and points", points >= {"sched_wakeup", "sched_process_exec", "sched_process_exit", "page_fault_user"}, points)


def check_flames(trace):
    out, errors, status = run("flamegraph", "--fold", trace)
    stacks = [line.rsplit(" ", 1)[0].split(";") for line in out.splitlines()]
    check("flamegraph folds the samples", status == 0 and len(stacks) > 5, errors + out)
    # Any program's: the ring has been overwritten since, and a slow guest leaves of an early one what fell to it by chance.
    check("a system call stands on its program, and what it called on it",
          any(s[1] == "[user]" and any(name.startswith("sys_") for name in s[2:-1]) for s in stacks), out)
    check("programs are seen too", any(s[-1] == "[user]" for s in stacks), out)
    out = run("flamegraph", "--fold", "--elf", f"spin={SCRATCH}/spin", trace)[0]
    spin = [line.rsplit(" ", 1)[0].split(";")[1:] for line in out.splitlines() if line.startswith("spin;")]
    check("a program's functions have their names, from main on", ["main", "spin_outer", "spin_inner"] in (s[-3:] for s in spin), out)
    # clock_gettime is the vdso's, wherever it is called from.
    check("what is none of the program's has none", any(s[-1] == "[user]" and "spin_outer" in s for s in spin), out)
    picture = run("flamegraph", trace)[0]
    document = xml.dom.minidom.parseString(picture)
    boxes = document.getElementsByTagName("rect")
    check("the picture has a box for each, none wider than the whole",
          len(boxes) > 20 and all(float(b.getAttribute("width")) <= 1180.1 for b in boxes[1:]))


def check_switches(text):
    lines = text.split("\n")
    check("who switches all events off stops the samples", lines.pop(0) == "0", text)
    check("options are taken that are so", "taken" in text and re.findall("taken (.*)", text) == ["nostacktrace"], text)
    check("events are off, recording on", lines[:3] == ["0", "0", "1"], text)
    check("set_event takes names and groups", {"sched:sched_switch", "raw_syscalls:sys_enter", "raw_syscalls:sys_exit"}
          == set(lines[3:6]), text)
    check("X stands for some", lines[6:9] == ["X", "X", "1"], text)
    check("and ! in front switches off; nonsense is refused", lines[9:11] == ["sched:sched_switch", "refused"], text)


def check_latencies(ours):
    calls = {line.split()[0]: line.split() for line in ours["calls"].splitlines()}
    for call in ("read", "write"):
        row = calls.get(call, [])
        times = [int(n) for n in re.findall(r"<\d+:(\d+)", " ".join(row))]
        check(f"{call}s are counted while it is on, and not after",
              row and 2000 <= int(row[1]) < 2100 and sum(times) == int(row[1]), ours["calls"])
    check("the histogram can be set back", ours["reset"].strip() == "0", ours["reset"])
    disk = re.search(r"^read +(\d+) +(\d+) +(\d+) ", ours["disk"], re.M)
    check("requests to the disk too", disk and int(disk[1]) == 64 and 0 < int(disk[2]) <= int(disk[3]), ours["disk"])


def main():
    ours, theirs = sections(SCRATCH + "/mortise.out"), sections(SCRATCH + "/linux.out")
    check("the guest came to the end", "end" in ours and "end" in theirs, list(ours) + list(theirs))
    check_formats(ours, theirs)
    check_filters(ours, theirs)
    check_record(ours["record"])
    trace = SCRATCH + "/trace"
    with open(trace, "w", encoding="utf-8") as file:
        file.write(ours["text"])
    check_json(trace)
    check_lost()
    check_end()
    dat = SCRATCH + "/trace.dat"
    with open(dat, "wb") as file:
        file.write(base64.b64decode(ours["dat"]))
    check_dat(dat)
    check_flames(trace)
    check_switches(ours["switches"])
    check("a full ring drops the newest or the oldest, as asked", ours["full"].split("\n")[:3] ==
          ["16", "dropped", "overwritten"], ours["full"])
    check("a ring is as large as a reader of pages needs, and not larger than memory", ours["full"].split("\n")[3:5] ==
          ["16", "no memory"], ours["full"])
    check("the rings of all CPUs become larger, or none does", ours["full"].split("\n")[5:9] ==
          ["all or none", "16", "16", "nothing kept"], ours["full"])
    check("pages flow through a small ring that drops the newest, until recording is off", ours["raw"].split("\n")[:4] ==
          ["pages flow", "off ends it", "whole pages", "0"], ours["raw"])
    check("trace_pipe waits and is woken", ours["pipe"].strip().endswith("piped"), ours["pipe"])
    check("poll is woken by a record, and sees the rest of a page", ours["poll"].split()[:4] == ["woken"] * 3 + ["rest"],
          ours["poll"])
    check("one record is not spliced, and is read", ours["poll"].split()[4:] == ["spared", "read"], ours["poll"])
    check_latencies(ours)
    counters = ours["counters"].split("\n")
    check("page-table writes are counted while that is on", counters[:2] == ["still", "counted"], ours["counters"])
    check("counters has a line for each CPU", "interrupts_TLB" in counters[2] and counters[3:5] == ["0", "1"],
          ours["counters"])
    print(f"1..{number}")
    sys.exit(failed > 0)


main()
