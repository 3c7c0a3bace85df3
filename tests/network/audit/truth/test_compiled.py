"""Modules compiled here: what their headers say is what the audit reads."""

from __future__ import annotations

import shutil
import subprocess
import sysconfig
import zipfile
from functools import cache
from pathlib import Path

import components
import pytest
from truth_fetch import fetched

from npwheel import elf
from npwheel.audit import capi
from npwheel.audit.capi import NumpyUse

# The smallest wheel with headers that pass the number as a constant alone.
OLD = "numpy-1.19.5-cp39-cp39-manylinux2014_aarch64.whl"
OLD_SHA256 = "df609c82f18c5b9f6cb97271f03315ff0dbe481a2a02e56aeb1b1a985ce38e60"
SOURCE = r"""
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <numpy/arrayobject.h>
static PyObject *size(PyObject *self, PyObject *array)
{
    LAZY
    return PyLong_FromSsize_t(PyArray_Check(array) ? PyArray_SIZE((PyArrayObject *)array) : -1);
}
static PyMethodDef methods[] = {{"size", size, METH_O, "size"}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "mod", NULL, -1, methods};
PyMODINIT_FUNC PyInit_mod(void)
{
    EAGER
    return PyModule_Create(&module);
}
"""
COMPILERS = {"x86_64": ("gcc", "cc"), "aarch64": ("aarch64-linux-gnu-gcc",)}


@cache
def compiler(machine: str) -> str | None:
    """A compiler with a libc for the machine: the system's own, or one that crosses."""
    names = COMPILERS[machine]
    if sysconfig.get_platform().endswith(machine):
        names = ("cc", "gcc")
    for found in filter(None, map(shutil.which, names)):
        command = [found, "-xc", "-fsyntax-only", "-"]
        done = subprocess.run(
            command, input=b"#include <stdlib.h>\n", stderr=subprocess.DEVNULL, check=False
        )
        if done.returncode == 0:
            return found
    return None


@pytest.fixture(scope="session")
def old_headers(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("numpy-1.19.5")
    with zipfile.ZipFile(fetched(folder, OLD, OLD_SHA256)) as archive:
        for name in archive.namelist():
            if "/include/" in name:
                archive.extract(name, place)
    return place / "numpy/core/include"


def new_headers() -> Path:
    import numpy

    return Path(numpy.get_include())


def built(folder: Path, headers: Path, machine: str, *flags: str, lazy: bool = False) -> NumpyUse:
    """What the audit reads from a module compiled with these headers and flags."""
    found = compiler(machine)
    if found is None:
        name = "c-compiler" if sysconfig.get_platform().endswith(machine) else f"{machine}-compiler"
        components.skip(name, f"{components.SETUP} installs it")
    source, module = folder / "mod.c", folder / "mod.so"
    check = "if (PyArray_API == NULL) { import_array(); }"
    source.write_text(SOURCE)
    done = subprocess.run(
        [found, "-shared", "-fPIC", "-w", *flags, f"-I{headers}",
         f"-I{sysconfig.get_path('include')}", f"-DLAZY={check if lazy else ''}",
         f"-DEAGER={'' if lazy else 'import_array();'}", "-o", str(module), str(source)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return capi.read(capi.Image(elf.read(module.read_bytes())))


FLAGS = ["-O0", "-O1", "-O2", "-O3", "-Os", "-Oz", "-O2 -flto", "-O2 -fcf-protection=none -s"]
CASES = [("x86_64", f) for f in [*FLAGS, "-O2 -mcmodel=large", "-O2 -march=x86-64-v3"]]
CASES += [("aarch64", f) for f in FLAGS if "cf-protection" not in f]
CASES += [("aarch64", "-O2 -s"), ("aarch64", "-O2 -mbranch-protection=standard")]


@pytest.mark.parametrize(("machine", "flags"), CASES)
def test_the_constant_of_old_headers(tmp_path, old_headers, machine: str, flags: str) -> None:
    use = built(tmp_path, old_headers, machine, *flags.split())
    assert (use.epoch, use.api, use.source, use.unread) == ("1.x", 0xD, "code", "")
    assert use.binding == "c"


@pytest.mark.parametrize("machine", COMPILERS)
@pytest.mark.parametrize(
    ("target", "api"), [("1_19", 0xD), ("1_22", 0xF), ("1_25", 0x11), ("2_0", 0x12), ("2_1", 0x13)]
)
def test_the_text_of_new_headers(tmp_path, machine: str, target: str, api: int) -> None:
    flag = f"-DNPY_TARGET_VERSION=NPY_{target}_API_VERSION"
    use = built(tmp_path, new_headers(), machine, "-O2", flag)
    assert (use.epoch, use.api, use.source, use.unread) == ("2.x", api, "text", "")


@pytest.mark.parametrize("machine", COMPILERS)
def test_a_check_at_import_is_shown_and_a_later_one_is_not(
    tmp_path, old_headers, machine: str
) -> None:
    assert built(tmp_path, old_headers, machine, "-O2").at_import
    assert not built(tmp_path, old_headers, machine, "-O2", lazy=True).at_import
