"""Imports what a wheel brings, each name in a process of its own; runs in the proof's Python.

Called as `python -c TEXT NUMPY REPORT NAMES TIMEOUT FOLDER`, so that no folder of ours is on its
path. NumPy is imported once; its version is compared, and it must lie in FOLDER, where one is
named. Every name is imported in a fork of that process. REPORT gets one JSON line for NumPy,
which ends with the process where it fails, and one for each name. Standard library only,
Python 3.9 to 3.15.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import signal
import sys
import traceback
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any

# Left the standard library: an import of one fails for every user of a newer Python.
REMOVED = frozenset(
    [
        "aifc",
        "asynchat",
        "asyncore",
        "audioop",
        "binhex",
        "cgi",
        "cgitb",
        "chunk",
        "crypt",
        "distutils",
        "formatter",
        "imghdr",
        "imp",
        "lib2to3",
        "mailcap",
        "msilib",
        "nis",
        "nntplib",
        "ossaudiodev",
        "parser",
        "pipes",
        "smtpd",
        "sndhdr",
        "spwd",
        "sunau",
        "symbol",
        "telnetlib",
        "uu",
        "xdrlib",
    ]
)
# Python 3.9 does not list its own modules: those that a Python may have been built without.
SOMETIMES = frozenset(
    [
        "_bz2",
        "_ctypes",
        "_curses",
        "_dbm",
        "_gdbm",
        "_hashlib",
        "_lzma",
        "_sqlite3",
        "_ssl",
        "_tkinter",
        "_uuid",
        "bz2",
        "ctypes",
        "curses",
        "dbm",
        "lzma",
        "readline",
        "sqlite3",
        "ssl",
        "tkinter",
    ]
)


def lacking(error: BaseException | None, own: AbstractSet[str]) -> str:
    """Return what an import wants that neither its wheel brings nor requires; "" for a fault."""
    for _ in range(10):
        if isinstance(error, ModuleNotFoundError) and error.name:
            break
        # Only a hand-written ImportError ("please install X") stands for the one it hides.
        if not isinstance(error, ImportError) or error.name or error.path:
            return ""
        error = error.__cause__ or error.__context__
    else:
        return ""
    top = error.name.partition(".")[0]
    if top in own or top in REMOVED:
        return ""
    if top in getattr(sys, "stdlib_module_names", SOMETIMES):
        return top + ", which this Python was built without"
    if top.startswith("_"):  # a part of the wheel that is not there; no distribution
        return ""
    return top + ", which the wheel does not require"


def foreign(name: str) -> str:
    """Return where a name comes from when that is not this environment, else ""."""
    try:
        spec = importlib.util.find_spec(name)
    except ValueError:  # it replaced itself by an object of its own
        return ""
    if spec is None:
        return ""
    places = (
        [spec.origin or ""] if spec.has_location else list(spec.submodule_search_locations or ())
    )
    prefix = os.path.realpath(sys.prefix) + os.sep
    if not places:
        return spec.origin or "this Python"
    return "" if os.path.realpath(places[0]).startswith(prefix) else places[0]


def gil() -> str:
    """Return the state of the GIL, "" where this Python has nothing to say."""
    enabled = getattr(sys, "_is_gil_enabled", None)
    return "" if enabled is None else "enabled" if enabled() else "disabled"


def glibc() -> str:
    """Return "glibc 2.41", the libc of this very Python; "" on musl."""
    try:
        return os.confstr("CS_GNU_LIBC_VERSION") or ""
    except (OSError, ValueError):
        return ""


def one(name: str, own: AbstractSet[str], write: int) -> None:
    """Import a name; what came of it goes to `write`, as JSON."""
    try:
        origin = foreign(name)
        importlib.import_module(name)
    except BaseException as error:
        lacks = lacking(error, own)
        traceback.print_exc()
        if isinstance(error, SystemExit):
            sys.stderr.write(f"SystemExit: importing {name} ends the interpreter\n")
        if not lacks:
            sys.stdout.flush()
            os._exit(1)
        found = {"lacks": lacks}
    else:
        found = {"foreign": origin, "gil": gil()}
    os.write(write, json.dumps(found).encode("ascii"))
    os.close(write)


def received(pipe: int) -> dict[str, Any]:
    """Return what a child that has ended left in its pipe; {} for nothing."""
    os.set_blocking(pipe, False)  # its own children may have it open still
    try:
        found: dict[str, Any] = json.loads(os.read(pipe, 65536))
        return found
    except (BlockingIOError, ValueError):
        return {}
    finally:
        os.close(pipe)


def apart(name: str, own: AbstractSet[str], timeout: int, folder: Path) -> dict[str, Any] | None:
    """Import in a child process. Returns its JSON with "code" and "output", or None in the child.

    The child goes on to the end of this program, so that a crash at exit is seen too.
    """
    printed = folder / "printed"
    with printed.open("wb") as file:
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(read)
            os.dup2(file.fileno(), 1)
            os.dup2(file.fileno(), 2)
            signal.alarm(timeout)
            one(name, own, write)
            return None
    os.close(write)
    _, status = os.waitpid(child, 0)
    found = received(read)
    code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else -os.WTERMSIG(status)
    with printed.open("rb") as file:
        found["output"] = file.read(1 << 20).decode("utf-8", "replace")
    if code == -signal.SIGALRM:
        found["output"] += f"\nno answer within {timeout} s"
    return dict(found, code=code, imported="gil" in found and code == 0)


def main() -> None:
    """NumPy, then every name."""
    numpy, path, names, timeout, folder = sys.argv[1:6]
    names = json.loads(names)
    own = {name.partition(".")[0] for name in names} | {"numpy"}
    with Path(path).open("w", encoding="utf-8") as report:
        version = place = ""
        if numpy:
            module = importlib.import_module("numpy")
            version, place = module.__version__, os.path.realpath(str(module.__file__))
        facts = {"python": sys.version.split()[0], "libc": glibc(), "gil": gil()}
        report.write(json.dumps(facts) + "\n")
        report.flush()
        if version != numpy:
            sys.stderr.write(f"numpy {version} answers, {numpy} was installed\n")
            sys.exit(3)
        if folder and not place.startswith(folder):
            sys.stderr.write(f"numpy of {place} answers, expected that of {folder}\n")
            sys.exit(3)
        sys.stdout.flush()
        sys.stderr.flush()
        for name in names:
            found = apart(name, own, int(timeout), Path(path).parent)
            if found is None:
                return
            report.write(json.dumps(dict(found, name=name)) + "\n")
            report.flush()


main()
