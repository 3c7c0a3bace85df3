"""Scenes of installations that were whole once, or that belong to somebody else."""

from __future__ import annotations

from pathlib import Path

from doctorlab.good import with_pandas
from doctorlab.lab import Lab
from doctorlab.scene import Setup, broken


@broken("pyc-cut", "NPD054", "one .pyc of numpy 2.2.6 cut to 300 bytes", "bytecode", "fromnumeric")
def pyc_cut(lab: Lab, at: Path) -> Setup:
    site = lab.numpy(at, "2.2.6")
    file = next((site / "numpy/_core/__pycache__").glob("fromnumeric.*.pyc"))
    lab.replace(file, file.read_bytes()[:300])
    return Setup(lab.exe(site), at)


@broken(
    "zeros-after-power-cut",
    "NPD031",
    "one Python file of numpy 1.26.4 filled with zeros, its size as it was",
    "npyio.py",
    "SHA-256",
)
def zeros(lab: Lab, at: Path) -> Setup:
    site = lab.numpy(at, "1.26.4")
    file = site / "numpy/lib/npyio.py"
    lab.replace(file, bytes(file.stat().st_size))
    for kept in (site / "numpy/lib/__pycache__").glob("npyio.*.pyc"):
        kept.unlink()
    return Setup(lab.exe(site), at)


@broken(
    "pandas-module-cut",
    "NPD030",
    "a module of pandas 2.2.3 cut to a third, numpy 2.2.6 whole",
    "pandas/_libs/algos",
    "cut short",
)
def pandas_cut(lab: Lab, at: Path) -> Setup:
    setup = with_pandas(lab, at)
    file = next(at.glob("venv/lib/*/site-packages/pandas/_libs/algos.*.so"))
    lab.replace(file, file.read_bytes()[: file.stat().st_size // 3])
    return setup


@broken(
    "init-deleted",
    "NPD010",
    "numpy/__init__.py of numpy 2.2.6 deleted",
    "has no __init__.py, which was installed there",
)
def init_deleted(lab: Lab, at: Path) -> Setup:
    site = lab.numpy(at, "2.2.6")
    (site / "numpy/__init__.py").unlink()
    return Setup(lab.exe(site), at)


@broken(
    "own-folder-numpy",
    "NPD008",
    "a package `numpy` of the user's own in the current folder",
    "/numpy hides NumPy itself",
)
def own_folder(lab: Lab, at: Path) -> Setup:
    site = lab.numpy(at, "2.2.6")
    (at / "numpy").mkdir()
    (at / "numpy/__init__.py").write_text("answer = 42\n")
    return Setup(lab.exe(site), at)


@broken(
    "pythonpath-of-another-python",
    "NPD009",
    "PYTHONPATH leads into the site-packages of a Python 3.9 with its own numpy 1.26.4",
    "PYTHONPATH brings the packages of Python 3.9",
)
def other_pythonpath(lab: Lab, at: Path) -> Setup:
    (at / "other").mkdir()
    theirs = lab.numpy(at / "other", "1.26.4", "3.9")
    site = lab.venv(at, pip="24.0")
    return Setup(lab.exe(site), at, {"PYTHONPATH": str(theirs)})


@broken(
    "requirement-unmet",
    "NPD055",
    "a package that requires numpy>=2.1 and uses it, installed beside 1.26.4",
    "needs-new 1.0 requires numpy>=2.1 and 1.26.4 is installed",
)
def requirement_unmet(lab: Lab, at: Path) -> Setup:
    site = lab.numpy(at, "1.26.4")
    lab.link(lab.tree(lab.wheel("pip", "24.0"), "3.11"), site)
    (site / "needs_new.py").write_text("from numpy import unstack\n")
    folder = site / "needs_new-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Name: needs_new\nVersion: 1.0\nRequires-Dist: numpy>=2.1\n")
    (folder / "RECORD").write_text("needs_new.py,,\nneeds_new-1.0.dist-info/METADATA,,\n")
    return Setup(lab.exe(site), at, modules=["needs_new"])


@broken(
    "cython-3-swallows",
    "NPD003",
    "ripser 0.6.15 (C-API of NumPy 1.23) with numpy 1.17.3, Python 3.8: Cython 3 hides the numbers",
    "ripser 0.6.15",
    "newer C-API than this NumPy 1.17.3",
)
def swallowed(lab: Lab, at: Path) -> Setup:
    site = lab.numpy(at, "1.17.3", "3.8")
    lab.link(lab.tree(lab.wheel("ripser", "0.6.15", "3.8"), "3.8"), site)
    return Setup(lab.exe(site), at)
