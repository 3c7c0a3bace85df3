"""Scenes in which the interpreter or its standard library is the fault."""

from __future__ import annotations

import shutil
from pathlib import Path

from doctorlab.lab import Lab, link_over
from doctorlab.scene import Setup, broken


def without(python: str, at: Path, *parts: str) -> str:
    """A copy of a Python, by links, that was built without some parts."""
    prefix = Path(python).parents[1]
    copy = at / "python"
    skipped = shutil.ignore_patterns("site-packages", "test", "idlelib")
    shutil.copytree(prefix / "lib", copy / "lib", symlinks=True, copy_function=link_over,
                    ignore=skipped)  # fmt: skip
    (copy / "bin").mkdir()
    shutil.copy(python, copy / "bin" / "python3")
    for part in parts:
        for file in copy.glob(f"lib/python3*/lib-dynload/{part}.*"):
            file.unlink()
    return str(copy / "bin" / "python3")


@broken(
    "built-without-libffi",
    "NPD056",
    "a Python 3.11 that was built without libffi, bzip2, xz and SQLite (pyenv/pyenv#1933)",
    "built without libffi",
)
def built_without_libffi(lab: Lab, at: Path) -> Setup:
    exe = without(lab.python("3.11"), at, "_ctypes", "_bz2", "_lzma", "_sqlite3")
    (at / "sound.py").write_text("import ctypes\n")
    return Setup(exe, at, {"PYTHONPATH": str(at)}, modules=["sound"])


@broken(
    "imp-on-3.12",
    "NPD057",
    "a module that imports `imp`, on Python 3.12",
    "old.py imports imp",
    "Python 3.12 removed",
)
def imp_on_312(lab: Lab, at: Path) -> Setup:
    site = lab.venv(at, "3.12", pip="24.0")
    (site / "old.py").write_text("import imp\n")
    return Setup(lab.exe(site), at, modules=["old"])


@broken(
    "sitecustomize-exits",
    "NPD058",
    "PYTHONPATH has a sitecustomize.py that ends every Python with 0",
    "does not start",
    "sitecustomize.py",
)
def sitecustomize_exits(lab: Lab, at: Path) -> Setup:
    site = lab.numpy(at, "2.2.6")
    (at / "bad").mkdir()
    (at / "bad/sitecustomize.py").write_text("import os\nos._exit(0)\n")
    return Setup(lab.exe(site), at, {"PYTHONPATH": str(at / "bad")}, outside=True)
