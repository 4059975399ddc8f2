# SPDX-License-Identifier: MIT
"""Where Mortise differs from Linux on purpose: case, reason, and what it prints then (text, or a function of both texts)."""

FORCE = "what a module was built for cannot be overridden: the checks are the kit's promise"


def without(*lines):
    """As Linux, but for these lines of ours."""
    def same(ours, theirs):
        return "\n".join(line for line in ours.splitlines() if not any(word in line for word in lines)) == theirs
    return same


DIFFERENCES = {
    "insmod of a 32-bit file":
        ("Linux does not look at the class",
         "insmod: ERROR: could not insert module /kmod/bad/class.ko: Invalid module format\n-> 1"),
    "insmod of another symbol version":
        ("ESRCH has the fitting words in kmod, Linux's EINVAL has not",
         "insmod: ERROR: could not insert module /kmod/bad/crc.ko: Module has wrong symbol version\n-> 1"),
    "parameters in sysfs: a text of two lines":
        ("the end of line that echo writes is no part of the text", "-> 0\ntwo\nlines"),
    "modprobe --force-vermagic":
        (FORCE, "modprobe: ERROR: could not insert 'km_plain': Exec format error\n-> 1\n" * 2 + "km_noexit 0 \n-> 0"),
    "modprobe --force-modversion":
        (FORCE, "modprobe: ERROR: could not insert 'km_top': Exec format error\n-> 1\nkm_noexit 0 \n-> 0"),
    "modinfo -F vermagic":
        ("a module of the kit is for every release", "kit1 x86_64\n-> 0"),
    "modinfo by name":
        ("the kit has fields of its own, and compiles with thunks always",
         lambda ours, theirs: ours.replace("isolation\nkit\n", "").replace("recover\n", "retpoline\n") == theirs),
    "/sys/module: a module's files":
        ("each module has a srcversion, on Linux those with MODULE_VERSION", without("km_base/srcversion", "km_top/srcversion")),
    "system calls":
        (FORCE, lambda ours, theirs: ours == theirs.replace("versions ignored: 0", "versions ignored: ENOEXEC")
         .replace("version magic ignored: 0", "version magic ignored: ENOEXEC")),
}
