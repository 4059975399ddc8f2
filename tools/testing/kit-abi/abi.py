# SPDX-License-Identifier: MIT
"""The kit's promise (Documentation/abi/policy.md).

- The golden file holds, and has all that stable headers have. gcc and clang see the same types.
- scripts/check-kit passes, and sees each of its rules broken.
- Incompatible edits of the headers are seen by the golden file and by the loader, compatible ones by neither, for each pair of compilers.
- A module of a younger kit, whose structures are larger, works while it does not use that, and is refused with E2BIG when it does.
- A header outside the kit cannot be included by a module.
- The modules of the last release, built from its commit, are what was released, and load.
- The kernel of today does what the comments of the stable headers say: its modules conform and conform_pci ask it, by both compilers, and so do
  those of the last release. They call every stable function.
"""

import glob
import os
import re
import shutil
import subprocess
import sys

from kit import CC, O, OTHER, SCRATCH, TOP, KITSYMS, Compiler, Root, Tap, build_module, clean_environment, must, other_build, run, symvers
from mutations import COMPATIBLE, GROWN, INCOMPATIBLE
from rules import BROKEN

GOLDEN = "Documentation/abi/kit-0.x.symtypes"
CONFORMANCE = "tools/testing/kit-abi/conformance"
# What the conformance modules do not call although it is stable: __stack_chk_fail stops the kernel. Younger functions than that of kit 0.9 are named and
# no failure.
NOT_CALLED = {"__stack_chk_fail"}
CALLED_UP_TO = (0, 11)
CHECK_KIT = "scripts/check-kit"
# `make test-debug` asks what guests say: what is the same in each configuration is left to `make test`.
GUESTS_ONLY = "VM_REPORTS" in os.environ


def make_golden(compiler, root):
    """What would be frozen if every header were stable."""
    path = os.path.join(SCRATCH, "golden-" + compiler.name)
    with open(path, "w", encoding="utf-8") as f:
        f.write(must(KITSYMS, "--stable", "--frozen", root.unit(compiler)))
    return path


def is_complete(root, compiler):
    with open(GOLDEN, encoding="utf-8") as f:
        frozen = {line.rstrip("\n") for line in f if not line.startswith("#")}
    missing = [line for line in must(KITSYMS, "--frozen", root.unit(compiler)).splitlines() if line not in frozen]
    return not missing and bool(frozen), "\n".join(missing) + "\nnot frozen yet: make kit-golden"


def test_golden(tap, root, compilers, goldens):
    for compiler in compilers:
        tap.check(f"what is frozen holds, by {compiler.name}", KITSYMS, "--check", GOLDEN, root.unit(compiler))
    tap.result("all that is stable is frozen", *is_complete(root, compilers[0]))
    tap.check("gcc and clang see the same types", "cmp", *goldens)


def test_rules(tap):
    tap.check("the headers keep the shape rules", CHECK_KIT, "--cc", "gcc", "--cc", "clang")
    for number, (rule, name, edits) in enumerate(BROKEN):
        root = Root(f"rule-{number}")
        for edit in edits:
            root.edit(*edit)
        status, output = run(CHECK_KIT, "--root", root.path)
        tap.result(f"seen by rule {rule}: {name}", status == 1 and f"check-kit: {rule}: " in output, output)
        shutil.rmtree(root.path)


def mutated(name, edits):
    root = Root(name)
    for edit in edits:
        root.edit(*edit)
    return root


def golden_answers(root, compilers, goldens):
    """Exit status for each pair: golden file by one compiler, headers by the other."""
    return [run(KITSYMS, "--stable", "--check", golden, root.unit(compiler)) for golden in goldens for compiler in compilers]


def test_mutations(tap, compilers, goldens):
    """The golden file's part; makes the modules for the loader's."""
    folder = os.path.join(SCRATCH, "kit-abi")
    os.makedirs(folder)
    shutil.copy("tools/testing/kit-abi/guest.sh", folder)
    wanted = {}
    cases = [("same", "nothing changed", [], 0)]
    cases += [(f"bad{n}", name, edits, 1) for n, (name, edits) in enumerate(INCOMPATIBLE)]
    cases += [(f"good{n}", name, edits, 0) for n, (name, edits) in enumerate(COMPATIBLE)]
    for short, name, edits, status in cases:
        root = mutated(short, edits)
        answers = [] if GUESTS_ONLY else golden_answers(root, compilers, goldens)
        if answers:
            tap.result(f"golden file: {'caught' if status else 'no alarm'}: {name}", all(a[0] == status for a in answers), answers[0][1])
        for compiler in compilers:
            known = symvers(root, compiler, os.path.join(O, "Module.symvers"))
            ko = build_module(root, compiler, "tools/testing/kit-abi/subject.c", "subject", known)
            shutil.copy(ko, os.path.join(folder, f"{short}-{compiler.name}.ko"))
            wanted[f"{short}-{compiler.name}"] = (name, status)
        shutil.rmtree(root.path)
    return folder, wanted


def test_loader(tap, kernel, build, folder, wanted):
    output = run("scripts/vm", "--add", f"{folder}:/kit-abi", "--", "sh", "/kit-abi/guest.sh", env={**os.environ, "O": build})[1]
    said = dict(line.partition(" ")[::2] for line in output.splitlines() if " " in line)
    by_name = {}
    for module, (name, status) in wanted.items():
        answer = said.get(module, "not tried: " + output[-300:])
        is_refused = answer.startswith("refused: ") and ("disagrees about" in answer or "unknown symbol" in answer)
        by_name.setdefault((name, status), []).append((is_refused if status else answer == "loaded", f"{module}: {answer}"))
    for (name, status), answers in by_name.items():
        tap.result(f"kernel by {kernel}, modules by gcc and clang: {'refused' if status else 'loaded'}: {name}",
                   all(good for good, _ in answers), "\n".join(text for _, text in answers))


def test_grown(tap, compilers):
    """Larger structures of a younger kit: what this kernel does not know is zero, or E2BIG."""
    folder = os.path.join(SCRATCH, "grown")
    os.makedirs(folder)
    must("gcc", "-static", "-O1", "-Wall", "-o", os.path.join(folder, "ask"), "tools/testing/kit-abi/ask.c")
    root = mutated("grown-headers", GROWN)
    for compiler in compilers:
        known = symvers(root, compiler, os.path.join(O, "Module.symvers"))
        shutil.copy(build_module(root, compiler, "tools/testing/kit-abi/grown.c", "grown", known), os.path.join(folder, f"{compiler.name}.ko"))
    shutil.rmtree(root.path)
    shutil.copy("tools/testing/kit-abi/grown.sh", folder)
    for compiler in compilers:
        output = run("scripts/vm", "--add", f"{folder}:/grown", "--", "sh", "/grown/grown.sh", f"/grown/{compiler.name}.ko")[1]
        parts = re.split(r"^use (\d+)$", output, flags=re.M)
        said = {int(n): re.findall(r"grown: (.*): (-?\d+)$", text, re.M) for n, text in zip(parts[1::2], parts[2::2])}
        uses = int(dict(said.get(0, [])).get("uses", 0))
        tap.result(f"larger structures by {compiler.name} that use nothing new are taken",
                   uses > 10 and all(result == "0" for what, result in said[0] if what != "uses"), output)
        tap.result("the last command of a table with larger entries is found", "asked: 42" in output, output)
        tap.result("the second of larger nested buffers is found", "nested: 14" in output, output)
        wrong = [n for n in range(1, uses + 1) if sorted({result for what, result in said.get(n, []) if what != "uses"}) != ["-7", "0"] or
                 [result for what, result in said[n]].count("-7") != 1]
        tap.result(f"larger structures by {compiler.name}: each that uses something new is refused alone, with E2BIG", uses > 10 and not wrong,
                   f"not so: {wrong}\n{output}")
        silent = [n for n, text in zip(parts[1::2], parts[2::2]) if len(re.findall("^reason ", text, re.M)) != (n != "0")]
        tap.result(f"larger structures by {compiler.name}: each refusal says why, once", uses > 10 and not silent, f"not so: {silent}\n{output}")
    shutil.rmtree(folder)


def test_include(tap):
    """What a module may include is what the kit has."""
    folder = os.path.join(SCRATCH, "outside")
    os.makedirs(folder)
    with open(os.path.join(folder, "Makefile"), "w", encoding="utf-8") as f:
        f.write("obj-m := outside.o\n")
    for header in ("kernel/sched.h", "lib/list.h", "mm/slab.h", "drivers/device.h", "arch/cpu.h"):
        with open(os.path.join(folder, "outside.c"), "w", encoding="utf-8") as f:
            f.write(f"#include <kit/module.h>\n#include <{header}>\nMODULE_LICENSE(\"MIT\");\n")
        where = [] if O == TOP else [f"O={O}"]
        status, output = run("make", "-s", *where, f"CC={CC}", f"M={folder}", env=clean_environment())
        tap.result(f"a module cannot include <{header}>", is_not_found(status, header, output), output)


def is_not_found(status, header, output):
    return status != 0 and header in output and ("No such file" in output or "not found" in output)


def test_include_in_tree(tap):
    """The same for the tree's own: a header of the core before the first line of each module."""
    build = os.path.join(SCRATCH, "in-tree")
    make = ["make", "-s", f"O={build}", f"CC={CC}"]
    must(*make, "defconfig", env=clean_environment())
    for folder in sorted(os.listdir("modules")):
        sources = sorted(name for name in os.listdir(os.path.join("modules", folder)) if name.endswith(".c") and not name.endswith((".mod.c", ".types.c")))
        if not sources:
            continue
        name = sources[0][:-2]
        goal = f"modules/{folder}/{name}.o"
        status, output = run(*make, goal, f"CFLAGS_{name}.o=-include kernel/sched.h", env=clean_environment())
        tap.result(f"modules/{folder} cannot include <kernel/sched.h>", is_not_found(status, "kernel/sched.h", output),
                   f"status {status}\n{output}")
        status, output = run(*make, goal, f"CFLAGS_{name}.o=-include kit/time.h", env=clean_environment())
        tap.result(f"modules/{folder} can include <kit/time.h>", status == 0, output)


def last_release():
    """(version, commit, {module: sha256}) of the last one, or None."""
    release = None
    with open("Documentation/abi/releases", encoding="utf-8") as f:
        for line in f:
            words = line.split("#")[0].split()
            if words[:1] == ["release"]:
                release = (words[1], words[2], words[3], {})
            elif words:
                release[3][words[1]] = words[0]
    return release


def test_release(tap):
    """The modules as they were released, made again from the commit: (version, {module: sha256}) for the guest, or None."""
    release = last_release()
    if release is None:
        tap.result("there is a release to be kept", False, "Documentation/abi/releases names none")
        return None
    version, commit, compiler, sums = release
    if run("git", "cat-file", "-e", commit + "^{commit}")[0]:
        tap.result(f"the commit of kit {version} is in this clone", False, f"{commit} is not here: a shallow clone does not have the releases. "
                   f"git fetch --unshallow (CI: fetch the whole history), then again")
        return None
    build_release(tap, version, commit, compiler, sums)
    return version, sums


def build_release(tap, version, commit, compiler, sums):
    """From a work tree of the commit: modules of the tree by one make, samples and the conformance modules as a third party builds them."""
    tree = os.path.join(SCRATCH, "release")
    folder = os.path.join(SCRATCH, "released")
    must("git", "worktree", "prune")
    must("git", "worktree", "add", "--detach", "--force", tree, commit)
    try:
        make = ["make", "-s", "-j2", f"CC={compiler}"]
        tap.check(f"kit {version} is configured", *make, "defconfig", cwd=tree, env=clean_environment())
        tap.check(f"its modules are built from {commit[:12]}", *make, "modules", cwd=tree, env=clean_environment())
        for sample in sorted({os.path.dirname(module) for module in sums if not module.startswith("modules/")}):
            tap.check(f"so is {sample}", *make, f"M={os.path.join(tree, sample)}", cwd=tree, env=clean_environment())
        for module, wanted in sums.items():
            path = os.path.join(folder, os.path.basename(module))
            must("strip", "--strip-debug", "-o", path, os.path.join(tree, module))
            found = must("sha256sum", path).split()[0]
            tap.result(f"{module} is what was released", found == wanted, f"sha256 {found}, released {wanted}")
        if os.path.isdir(os.path.join(tree, CONFORMANCE)):
            add_conformance(os.path.join(tree, CONFORMANCE), f"kit-{version}")
    finally:
        run("git", "worktree", "remove", "--force", tree)


def draft_numbers():
    """{header: number} of today."""
    numbers = {}
    for name in os.listdir("include/kit"):
        with open(os.path.join("include/kit", name), encoding="utf-8") as f:
            numbers.update(re.findall(r"^KIT_HEADER(?:_PLAIN)?\((\w+), (\d+)\)", f.read(), re.M))
    return numbers


def other_draft(path, today):
    """A draft that the module was built with and that is another by now; None: it is inside the promise."""
    for field in must("modinfo", "-F", "draft", path, env={**os.environ, "PATH": os.environ["PATH"] + ":/sbin:/usr/sbin"}).split():
        header, _, number = field.partition(":")
        if today.get(header) != number:
            return header
    return None


def with_another_draft(folder, names, today):
    """A released module whose draft is another by now, as FOLDER/another/NAME.ko: while none has become so by itself, one that is made to say so."""
    os.makedirs(os.path.join(folder, "another"))
    for name in names:
        with open(os.path.join(folder, name + ".ko"), "rb") as f:
            data = f.read()
        field = re.search(rb"\0draft=(\w+:)(\d)\0", data)
        if field and other_draft(os.path.join(folder, name + ".ko"), today) is None:
            at = field.start(2)
            with open(os.path.join(folder, "another", name + ".ko"), "wb") as f:
                f.write(data[:at] + str((int(data[at:at + 1]) + 1) % 10).encode() + data[at + 1:])
            return f"another/{name}"
    return None


def add_conformance(source, name, build=TOP):
    """For the guest: the modules that were built of that folder, and their program. A build with O= has its own place for what is below TOP."""
    folder = os.path.join(SCRATCH, "released", "conformance", name)
    os.makedirs(folder)
    for module in glob.glob(os.path.join(source, "*.ko")) or glob.glob(os.path.join(build, os.path.relpath(source, TOP), "*.ko")):
        must("strip", "--strip-debug", "-o", os.path.join(folder, os.path.basename(module)), module)
    must("gcc", "-static", "-O1", "-w", "-pthread", "-o", os.path.join(folder, "use"), os.path.join(source, "use.c"))


def conformance_of_today(compilers):
    for compiler in compilers:
        copy = os.path.join(SCRATCH, "conformance", compiler.name)
        shutil.copytree(CONFORMANCE, copy, ignore=shutil.ignore_patterns("*.o", "*.ko", "*.mod.*", "*.types.*", ".*"))
        where = [] if compiler.build == TOP else [f"O={compiler.build}"]
        must("make", "-s", *where, f"CC={compiler.name}", f"M={copy}", env=clean_environment())
        add_conformance(copy, f"today-{compiler.name}", compiler.build)


def stable_functions():
    """{symbol: (major, minor) since} of what stable headers declare."""
    today, functions = draft_numbers(), {}
    with open(os.path.join(O, "Module.symvers"), encoding="utf-8") as f:
        for line in f:
            _, symbol, where, export, since, header, versions = line.rstrip("\n").split("\t")
            if export == "EXPORT_KIT" and versions != "-" and today.get(header.partition(":")[0], "0" if where != "vmlinux" else "") == "0":
                functions[symbol] = tuple(int(n) for n in since.split("."))
    return functions


def test_calls(tap, folder):
    """Each stable function is called by the conformance modules: they have no import that no case uses."""
    stable = stable_functions()
    imports = set(must("nm", "-u", *glob.glob(os.path.join(folder, "*.ko"))).split())
    called = (imports & stable.keys()) - NOT_CALLED
    missing = stable.keys() - called - NOT_CALLED
    print(f"# conformance: {len(called)} of the {len(stable)} functions of stable headers are called, in cases; not: "
          f"{' '.join(sorted(stable.keys() - called)) or 'none'}", flush=True)
    old = sorted(symbol for symbol in missing if stable[symbol] <= CALLED_UP_TO)
    tap.result("each stable function is called by a conformance module", len(stable) > 100 and not old, f"not called: {' '.join(old)}")


def result_of_conformance(tap, name, output):
    said = output.partition(f"begin conformance of {name}\n")[2].partition("begin ")[0]
    results = re.findall(r"^(not )?ok - ", said, re.M)
    why = [line for line in said.splitlines() if not line.startswith("ok - ")]
    tap.result(f"the kernel does what the kit's comments say, by the modules of {name}: {len(results)} cases",
               len(results) > 50 and not any(results) and "# end" in why, "\n".join(why) if results else output)


def use_modules(tap, release):
    """
    Each released module is loaded by the kernel of today, used and unloaded, by the exercisers of module-cycles; one of another draft is refused by
    name. In the same guest the conformance modules ask what they have to ask.
    """
    version, sums = release or ("", {})
    folder = os.path.join(SCRATCH, "released")
    today = draft_numbers()
    must("gcc", "-static", "-O1", "-w", "-o", os.path.join(folder, "cycles"), *glob.glob("tools/testing/module-cycles/*.c"), "tools/testing/lib/snapshot.c")
    disk, tiny = os.path.join(SCRATCH, "disk"), os.path.join(SCRATCH, "tiny")
    must("truncate", "-s", "8M", disk)
    must("samples/tinyfs/mktinyfs", tiny, "8")
    names = [os.path.basename(module)[:-3] for module in sums if not module.startswith(CONFORMANCE)]
    another = with_another_draft(folder, names, today)
    if another:
        names.append(another)
    conformance = sorted(os.listdir(os.path.join(folder, "conformance")))
    script = (f"exec 2>&1; for c in {' '.join(conformance)}; do echo \"begin conformance of $c\"; /sbin/modprobe pci; /released/conformance/$c/use "
              f"/released/conformance/$c; done; for p in {' '.join(names)}; do m=${{p#*/}}; echo \"begin $p\"; /released/cycles --once $m /released/${{p%$m}}; "
              "dmesg | grep \" $m: not loaded\" | tail -n 1; done; echo begin end")
    output = run("scripts/vm", "--append", "vm.nomodules", "--device", "edu", "--device", "pci-serial", "--disk", f"nvme:{disk}",
                 "--disk", f"nvme:{tiny}", "--add", f"{folder}:/released", "--", "sh", "-c", script)[1]
    for name in names:
        said = output.partition(f"begin {name}\n")[2].partition("begin ")[0]
        draft = other_draft(os.path.join(folder, name + ".ko"), today)
        if draft is None:
            tap.result(f"{name} of kit {version} loads, works and unloads today", f"ok - {name}: once" in said and "not ok" not in said, output)
        else:
            tap.result(f"{name} of kit {version} was built with another draft of {draft} and is refused by that name",
                       "not loaded" in said and draft in said, output)
    for name in conformance:
        result_of_conformance(tap, name, output)


def main():
    tap = Tap()
    build = other_build()
    compilers = [Compiler(CC, O), Compiler(OTHER, build)]
    root = Root("as-it-is")
    goldens = [make_golden(compiler, root) for compiler in compilers]
    test_golden(tap, root, compilers, goldens)
    if GUESTS_ONLY:
        tap.skip("the headers by themselves", "the same in each configuration")
    else:
        test_rules(tap)
        test_include(tap)
        test_include_in_tree(tap)
    folder, wanted = test_mutations(tap, compilers, goldens)
    test_loader(tap, CC, O, folder, wanted)
    test_loader(tap, OTHER, build, folder, wanted)
    test_grown(tap, compilers)
    os.makedirs(os.path.join(SCRATCH, "released"))
    release = test_release(tap)
    conformance_of_today(compilers)
    test_calls(tap, os.path.join(SCRATCH, "released", "conformance", f"today-{CC}"))
    use_modules(tap, release)
    return tap.finish()


sys.exit(main())
