"""Scenes made by putting the wrong files into the right place."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from doctorlab.lab import Lab
from doctorlab.scene import Setup, broken


def rename_modules(site: Path, old: str, new: str) -> None:
    """Rename all compiled modules of NumPy."""
    for path in list((site / "numpy").rglob(f"*{old}*.so")):
        path.rename(path.with_name(path.name.replace(old, new)))


@broken(
    "cp39-under-311",
    "NPD006",
    "the cp39 wheel of numpy 1.26.4 unpacked into a Python 3.11 venv",
    "CPython 3.9",
    "CPython 3.11",
)
def cp39_under_311(lab: Lab, at: Path) -> Setup:
    site = lab.numpy(at, "1.26.4", of="3.9")
    return Setup(lab.exe(site), at)


@broken(
    "cp312-under-311",
    "NPD006",
    "the cp312 wheel of numpy 2.4.6 unpacked into a Python 3.11 venv",
    "CPython 3.12",
    "CPython 3.11",
)
def cp312_under_311(lab: Lab, at: Path) -> Setup:
    site = lab.numpy(at, "2.4.6", of="3.12")
    return Setup(lab.exe(site), at)


@broken(
    "cp39-1.20.3-under-311",
    "NPD006",
    "the cp39 wheel of numpy 1.20.3 unpacked into a 3.11 venv",
    "CPython 3.9",
)
def old_under_311(lab: Lab, at: Path) -> Setup:
    site = lab.numpy(at, "1.20.3", of="3.9")
    return Setup(lab.exe(site), at)


@broken(
    "cp311-under-36",
    "NPD006",
    "the cp36 wheel of numpy 1.19.5 unpacked into a Python 3.7 venv",
    "CPython 3.6",
    "CPython 3.7",
)
def cp36_under_37(lab: Lab, at: Path) -> Setup:
    site = lab.numpy(at, "1.19.5", python="3.7", of="3.6")
    return Setup(lab.exe(site), at)


@broken(
    "aarch64-copied",
    "NPD007",
    "the aarch64 wheel of numpy 2.4.6 in an x86_64 venv",
    "aarch64",
    "x86_64",
)
def aarch64_copied(lab: Lab, at: Path) -> Setup:
    site = lab.numpy(at, "2.4.6", kind="aarch64")
    return Setup(lab.exe(site), at)


@broken(
    "aarch64-renamed",
    "NPD007",
    "the same, modules renamed to this machine's tag",
    "aarch64",
    "x86_64",
)
def aarch64_renamed(lab: Lab, at: Path) -> Setup:
    site = lab.numpy(at, "1.26.4", kind="aarch64")
    rename_modules(site, "aarch64", "x86_64")
    return Setup(lab.exe(site), at)


@broken("windows-copied", "NPD007", "the Windows wheel of numpy 2.4.6 unpacked on Linux", "Windows")
def windows_copied(lab: Lab, at: Path) -> Setup:
    site = lab.numpy(at, "2.4.6", kind="windows")
    return Setup(lab.exe(site), at)


@broken("macos-copied", "NPD007", "the macOS wheel of numpy 2.4.6 unpacked on Linux", "macOS")
def macos_copied(lab: Lab, at: Path) -> Setup:
    site = lab.numpy(at, "2.4.6", kind="macos")
    return Setup(lab.exe(site), at)


@broken(
    "musl-on-glibc", "NPD014", "the musllinux wheel of numpy 2.4.6 in a glibc venv", "musl", "glibc"
)
def musl_on_glibc(lab: Lab, at: Path) -> Setup:
    site = lab.numpy(at, "2.4.6", kind="musl")
    return Setup(lab.exe(site), at)


@broken(
    "musl-on-glibc-renamed",
    "NPD014",
    "the same, modules renamed to this machine's tag",
    "musl",
    "glibc",
)
def musl_renamed(lab: Lab, at: Path) -> Setup:
    site = lab.numpy(at, "2.4.6", kind="musl")
    rename_modules(site, "linux-musl", "linux-gnu")
    return Setup(lab.exe(site), at)


def shadow(name: str, body: str) -> None:
    """Register a scene with a file of that name beside the user's script."""

    @broken(
        f"shadow-{name}",
        "NPD008",
        f"a file `{name}.py` in the current folder",
        f"{name}.py",
        "hides",
    )
    def make(lab: Lab, at: Path) -> Setup:
        site = lab.numpy(at, "2.2.6")
        work = at / "work"
        work.mkdir()
        (work / f"{name}.py").write_text(body)
        return Setup(lab.exe(site), work)


shadow("numpy", "import numpy as np\nprint(np.array([1]))\n")
shadow("random", "print('my dice')\n")
shadow("secrets", "password = 'hunter2'\n")
shadow("datetime", "now = 1\n")


@broken("namespace", "NPD010", "an empty folder `numpy` on PYTHONPATH and no NumPy", "__init__.py")
def namespace(lab: Lab, at: Path) -> Setup:
    site = lab.venv(at, pip="24.0")
    (at / "path/numpy").mkdir(parents=True)
    return Setup(lab.exe(site), at, {"PYTHONPATH": str(at / "path")})


@broken(
    "pythonpath-first",
    "NPD009",
    "a good numpy in the venv, the cp39 one on PYTHONPATH",
    "PYTHONPATH",
)
def pythonpath_first(lab: Lab, at: Path) -> Setup:
    site = lab.numpy(at, "2.2.6")
    lab.link(lab.tree(lab.wheel("numpy", "1.26.4", "3.9")), at / "old")
    return Setup(lab.exe(site), at, {"PYTHONPATH": str(at / "old")})


@broken(
    "mixed-versions", "NPD009", "numpy 1.26.4 unpacked over numpy 2.2.6", "mixed", state="warning"
)
def mixed(lab: Lab, at: Path) -> Setup:
    site = lab.numpy(at, "2.2.6")
    lab.link(lab.tree(lab.wheel("numpy", "1.26.4")), site)
    return Setup(lab.exe(site), at)


@broken(
    "libs-deleted",
    "NPD032",
    "numpy 1.26.4 without its folder numpy.libs",
    "libopenblas64_p",
    "missing",
)
def libs_deleted(lab: Lab, at: Path) -> Setup:
    site = lab.numpy(at, "1.26.4")
    shutil.rmtree(site / "numpy.libs")
    return Setup(lab.exe(site), at)


@broken(
    "libs-deleted-2", "NPD032", "numpy 2.4.6 without its folder numpy.libs", "libscipy_openblas"
)
def libs_deleted_2(lab: Lab, at: Path) -> Setup:
    site = lab.numpy(at, "2.4.6")
    shutil.rmtree(site / "numpy.libs")
    return Setup(lab.exe(site), at)


@broken("in-a-zip", "NPD032", "the wheel file of numpy 2.4.6 itself on PYTHONPATH", "zip")
def in_a_zip(lab: Lab, at: Path) -> Setup:
    site = lab.venv(at, pip="24.0")
    return Setup(lab.exe(site), at, {"PYTHONPATH": str(lab.wheel("numpy", "2.4.6"))})


@broken(
    "not-compiled", "NPD034", "numpy 2.2.6 with all compiled modules deleted", "no compiled module"
)
def not_compiled(lab: Lab, at: Path) -> Setup:
    site = lab.numpy(at, "2.2.6")
    for path in list((site / "numpy").rglob("*.so")):
        path.unlink()
    return Setup(lab.exe(site), at)


@broken(
    "source-folder",
    "NPD034",
    "Python files of numpy 1.26.4 beside a meson.build, as current folder",
    "sources",
)
def source_folder(lab: Lab, at: Path) -> Setup:
    site = lab.numpy(at, "1.26.4")
    work = at / "numpy-1.26.4"
    lab.link(lab.tree(lab.wheel("numpy", "1.26.4")) / "numpy", work / "numpy")
    for path in list(work.rglob("*.so")):
        path.unlink()
    (work / "meson.build").write_text("project('NumPy')\n")
    return Setup(lab.exe(site), work)


def core_of(site: Path) -> Path:
    """The file of the core module."""
    return next((site / "numpy").rglob("_multiarray_umath.*.so"))


@broken(
    "truncated-core",
    "NPD030",
    "the core module of numpy 2.2.6 cut to half its size",
    "cut short",
    "_multiarray_umath",
)
def truncated_core(lab: Lab, at: Path) -> Setup:
    site = lab.numpy(at, "2.2.6")
    core = core_of(site)
    lab.replace(core, core.read_bytes()[: core.stat().st_size // 2])
    return Setup(lab.exe(site), at)


@broken(
    "empty-openblas",
    "NPD030",
    "the bundled OpenBLAS of numpy 2.4.6 emptied (a full disk)",
    "empty",
    "openblas",
)
def empty_openblas(lab: Lab, at: Path) -> Setup:
    site = lab.numpy(at, "2.4.6")
    lab.replace(next((site / "numpy.libs").glob("*openblas*")), b"")
    return Setup(lab.exe(site), at)


@broken(
    "lfs-pointer",
    "NPD030",
    "a Git LFS pointer instead of the core module of numpy 1.26.4",
    "Git LFS pointer",
)
def lfs_pointer(lab: Lab, at: Path) -> Setup:
    site = lab.numpy(at, "1.26.4")
    text = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 7160000\n"
    lab.replace(core_of(site), text)
    return Setup(lab.exe(site), at)


@broken(
    "file-missing",
    "NPD031",
    "one Python file of numpy 2.2.6 deleted (numpy/_core/fromnumeric.py)",
    "fromnumeric.py",
    "missing",
)
def file_missing(lab: Lab, at: Path) -> Setup:
    site = lab.numpy(at, "2.2.6")
    (site / "numpy/_core/fromnumeric.py").unlink()
    return Setup(lab.exe(site), at)


@broken(
    "system-openblas",
    "NPD005",
    "the core of numpy 2.2.6 patched to need libopenblas.so.0, as piwheels' does",
    "libopenblas.so.0",
    "not installed",
)
def system_openblas(lab: Lab, at: Path) -> Setup:
    site = lab.numpy(at, "2.2.6")
    lab.needing(core_of(site), "libopenblas.so.0")
    return Setup(lab.exe(site), at)


@broken(
    "system-atlas",
    "NPD005",
    "the core of numpy 1.26.4 patched to need libf77blas.so.3",
    "libf77blas.so.3",
)
def system_atlas(lab: Lab, at: Path) -> Setup:
    site = lab.numpy(at, "1.26.4")
    lab.needing(core_of(site), "libf77blas.so.3")
    return Setup(lab.exe(site), at)


@broken("not-installed", "NPD021", "an empty venv", "not installed")
def not_installed(lab: Lab, at: Path) -> Setup:
    return Setup(lab.exe(lab.venv(at, pip="24.0")), at)


@broken(
    "wrong-environment",
    "NPD021",
    "VIRTUAL_ENV names a venv with NumPy, another one runs",
    "active environment",
)
def wrong_environment(lab: Lab, at: Path) -> Setup:
    good = lab.numpy(at / "good", "2.2.6")
    site = lab.venv(at, pip="24.0")
    return Setup(lab.exe(site), at, {"VIRTUAL_ENV": str(good.parents[2])})


@broken(
    "pin-without-wheel",
    "NPD016",
    "requirements.txt with numpy==1.20.3, Python 3.12, nothing installed",
    "numpy==1.20.3",
    "no wheel",
)
def pin_without_wheel(lab: Lab, at: Path) -> Setup:
    site = lab.venv(at, "3.12", pip="24.0")
    (at / "requirements.txt").write_text("numpy==1.20.3\n")
    return Setup(lab.exe(site), at)


@broken("old-pip", "NPD018", "pip 18.1 in an empty Python 3.7 venv", "pip 18.1")
def old_pip(lab: Lab, at: Path) -> Setup:
    return Setup(lab.exe(lab.venv(at, "3.7", pip="18.1")), at)


@broken(
    "system-python",
    "NPD022",
    "the distribution's own Python, managed by apt, without NumPy",
    "operating system",
)
def system_python(lab: Lab, at: Path) -> Setup:
    from doctorlab.lab import Missing

    for exe in ("/usr/bin/python3", "/usr/local/bin/python3"):
        libs = [Path(p) for p in ("/usr/lib", "/usr/local/lib")]
        marks = [m for lib in libs for m in lib.glob("python3.*/EXTERNALLY-MANAGED")]
        numpys = [n for lib in libs for n in lib.glob("python3*/*-packages/numpy")]
        if os.access(exe, os.X_OK) and marks and not numpys:
            return Setup(exe, at)
    raise Missing("a distribution's Python with EXTERNALLY-MANAGED and without NumPy")


@broken(
    "no-bytecode",
    "NPD048",
    "numpy 2.2.6 without .pyc files, PYTHONDONTWRITEBYTECODE=1",
    "starts slowly",
    state="warning",
)
def no_bytecode(lab: Lab, at: Path) -> Setup:
    site = lab.venv(at)
    lab.link(lab.tree(lab.wheel("numpy", "2.2.6")), site)
    return Setup(lab.exe(site), at, {"PYTHONDONTWRITEBYTECODE": "1"})


@broken(
    "deadlock",
    "NPD047",
    "numpy 2.2.6 whose _distributor_init_local.py waits for a lock twice",
    "does not end",
)
def deadlock(lab: Lab, at: Path) -> Setup:
    site = lab.numpy(at, "2.2.6")
    code = "import threading\nlock = threading.Lock()\nlock.acquire()\nlock.acquire()\n"
    (site / "numpy/_distributor_init_local.py").write_text(code)
    return Setup(lab.exe(site), at, limit=3)
