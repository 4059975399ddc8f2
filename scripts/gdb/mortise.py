# SPDX-License-Identifier: MIT
"""Help for gdb: symbols of modules, lists of threads and modules.

    gdb vmlinux -x scripts/gdb/mortise.py -ex 'target remote :1234'

From then on each module's symbols are there before its init runs: a breakpoint in a module can be set beforehand
(`set breakpoint pending on`). Attached to a guest that has modules already: `mortise-symbols`. `mortise-ps` lists the
threads and `mortise-lsmod` the modules.
"""

import os

import gdb

STOP_AT = "module_start"


def output_folder():
    return os.path.dirname(os.path.abspath(gdb.objfiles()[0].filename))


def module_files():
    """Names of modules, as the kernel has them, and their files."""
    folder = output_folder()
    try:
        with open(os.path.join(folder, "modules.order"), encoding="utf-8") as f:
            paths = [os.path.join(folder, line.strip()) for line in f if line.strip()]
    except FileNotFoundError:
        return {}
    return {os.path.basename(p).removesuffix(".ko").replace("-", "_"): p for p in paths}


def listed(head, structure, member):
    """The structures on a list of the kernel."""
    kind = gdb.lookup_type(structure)
    offset = next(f.bitpos // 8 for f in kind.fields() if f.name == member)
    head = gdb.parse_and_eval(f"&{head}")
    node = head["next"]
    while node != head:
        address = int(node) - offset
        yield gdb.Value(address).cast(kind.pointer()).dereference()
        node = node["next"]


def modules():
    """struct module of each in the kernel's list."""
    return listed("modules", "struct module", "node")


def sections(module):
    count = int(module["nr_sections"])
    for i in range(count):
        section = module["sections"][i]
        yield section["name"].string(), int(section["address"])


class Loaded:
    """What gdb has been told of: module name and address of its code."""

    def __init__(self):
        self.known = {}

    def update(self, say=print):
        files = module_files()
        present = {}
        for module in modules():
            name = module["name"].string()
            if bool(module["builtin"]) or not int(module["nr_sections"]):
                continue
            places = dict(sections(module))
            present[name] = places
        for name in [n for n in self.known if present.get(n) != self.known[n]]:
            gdb.execute(f"remove-symbol-file {files[name]}", to_string=True)
            del self.known[name]
        for name, places in present.items():
            if name not in self.known:
                self.add(name, places, files.get(name), say)

    def add(self, name, places, path, say):
        if not path or not os.path.exists(path):
            say(f"mortise: no file for the module {name} in {output_folder()}")
            return
        words = " ".join(f"-s {section} {address:#x}" for section, address in places.items()
                         if section.startswith((".text", ".data", ".rodata", ".bss", ".init", ".exit")))
        gdb.execute(f"add-symbol-file {path} {words}", to_string=True)
        say(f"mortise: symbols of {name} from {path}")
        self.known[name] = places


class LoadBreakpoint(gdb.Breakpoint):
    """Stops unseen where a module is about to run for the first time."""

    def __init__(self, loaded):
        super().__init__(STOP_AT, internal=True)
        self.silent = True
        self.loaded = loaded

    def stop(self):
        try:
            self.loaded.update()
        except gdb.error as error:
            print(f"mortise: {error}")
        return False


class SymbolsCommand(gdb.Command):
    """mortise-symbols: read the symbols of all modules that are loaded."""

    def __init__(self, loaded):
        super().__init__("mortise-symbols", gdb.COMMAND_FILES)
        self.loaded = loaded

    def invoke(self, _argument, _from_tty):
        self.loaded.update()


class PsCommand(gdb.Command):
    """mortise-ps: the threads of all processes, with the address of each one's struct thread."""

    def __init__(self):
        super().__init__("mortise-ps", gdb.COMMAND_STATUS)

    def invoke(self, _argument, _from_tty):
        print(f"{'TID':>6} {'CPU':>3} {'thread':18} name")
        for process in listed("all_processes", "struct process", "all_node"):
            for thread in listed(f"((struct process *) {int(process.address)})->threads", "struct thread", "process_node"):
                self.show(thread)

    @staticmethod
    def show(thread):
        print(f"{int(thread['tid']):6} {int(thread['cpu']):3} {int(thread.address):#018x} {thread['name'].string()}")


class LsmodCommand(gdb.Command):
    """mortise-lsmod: the modules, with the address of each one's text."""

    def __init__(self):
        super().__init__("mortise-lsmod", gdb.COMMAND_STATUS)

    def invoke(self, _argument, _from_tty):
        for module in modules():
            if not bool(module["builtin"]):
                text = dict(sections(module)).get(".text", 0)
                print(f"{module['name'].string():24} {text:#018x}")


gdb.execute("set confirm off")
gdb.execute("set pagination off")
LOADED = Loaded()
SymbolsCommand(LOADED)
PsCommand()
LsmodCommand()
if gdb.lookup_global_symbol(STOP_AT):
    LoadBreakpoint(LOADED)
