# SPDX-License-Identifier: MIT
"""mortise-lsmod, mortise-symbols, and the symbols of modules, which come by themselves: before a module first runs, or when gdb
comes late."""

import os
import shlex

import gdb

from .core import Command, evaluate, listed, number

STOP_AT = "module_start"


def output_folder():
    return os.path.dirname(os.path.abspath(gdb.objfiles()[0].filename))


def kernel_name(path):
    """The name that the kernel has for a module's file."""
    return os.path.basename(path).removesuffix(".ko").replace("-", "_")


class ModulePath(gdb.Parameter):
    """Files of modules of other trees, or folders where they lie, with spaces between.

These come before the modules of the kernel's own build; the current folder comes last."""

    set_doc = "Set where modules of other trees lie: files or folders."
    show_doc = "Show where modules of other trees lie: files or folders."

    def __init__(self):
        super().__init__("mortise-module-path", gdb.COMMAND_FILES, gdb.PARAM_OPTIONAL_FILENAME)
        self.value = ""

    def get_set_string(self):
        try:
            places = self.places()
        except ValueError as error:
            raise gdb.GdbError(f"mortise-module-path: {error}") from error
        for place in places:
            if not os.path.exists(place):
                print(f"mortise: no {place}")
        return ""

    def get_show_string(self, value):
        return f"Modules of other trees are looked for in {value or 'the current folder alone'}."

    def places(self):
        return [os.path.expanduser(word) for word in shlex.split(self.value or "")]


MODULE_PATH = ModulePath()


def files_in(place):
    """The modules in a folder; a file is itself."""
    if not os.path.isdir(place):
        return [os.path.abspath(place)]
    return [os.path.abspath(os.path.join(place, name)) for name in sorted(os.listdir(place)) if name.endswith(".ko")]


def built_files():
    """The modules of the kernel's own build."""
    folder = output_folder()
    try:
        with open(os.path.join(folder, "modules.order"), encoding="utf-8") as f:
            return [os.path.join(folder, line.strip()) for line in f if line.strip()]
    except FileNotFoundError:
        return []


def module_files():
    """Names of modules, as the kernel has them, and their files: of those of one name the first."""
    files = {}
    for path in [p for place in MODULE_PATH.places() for p in files_in(place)] + built_files() + files_in("."):
        files.setdefault(kernel_name(path), path)
    return files


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
            say(f"mortise: no file for the module {name} in {output_folder()} or here: set mortise-module-path FOLDER")
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


def list_is_there():
    """Whether the kernel's list of modules can be read: before paging is on, there are zeros or nothing in its place."""
    try:
        head = evaluate("modules").address
        return number(head["next"]["prev"]) == number(head)
    except gdb.error:
        return False


class FirstStop:
    """Reads the symbols of what was loaded before gdb came, at the first stop of each connection at which the list is there."""

    def __init__(self):
        self.done = False
        gdb.events.stop.connect(self.stopped)
        if hasattr(gdb.events, "connection_removed"):
            gdb.events.connection_removed.connect(self.left)

    def stopped(self, _event):
        if self.done or not list_is_there():
            return
        self.done = True
        try:
            LOADED.update()
        except gdb.error as error:
            print(f"mortise: {error}")

    def left(self, _event):
        self.done = False


class Symbols(Command):
    """mortise-symbols: read the symbols of all modules that are loaded; after a change of mortise-module-path."""

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
        FirstStop()
