"""Scenes with extensions that are really compiled, against old and new NumPy headers."""

from __future__ import annotations

import os
from pathlib import Path

from doctorlab.lab import Lab, Missing
from doctorlab.roots import chroot, system
from doctorlab.scene import Setup, broken

USES_NUMPY = """
#include <Python.h>
#include <numpy/arrayobject.h>
static struct PyModuleDef def = {PyModuleDef_HEAD_INIT, "%s", 0, -1, 0};
PyMODINIT_FUNC PyInit_%s(void) { import_array(); return PyModule_Create(&def); }
"""
PLAIN = """
#include <Python.h>
%s
static struct PyModuleDef def = {PyModuleDef_HEAD_INIT, "%s", 0, -1, 0};
PyMODINIT_FUNC PyInit_%s(void) { %s; return PyModule_Create(&def); }
"""


def plain(name: str, before: str = "", inside: str = "") -> str:
    """The source of a module that does `inside` when it is imported."""
    return PLAIN % (before, name, name, inside)


def place(lab: Lab, built: Path, site: Path) -> None:
    """Put a built module into site-packages."""
    lab.link(built.parent, site)


def with_extension(lab: Lab, at: Path, source: str, name: str, **options: object) -> Setup:
    """A venv with numpy 2.2.6 and one module of our own."""
    site = lab.numpy(at, "2.2.6")
    place(lab, lab.extension(name, source, **options), site)  # type: ignore[arg-type]
    return Setup(lab.exe(site), at, modules=[name])


@broken(
    "pandas-2.0.3-numpy-2",
    "NPD002",
    "pandas 2.0.3 (built on NumPy 1.x) with numpy 2.0.2",
    "pandas 2.0.3",
    "built on NumPy 1.x",
)
def pandas(lab: Lab, at: Path) -> Setup:
    site = lab.numpy(at, "2.0.2")
    for name, version in (("pandas", "2.0.3"), ("pytz", "2024.1"), ("six", "1.16.0"),
                          ("python-dateutil", "2.9.0.post0"), ("tzdata", "2024.1")):  # fmt: skip
        python = "3.11"
        lab.link(lab.tree(lab.wheel(name, version, python), python), site)
    return Setup(lab.exe(site), at)


@broken(
    "built-on-1.26",
    "NPD001",
    "a module compiled against numpy 1.26.4, run on 2.2.6",
    "oldmod",
    "built on NumPy 1.x",
)
def built_on_1(lab: Lab, at: Path) -> Setup:
    site = lab.numpy(at, "2.2.6")
    headers = lab.tree(lab.wheel("numpy", "1.26.4"))
    place(lab, lab.extension("oldmod", USES_NUMPY % ("oldmod", "oldmod"), headers), site)
    return Setup(lab.exe(site), at, modules=["oldmod"])


@broken(
    "lttbc-numpy-2",
    "NPD001",
    "lttbc 0.3.0, of which no release is built on NumPy 2, with numpy 2.2.6",
    "lttbc 0.3.0",
    "built on NumPy 1.x",
)
def lttbc(lab: Lab, at: Path) -> Setup:
    site = lab.numpy(at, "2.2.6")
    lab.link(lab.tree(lab.wheel("lttbc", "0.3.0"), "3.11"), site)
    return Setup(lab.exe(site), at, modules=["lttbc"])


@broken(
    "built-on-2.2",
    "NPD003",
    "a module that targets the C-API of NumPy 2.0, run on 1.26.4",
    "newmod",
    "2.0",
    "1.26.4",
)
def built_on_22(lab: Lab, at: Path) -> Setup:
    site = lab.numpy(at, "1.26.4")
    headers = lab.tree(lab.wheel("numpy", "2.2.6"))
    built = lab.extension(
        "newmod",
        USES_NUMPY % ("newmod", "newmod"),
        headers,
        flags=["-DNPY_TARGET_VERSION=NPY_2_0_API_VERSION"],
    )
    place(lab, built, site)
    return Setup(lab.exe(site), at, modules=["newmod"])


@broken(
    "0xc-on-0xa",
    "NPD003",
    "a module compiled against numpy 1.14.6 (0xc), run on 1.11.3 (0xa), Python 3.6",
    "1.14",
    "0xc",
    "0xa",
)
def api_0xc(lab: Lab, at: Path) -> Setup:
    site = lab.numpy(at, "1.11.3", python="3.6")
    headers = lab.tree(lab.wheel("numpy", "1.14.6", "3.6"))
    built = lab.extension("seed", USES_NUMPY % ("seed", "seed"), headers, python="3.6")
    place(lab, built, site)
    return Setup(lab.exe(site), at, modules=["seed"])


@broken(
    "of-another-python",
    "NPD037",
    "a module compiled for Python 3.12, renamed to the tag of 3.9",
    "another Python",
    "3.9",
)
def of_another_python(lab: Lab, at: Path) -> Setup:
    site = lab.numpy(at, "1.26.4", python="3.9")
    source = plain("future", inside="PyModule_AddObjectRef(0, 0, 0)")
    built = lab.extension("future", source, python="3.12")
    name = "future" + lab.suffix("3.9")
    lab.replace(site / name, built.read_bytes())
    return Setup(lab.exe(site), at, modules=["future"])


@broken(
    "no-cblas",
    "NPD037",
    "a module that calls cblas_sgemm and is linked with no BLAS",
    "cblas_sgemm",
    "BLAS",
)
def no_cblas(lab: Lab, at: Path) -> Setup:
    source = plain("nocblas", "void cblas_sgemm(void);", "cblas_sgemm()")
    return with_extension(lab, at, source, "nocblas")


@broken(
    "static-tls",
    "NPD040",
    "a module with 64 KiB of initial-exec thread-local storage",
    "thread-local",
)
def static_tls(lab: Lab, at: Path) -> Setup:
    before = '__thread char room[65536] __attribute__((tls_model("initial-exec")));'
    return with_extension(lab, at, plain("tls", before, "room[0] = 1"), "tls")


@broken(
    "illegal-instruction",
    "NPD012",
    "a module with an instruction that no CPU has (ud2)",
    "instruction",
)
def illegal(lab: Lab, at: Path) -> Setup:
    return with_extension(lab, at, plain("newcpu", inside="__builtin_trap()"), "newcpu")


@broken(
    "glibc-too-old",
    "NPD019",
    "a module compiled on this machine, run in a Debian 11 root",
    "newer glibc",
    "2.31",
)
def glibc_too_old(lab: Lab, at: Path) -> Setup:
    libc = os.confstr("CS_GNU_LIBC_VERSION") or ""
    if tuple(int(n) for n in libc.split()[-1].split(".")) < (2, 34):
        raise Missing("a compiler on a system with glibc 2.34 or newer")
    where, _ = system(lab, "debian_11_x86_64")
    source = plain(
        "newglibc",
        "#include <pthread.h>\\n#include <dlfcn.h>",
        'dlopen(0, 0); pthread_setname_np(pthread_self(), "x")',
    ).replace("\\\\n", "\n")
    built = lab.extension("newglibc", source.replace("\\n", "\n"), python="3.9")
    return chroot(lab, where, at, {built: "newglibc" + lab.suffix("3.9")}, ["newglibc"])


@broken(
    "executable-stack",
    "NPD027",
    "a module linked with -z execstack, run in a Debian 13 root (glibc 2.41)",
    "executable stack",
    "2.41",
)
def exec_stack(lab: Lab, at: Path) -> Setup:
    where, _ = system(lab, "debian_13_x86_64")
    built = lab.extension("xstack", plain("xstack"), python="3.13", flags=["-Wl,-z,execstack"])
    return chroot(lab, where, at, {built: "xstack" + lab.suffix("3.13")}, ["xstack"])


@broken(
    "libstdc++-too-old",
    "NPD020",
    "a C++ module of this machine, Debian 11's libstdc++ on LD_LIBRARY_PATH",
    "libstdc++.so.6",
    "LD_LIBRARY_PATH",
)
def libstdcxx(lab: Lab, at: Path) -> Setup:
    where, _ = system(lab, "debian_11_x86_64")
    old = next(where.glob("usr/lib/x86_64-linux-gnu/libstdc++.so.6"))
    (at / "old").mkdir()
    (at / "old/libstdc++.so.6").write_bytes(old.resolve().read_bytes())
    source = plain(
        "cxx",
        "#include <iostream>\n#include <memory_resource>\n#include <charconv>",
        "char b[9]; std::to_chars(b, b + 9, 1.5)",
    )
    setup = with_extension(lab, at, source.replace("PyMODINIT_FUNC", 'extern "C" PyObject*'), "cxx",
                           flags=["-std=c++17"])  # fmt: skip
    return Setup(setup.python, at, {"LD_LIBRARY_PATH": str(at / "old")}, modules=["cxx"])
