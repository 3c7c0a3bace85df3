"""Make the doctor's two single files: npwheel-doctor.pyz and npwheel-doctor.py.

Both hold the same modules of `npwheel`, need the standard library of Python 3.6
or newer, and answer an older Python with one sentence. The .pyz is a zip; the
.py is plain text, so that `python3 - < npwheel-doctor.py` works.

Usage: python tools/make_pyz.py [FOLDER]     (default: dist)
"""

from __future__ import annotations

import os
import sys
import zipfile
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
SOURCE = TOP / "src"
# What the doctor is made of; everything else of npwheel needs a newer Python.
PARTS = (
    "npwheel/__init__.py",
    "npwheel/core/__init__.py",
    "npwheel/core/errors.py",
    "npwheel/doctor",
    "npwheel/elf",
    "npwheel/places",
    "npwheel/numpy_releases/__init__.py",
    "npwheel/numpy_releases/table.py",
    "npwheel/numpy_releases/data",
)
# The oldest time that a zip can hold: the same input gives the same bytes.
EPOCH = (1980, 1, 1, 0, 0, 0)

# Started as a program, the doctor's own process ignores the user's variables, so that a
# sitecustomize.py on PYTHONPATH cannot end it; the examined child has them all.
HEADER = b"""\
#!/bin/sh
exec python3 -I -S "$0" --python python3 "$@"
"""

START = """\
import sys

if sys.version_info < (3, 6):
    sys.stderr.write(
        "npwheel doctor: this is Python %d.%d; it needs 3.6 or newer (NumPy for older Pythons "
        "gets no updates). Start it with python3.\\n" % sys.version_info[:2]
    )
    sys.exit(2)

import os

# A `random.py` of the user must not reach the doctor itself: the standard library only.
LIBRARY = os.path.dirname(os.path.abspath(os.__file__)) + os.sep
sys.path[:] = [
    entry for entry in sys.path
    if entry
    and os.path.isabs(entry)
    and ((os.path.abspath(entry) + os.sep).startswith(LIBRARY)
         or os.path.basename(entry) == "lib-dynload")
    and os.path.basename(entry) not in ("site-packages", "dist-packages")
]
"""

INSIDE = '''
import importlib.abc
import importlib.util


class Inside(importlib.abc.Loader):
    """Finds npwheel in this file, before any installed one; compiles each module once."""

    def find_spec(self, name, path=None, target=None):
        at = name.replace(".", "/")
        for file in (at + "/__init__.py", at + ".py"):
            if file in FILES:
                return importlib.util.spec_from_loader(
                    name, self, origin="npwheel-doctor/" + file, is_package=file != at + ".py")
        return None

    def create_module(self, spec):
        return None

    def get_code(self, name):
        origin = self.find_spec(name).origin
        return compile(self.get_data(origin), origin, "exec")

    def exec_module(self, module):
        module.__file__ = module.__spec__.origin
        exec(self.get_code(module.__name__), module.__dict__)

    def get_data(self, path):
        return FILES[path.split("/", 1)[1]].encode("utf-8")
'''

ZIP_MAIN = (
    START
    + INSIDE
    + """
import zipfile

# Python's own importer of zip files compiles every module twice.
with zipfile.ZipFile(os.path.dirname(os.path.abspath(__file__))) as archive:
    FILES = {name: archive.read(name).decode("utf-8") for name in archive.namelist()}
sys.meta_path.insert(0, Inside())

import runpy

runpy.run_module("npwheel.doctor", run_name="__main__", alter_sys=False)
"""
)

TEXT_MAIN = (
    '''\
#!/bin/sh
"exec" "python3" "-I" "-S" "$0" "--python" "python3" "$@"
"""npwheel doctor as one file: why NumPy does not work here, and the command that fixes it.

Run it as `python3 npwheel-doctor.py` or `python3 - < npwheel-doctor.py`.
Made by tools/make_pyz.py; do not edit.
"""
'''
    + START
    + INSIDE
    + """

def start():
    sys.meta_path.insert(0, Inside())
    import runpy
    runpy.run_module("npwheel.doctor", run_name="__main__", alter_sys=False)


FILES = {}
"""
)


def files() -> dict[str, str]:
    """Path inside of the archive -> text, sorted."""
    found = {}
    for part in PARTS:
        at = SOURCE / part
        paths = sorted(at.rglob("*")) if at.is_dir() else [at]
        for path in paths:
            if path.suffix in {".py", ".json"}:
                found[path.relative_to(SOURCE).as_posix()] = path.read_text(encoding="utf-8")
    return dict(sorted(found.items()))


def pyz(target: Path) -> None:
    """Write the zip with a `#!` line before it."""
    new = target.with_suffix(".new")
    with new.open("wb") as out:
        out.write(HEADER)
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in {"__main__.py": ZIP_MAIN, **files()}.items():
                info = zipfile.ZipInfo(name, EPOCH)
                info.compress_type = zipfile.ZIP_DEFLATED
                info.external_attr = 0o644 << 16
                archive.writestr(info, text)
    new.chmod(0o755)
    new.replace(target)


def text(target: Path) -> None:
    """Write the plain file: every module as a string of its own."""
    new = target.with_suffix(".new")
    parts = [TEXT_MAIN]
    parts += [f"FILES[{name!r}] = {body!a}\n" for name, body in files().items()]
    parts.append("\nstart()\n")
    new.write_text("".join(parts), encoding="ascii")
    new.chmod(0o755)
    new.replace(target)


def main() -> int:
    """Make both; prints their paths."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("DIST", "dist"))
    folder.mkdir(parents=True, exist_ok=True)
    pyz(folder / "npwheel-doctor.pyz")
    text(folder / "npwheel-doctor.py")
    for name in ("npwheel-doctor.pyz", "npwheel-doctor.py"):
        print(folder / name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
