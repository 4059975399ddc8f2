# SPDX-License-Identifier: MIT
"""A folder of things that are slow to make, each made once under a name that tells its content."""

import fcntl
import os
import shutil
import tempfile


def folder():
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    path = os.environ.get("MORTISE_CACHE") or os.path.join(base, "mortise")
    os.makedirs(path, exist_ok=True)
    return path


def get(name, make):
    """The path of NAME; if it is not there yet, make(path) makes a file or folder."""
    final = os.path.join(folder(), name)
    try:
        os.utime(final)
        return final
    except FileNotFoundError:       # or trimmed just now
        pass
    with open(os.path.join(folder(), f".{name}.lock"), "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.exists(final):
            work = tempfile.mkdtemp(dir=folder(), prefix=".new-")
            try:
                path = os.path.join(work, name)
                make(path)
                os.rename(path, final)
            finally:
                shutil.rmtree(work, ignore_errors=True)
    return final


def trim(prefix, keep):
    """Keep the KEEP most recently used entries whose names begin with PREFIX."""
    names = [n for n in os.listdir(folder()) if n.startswith(prefix)]
    paths = sorted((os.path.join(folder(), n) for n in names), key=_mtime, reverse=True)
    for path in paths[keep:]:
        shutil.rmtree(path, ignore_errors=True) if os.path.isdir(path) else _unlink(path)
        _unlink(os.path.join(folder(), f".{os.path.basename(path)}.lock"))


def _mtime(path):
    try:
        return os.stat(path).st_mtime
    except OSError:
        return 0


def _unlink(path):
    try:
        os.unlink(path)
    except OSError:
        pass
