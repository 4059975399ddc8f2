# SPDX-License-Identifier: MIT
"""What the commands share: lists of the kernel, numbers of CPUs, copies of per-CPU variables, the base class of a command."""

import gdb


class Command(gdb.Command):
    """A command by its method run(argument); its documentation is the class's, the name what stands before the colon."""

    category = gdb.COMMAND_STATUS

    def __init__(self):
        super().__init__(self.__doc__.split(":", maxsplit=1)[0].split()[0], self.category)

    def invoke(self, argument, _from_tty):
        self.run(argument.strip())

    def run(self, argument):
        raise NotImplementedError


def evaluate(expression):
    return gdb.parse_and_eval(expression)


def number(value):
    """An integer of 64 bits without sign, whatever gdb makes of pointers; of a function its address."""
    if value.type.code == gdb.TYPE_CODE_FUNC:
        value = value.address
    return int(value) & 0xffffffffffffffff


def at(address, kind):
    """A pointer to gdb's type KIND at an address; gdb takes Python's numbers as signed ones of 64 bits."""
    return gdb.Value((address & (1 << 64) - 1) - (1 << 64 if address >> 63 & 1 else 0)).cast(kind.pointer())


def pointer_to(name, address):
    """A pointer to the structure NAME at an address."""
    return at(address, gdb.lookup_type(name))


def listed(head, structure, member):
    """The structures on a list of the kernel; head is an expression or the value of a struct list_head."""
    offset = next(f.bitpos // 8 for f in gdb.lookup_type(structure).fields() if f.name == member)
    head = (evaluate(head) if isinstance(head, str) else head).address
    node = head["next"]
    while node != head:
        yield pointer_to(structure, number(node) - offset).dereference()
        node = node["next"]


def has_bit(word, bit):
    return number(word) >> bit & 1


def cpus():
    """Numbers of the CPUs that run."""
    words = evaluate("cpu_online_mask")["bits"]
    return [cpu for cpu in range(number(evaluate("nr_cpu_ids"))) if has_bit(words[cpu // 64], cpu % 64)]


def per_cpu(variable, cpu):
    """A CPU's copy of a per-CPU variable."""
    address = evaluate(f"&{variable}")
    return at(number(address) + number(evaluate("percpu_offset")[cpu]), address.type.target()).dereference()


def symbol(address):
    """"name+0xoffset", or the number."""
    text = gdb.execute(f"info symbol {address:#x}", to_string=True)
    if text.startswith("No symbol"):
        return f"{address:#x}"
    return text.split(" in section ")[0].replace(" + ", "+").strip()


def all_threads():
    """The kernel's own threads, then those of each process."""
    yield from listed("kernel_threads", "struct thread", "kthread_node")
    for process in listed("all_processes", "struct process", "all_node"):
        yield from listed(process["threads"], "struct thread", "process_node")


def thread_of(argument):
    """A thread by its number (tid) or by the address of its struct thread."""
    value = number(evaluate(argument))
    if value >> 47:
        return pointer_to("struct thread", value).dereference()
    for thread in all_threads():
        if int(thread["tid"]) == value:
            return thread
    raise gdb.GdbError(f"no thread {value}")
