"""Scenes of users' own folders, editable projects and builds against another library."""

from __future__ import annotations

import shutil
from pathlib import Path

from doctorlab.broken_reports import PLAIN, distribution, package
from doctorlab.lab import Lab
from doctorlab.scene import Setup, broken


def user_site(lab: Lab, at: Path, python: str, **env: str) -> Setup:
    """A package in ~/.local for one Python, and a Python that does not see it."""
    site = at / f"home/.local/lib/python{python}/site-packages"
    site.mkdir(parents=True)
    package(site, "surveyor", "2.0", "")
    return Setup(lab.python("3.11"), at, {"HOME": str(at / "home"), **env}, modules=["surveyor"])


@broken(
    "user-site-of-older-python",
    "NPD075",
    "a package in ~/.local of Python 3.9, after the system's Python became 3.11",
    "python3.9/site-packages",
    "is for Python 3.9",
)
def user_site_of_older_python(lab: Lab, at: Path) -> Setup:
    return user_site(lab, at, "3.9")


@broken(
    "user-site-turned-off",
    "NPD075",
    "a package in ~/.local, while PYTHONNOUSERSITE is set",
    "PYTHONNOUSERSITE",
)
def user_site_turned_off(lab: Lab, at: Path) -> Setup:
    return user_site(lab, at, "3.11", PYTHONNOUSERSITE="1")


@broken(
    "editable-folder-gone",
    "NPD076",
    "an editable installation whose project was deleted",
    "surveyor 2.0 is an editable installation of",
    "which is gone",
)
def editable_folder_gone(lab: Lab, at: Path) -> Setup:
    site = lab.venv(at)
    distribution(site, "surveyor", "2.0")
    info = site / "surveyor-2.0.dist-info"
    gone = at / "project"
    (site / "surveyor.pth").write_text(f"{gone}\n")
    (info / "direct_url.json").write_text(
        f'{{"url": "file://{gone}", "dir_info": {{"editable": true}}}}'
    )
    return Setup(lab.exe(site), at, modules=["surveyor"])


@broken(
    "editable-build-fails",
    "NPD076",
    "an editable installation of meson-python whose sources no longer compile",
    "builds itself again at import",
)
def editable_build_fails(lab: Lab, at: Path) -> Setup:
    site = lab.venv(at)
    distribution(site, "surveyor", "2.0", "_surveyor_editable_loader.py")
    (site / "_surveyor_editable_loader.py").write_text(
        "import subprocess\ndef load():\n    subprocess.run(['false'], check=True)\n"
    )
    (site / "surveyor.py").write_text("import _surveyor_editable_loader as x\nx.load()\n")
    return Setup(lab.exe(site), at, modules=["surveyor"])


@broken(
    "script-adds-a-folder",
    "NPD006",
    "a script that puts a folder next to it on sys.path, with NumPy for another Python",
    "which the program adds to sys.path",
    "CPython 3.12",
)
def script_adds_a_folder(lab: Lab, at: Path) -> Setup:
    site = lab.venv(at)
    shutil.copytree(lab.tree(lab.wheel("numpy", "1.26.4", "3.12")), at / "app/vendor")
    (at / "app/main.py").write_text(
        "import os, sys\nsys.path.insert(0, os.path.join(os.path.dirname(__file__), 'vendor'))\n"
        "import numpy\n"
    )
    return Setup(lab.exe(site), at, modules=["app/main.py"])


@broken(
    "own-file-for-an-optional-package",
    "NPD008",
    "colorama.py of the user's, which a package takes for the optional one of that name",
    "colorama.py hides the package colorama",
)
def own_file_for_an_optional_package(lab: Lab, at: Path) -> Setup:
    site = lab.venv(at)
    package(
        site, "logger", "1.0",
        "try:\n    import colorama\nexcept ImportError:\n    colorama = None\n"
        "if colorama:\n    colorama.init()\n",
    )  # fmt: skip
    (at / "colorama.py").write_text("RED = 1\n")
    return Setup(lab.exe(site), at, modules=["logger"])


@broken(
    "stripped-library",
    "NPD031",
    "a library of NumPy's wheel that `strip` rewrote",
    "libgfortran",
    "missing or changed",
)
def stripped_library(lab: Lab, at: Path) -> Setup:
    site = lab.numpy(at, "1.21.2", "3.9")
    library = next((site / "numpy.libs").glob("libgfortran-*"))
    lab.replace(library, library.read_bytes())
    lab.run([lab.tool("strip"), library])
    return Setup(lab.exe(site), at)


@broken(
    "other-release-of-a-library",
    "NPD037",
    "an extension that needs a symbol of HDF5 which the libhdf5 that is loaded does not have",
    "another release of HDF5",
    "libhdf5.so.310",
    "H5E_BADATOM_g",
)
def other_release_of_a_library(lab: Lab, at: Path) -> Setup:
    site = lab.venv(at)
    old, new = at / "old", at / "libs"
    for folder, body in ((old, "int H5E_BADATOM_g;"), (new, "int H5E_BADID_g;")):
        folder.mkdir()
        (folder / "x.c").write_text(body + "\n")
        lab.run([lab.tool("gcc"), "-shared", "-Wl,-soname,libhdf5.so.310", "-o",
                 folder / "libhdf5.so.310", folder / "x.c"])  # fmt: skip
    source = (PLAIN % {"name": "hdfmod"}).replace(
        "return", "extern int H5E_BADATOM_g; H5E_BADATOM_g++; return"
    )
    built = lab.extension(
        "hdfmod", source, flags=[str(old / "libhdf5.so.310"), f"-Wl,-rpath,{new}"]
    )
    shutil.copy(built, site / built.name)
    distribution(site, "hdfmod", "1.0", built.name)
    return Setup(lab.exe(site), at, modules=["hdfmod"])


@broken(
    "built-without-a-part",
    "NPD060",
    "a package that was built here while an optional requirement was missing",
    "rasters 1.0 was built without its part rasters._array",
)
def built_without_a_part(lab: Lab, at: Path) -> Setup:
    site = lab.venv(at)
    (site / "rasters").mkdir()
    (site / "rasters/__init__.py").write_text("from . import _array\n")
    distribution(site, "rasters", "1.0", "rasters/__init__.py")
    return Setup(lab.exe(site), at, modules=["rasters"])
