#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Configuration goals of the Makefile, on top of Debian's kconfiglib.

usage: kconfig.py GOAL [FILE]

GOAL is one of Kbuild's (defconfig FILE, olddefconfig, randconfig, ...), or
  fragment FILE  merge FILE into the configuration and complain where an option did not take
  sync           bring include/config and include/generated/autoconf.h up to date

Environment: KCONFIG_CONFIG (the .config), OUT (the O= folder with a slash, or empty).
"""

import os
import random
import sys

import kconfiglib
from kconfiglib import BOOL, TRISTATE, STRING, Kconfig

OUT = os.environ.get("OUT", "")
CONFIG = os.environ.get("KCONFIG_CONFIG", ".config")
SYNC_DIR = OUT + "include/config/"
AUTO_CONF = SYNC_DIR + "auto.conf"
AUTOCONF_H = OUT + "include/generated/autoconf.h"


def note(text):
    if "s" not in os.environ.get("MAKEFLAGS", "").split(" ")[0]:
        print("  KCONFIG " + text, flush=True)


def die(text):
    sys.exit("kconfig: " + text)


def write_if_changed(path, text):
    """True when the file's content changed."""
    try:
        with open(path) as f:
            if f.read() == text:
                return False
    except FileNotFoundError:
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    with open(path + ".tmp", "w") as f:
        f.write(text)
    os.replace(path + ".tmp", path)
    return True


def save(kconf):
    """kconfiglib leaves an unchanged .config untouched."""
    message = kconf.write_config(CONFIG)
    note(message.replace("'", ""))


def load(kconf, must_exist=False):
    if os.path.exists(CONFIG):
        kconf.load_config(CONFIG)
    elif must_exist:
        die(f"there is no {CONFIG}: run make defconfig first")


def show_warnings(kconf, fatal=False):
    for warning in kconf.warnings:
        print("kconfig: " + warning, file=sys.stderr)
    if fatal and kconf.warnings:
        die("the configuration was not taken over whole")


# --- goals -----------------------------------------------------------------------------------

def defconfig(kconf, path):
    kconf.load_config(path)
    show_warnings(kconf)
    save(kconf)


def olddefconfig(kconf):
    load(kconf, must_exist=True)
    save(kconf)


def set_all(kconf, value_of):
    """Set every bool and tristate that is not part of a choice to value_of(symbol)."""
    kconf.warn = False
    for sym in kconf.unique_defined_syms:
        if sym.type in (BOOL, TRISTATE) and not sym.choice:
            sym.set_value(value_of(sym))


def allnoconfig(kconf):
    set_all(kconf, lambda sym: 2 if sym.is_allnoconfig_y else 0)
    save(kconf)


def allyesconfig(kconf):
    set_all(kconf, lambda sym: 2)
    save(kconf)


def allmodconfig(kconf):
    set_all(kconf, lambda sym: 2 if sym.type == BOOL else 1)
    save(kconf)


def alldefconfig(kconf):
    save(kconf)


def randconfig(kconf):
    seed = int(os.environ.get("KCONFIG_SEED") or random.SystemRandom().randrange(1 << 32))
    rng = random.Random(seed)
    print(f"  KCONFIG_SEED={seed}", flush=True)
    set_all(kconf, lambda sym: rng.choice((0, 2) if sym.type == BOOL else (0, 1, 2)))
    for choice in kconf.unique_choices:
        visible = [sym for sym in choice.syms if sym.visibility]
        if visible:
            rng.choice(visible).set_value(2)
    save(kconf)


def savedefconfig(kconf):
    load(kconf, must_exist=True)
    note(kconf.write_min_config(OUT + "defconfig").replace("'", ""))


def new_symbols(kconf):
    """Symbols a person could set that the .config says nothing about."""
    return [sym for sym in kconf.unique_defined_syms
            if sym.user_value is None and sym.visibility and
            not (sym.choice and sym.choice.user_selection)]


def listnewconfig(kconf):
    load(kconf, must_exist=True)
    for sym in new_symbols(kconf):
        print(sym.config_string.rstrip() or f"# CONFIG_{sym.name} is not set")


def oldconfig(kconf):
    load(kconf, must_exist=True)
    ask_new(kconf)
    save(kconf)


def ask(sym):
    """Until the answer fits; an empty one, or the end of the input, is the default."""
    prompt = next(node.prompt[0] for node in sym.nodes if node.prompt)
    while True:
        try:
            answer = input(f"{prompt} (CONFIG_{sym.name}) [{sym.str_value}] ").strip()
        except EOFError:
            print("(default)")
            answer = ""
        if sym.set_value(answer or sym.str_value):
            return
        print(f"  CONFIG_{sym.name} takes " + ("/".join("nmy"[v] for v in sym.assignable) or "another value"))


def ask_new(kconf):
    """One at a time: an answer may make further options visible."""
    while new := new_symbols(kconf):
        ask(new[0])


def menuconfig(kconf):
    import menuconfig as menu
    menu.menuconfig(kconf)


def fragment(kconf, path):
    if not os.path.exists(path):
        die(f"no configuration fragment {path}")
    load(kconf, must_exist=True)
    kconf.warn_assign_override = kconf.warn_assign_redun = False    # setting anew is what a fragment is for
    kconf.load_config(path, replace=False)
    save(kconf)
    wanted = [line.strip() for line in open(path)]
    for line in wanted:
        off = line.startswith("# CONFIG_") and line.endswith(" is not set")
        if not (off or line.startswith("CONFIG_")):
            continue
        name = (line.split()[1] if off else line.split("=")[0])[len("CONFIG_"):]
        value = "n" if off else line.split("=", 1)[1].strip('"')
        sym = kconf.syms.get(name)
        if sym is None or (sym.str_value != value and not (off and sym.str_value == "")):
            print(f"kconfig: {path}: CONFIG_{name}={value} did not take", file=sys.stderr)


# --- sync: what the build reads ---------------------------------------------------------------

def read_old_values():
    old = {}
    try:
        with open(AUTO_CONF) as f:
            for line in f:
                name, sep, value = line.rstrip("\n").partition("=")
                if sep and name.startswith("CONFIG_"):
                    old[name[len("CONFIG_"):]] = value
    except FileNotFoundError:
        pass
    return old


def current_values(kconf):
    """What auto.conf holds: symbols that are on or have a value."""
    values = {}
    for sym in kconf.unique_defined_syms:
        line = sym.config_string
        if line.startswith("CONFIG_"):
            values[sym.name] = line.rstrip("\n").partition("=")[2]
    return values


def header_line(kconf, name, value):
    if kconf.syms[name].type in (BOOL, TRISTATE):
        return f"#define CONFIG_{name}{'_MODULE' if value == 'm' else ''} 1\n"
    return f"#define CONFIG_{name} {value}\n"


def make_value(kconf, name, value):
    """Strings go to make without their quotes, as make has no quoting."""
    return value[1:-1].replace("$", "$$") if kconf.syms[name].type == STRING else value


def sync(kconf):
    load(kconf, must_exist=True)
    new = new_symbols(kconf) if os.path.exists(AUTO_CONF) else []
    for sym in new:
        note(f"new option CONFIG_{sym.name}={sym.str_value} (its default)")
    save_quietly(kconf)
    values = {name: make_value(kconf, name, value)
              for name, value in current_values(kconf).items()}
    old = read_old_values()
    os.makedirs(SYNC_DIR, exist_ok=True)
    for name in sorted(set(old) | set(values)):
        if old.get(name) != values.get(name):
            with open(SYNC_DIR + name, "w"):
                pass
    header = "/* Made from the configuration; do not edit. */\n"
    header += "".join(header_line(kconf, n, v) for n, v in current_values(kconf).items())
    write_if_changed(AUTOCONF_H, header)
    files = " ".join(dict.fromkeys(kconf.kconfig_filenames))
    write_if_changed(SYNC_DIR + "auto.conf.cmd",
                     f"kconfig-files := {files}\n$(kconfig-files):\n")
    # Last, and always: it is the stamp that says all of it is up to date.
    with open(AUTO_CONF, "w") as f:
        f.write("".join(f"CONFIG_{n}={v}\n" for n, v in values.items()))


def save_quietly(kconf):
    kconf.write_config(CONFIG, save_old=False)


GOALS = {f.__name__: f for f in (
    defconfig, olddefconfig, allnoconfig, allyesconfig, allmodconfig, alldefconfig, randconfig,
    savedefconfig, listnewconfig, oldconfig, menuconfig, fragment, sync)}
GOALS["config"] = GOALS["oldconfig"]


def main():
    if len(sys.argv) < 2 or sys.argv[1] not in GOALS:
        die("usage: kconfig.py GOAL [FILE]")
    kconf = Kconfig("Kconfig", warn_to_stderr=True)
    GOALS[sys.argv[1]](kconf, *sys.argv[2:])


main()
