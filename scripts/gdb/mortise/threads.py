# SPDX-License-Identifier: MIT
"""mortise-ps, mortise-backtrace and mortise-wait: who there is, where it sleeps, and who waits in a queue."""

import gdb

from .core import Command, all_threads, at, cpus, evaluate, listed, number, per_cpu, pointer_to, symbol, thread_of

# Bits of thread->state, include/kernel/thread.h; 0 is running or runnable.
STATES = ((0x1, "S"), (0x2, "D"), (0x8, "T"), (0x10, "t"), (0x20, "X"), (0x40, "N"), (0x80, "P"))
# arch_switch_to saves rbp, rbx, r12 to r15, the lowest first: rbp, and above it the address to go on at.
SAVED_RBP = 5
# A sleeper is in these files whatever it waits for.
SLEEP_FILES = ("kernel/sched/", "kernel/sync/", "kernel/time/", "arch/x86_64/thread/", "include/")


def state_letter(thread):
    state = number(thread["state"])
    if bool(thread["on_rq"]) or not state:
        return "R"
    return next((letter for bit, letter in STATES if state & bit), f"{state:#x}")


def return_addresses(thread, limit=48):
    """Of a thread that is not running, the innermost first, by the frame pointers on its stack."""
    low, high = number(thread["stack"]), number(thread["stack_top"])
    word = gdb.lookup_type("unsigned long")
    frame = number(at(number(thread["kernel_rsp"]), word)[SAVED_RBP])
    for _ in range(limit):
        if not low <= frame < high - 8 or frame & 7:
            return
        saved, back = (number(at(frame, word)[i]) for i in (0, 1))
        if not back:
            return
        yield back - 1
        if saved <= frame:
            return
        frame = saved


def file_of(address):
    table = gdb.find_pc_line(address).symtab
    return table.filename.removeprefix("./") if table else ""


def waits_in(thread):
    """The innermost function that is not of the scheduler's and the sleeping locks' own; of their own threads: who called schedule."""
    addresses = list(return_addresses(thread))
    outside = (a for a in addresses if not any(part in file_of(a) for part in SLEEP_FILES))
    address = next(outside, addresses[1] if len(addresses) > 1 else None)
    return "?" if address is None else symbol(address)


def running():
    """Addresses of the threads on each CPU."""
    return {number(per_cpu("current_thread", cpu)): cpu for cpu in cpus()}


def line(thread, more=""):
    return (f"{int(thread['tid']):6} {int(thread['cpu']):3} {state_letter(thread):5} {number(thread.address):#018x} "
            f"{thread['name'].string():16} {more}").rstrip()


class Ps(Command):
    """mortise-ps: all threads, kernel threads too (tid 0), with state, address of struct thread, and where each runs or waits."""

    def run(self, argument):
        on = running()
        print(f"{'TID':>6} {'CPU':>3} {'state':5} {'thread':18} {'name':16} runs or waits in")
        for thread in all_threads():
            cpu = on.get(number(thread.address))
            print(line(thread, f"running on CPU {cpu}" if cpu is not None else waits_in(thread)))


class Backtrace(Command):
    """mortise-backtrace TID or ADDRESS: the calls of a thread that is not running."""

    category = gdb.COMMAND_STACK

    def run(self, argument):
        thread = thread_of(argument)
        cpu = running().get(number(thread.address))
        if cpu is not None:
            raise gdb.GdbError(f"it runs on CPU {cpu}: thread {cpu + 1}, then backtrace")
        print(line(thread))
        for i, address in enumerate(return_addresses(thread)):
            place = gdb.find_pc_line(address)
            where = f" at {place.symtab.filename}:{place.line}" if place.symtab else ""
            print(f"#{i:<3} {address:#018x} {symbol(address)}{where}")


class Wait(Command):
    """mortise-wait EXPRESSION: who waits in a wait queue (a wait_queue_head_t or its address); the first is woken first."""

    def run(self, argument):
        head = evaluate(argument)
        if head.type.strip_typedefs().code != gdb.TYPE_CODE_PTR:
            head = head.address
        head = pointer_to("struct wait_queue_head", number(head))
        found = False
        for entry in listed(head["entries"], "struct wait_queue_entry", "entry"):
            found = True
            function = symbol(number(entry["func"]))
            exclusive = " exclusive" if number(entry["flags"]) & 1 else ""
            if "wake_function" in function:
                print(line(pointer_to("struct thread", number(entry["private"])).dereference(), function + exclusive))
            else:
                print(f"callback {function}, private {number(entry['private']):#x}{exclusive}")
        if not found:
            print("nobody waits")


def register():
    Ps()
    Backtrace()
    Wait()
