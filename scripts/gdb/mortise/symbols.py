# SPDX-License-Identifier: MIT
"""mortise-lsmod, mortise-symbols, and the symbols of modules, which come by themselves before a module first runs."""

import os

import gdb

from .core import Command, listed, number

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


def modules():
    """struct module of each in the kernel's list."""
    return listed("modules", "struct module", "node")


def sections(module):
    for i in range(int(module["nr_sections"])):
        section = module["sections"][i]
        yield section["name"].string(), number(section["address"])


class Loaded:
    """What gdb has been told of: module name and the places of its sections."""

    def __init__(self):
        self.known = {}
        self.files = {}

    def update(self, say=print):
        files = module_files()
        present = {}
        for module in modules():
            if not bool(module["builtin"]) and int(module["nr_sections"]):
                present[module["name"].string()] = dict(sections(module))
        for name in [n for n in self.known if present.get(n) != self.known[n]]:
            self.forget(name)
        for name, places in present.items():
            if name not in self.known:
                self.add(name, places, files.get(name), say)

    def forget(self, name):
        try:
            gdb.execute(f"remove-symbol-file {self.files[name]}", to_string=True)
        except gdb.error:
            pass                    # gdb itself has dropped it
        del self.known[name]

    def add(self, name, places, path, say):
        if not path or not os.path.exists(path):
            say(f"mortise: no file for the module {name} in {output_folder()}")
            return
        words = " ".join(f"-s {section} {address:#x}" for section, address in places.items()
                         if section.startswith((".text", ".data", ".rodata", ".bss", ".init", ".exit")))
        gdb.execute(f"add-symbol-file {path} {words}", to_string=True)
        say(f"mortise: symbols of {name} from {path}")
        self.known[name] = places
        self.files[name] = path


LOADED = Loaded()


class LoadBreakpoint(gdb.Breakpoint):
    """Stops unseen where a module is about to run for the first time."""

    def __init__(self):
        super().__init__(STOP_AT, internal=True)
        self.silent = True

    def stop(self):
        try:
            LOADED.update()
        except gdb.error as error:
            print(f"mortise: {error}")
        return False


class Symbols(Command):
    """mortise-symbols: read the symbols of all modules that are loaded; for a guest that had some when gdb came."""

    category = gdb.COMMAND_FILES

    def run(self, argument):
        LOADED.update()


class Lsmod(Command):
    """mortise-lsmod: the modules with the address of each one's text, and whether gdb has its symbols."""

    def run(self, argument):
        LOADED.update()
        print(f"{'module':24} {'text':18} symbols")
        for module in modules():
            if not bool(module["builtin"]):
                name = module["name"].string()
                text = dict(sections(module)).get(".text", 0)
                print(f"{name:24} {text:#018x} {'read' if name in LOADED.known else 'none'}")


def register():
    Symbols()
    Lsmod()
    if gdb.lookup_global_symbol(STOP_AT):
        LoadBreakpoint()
