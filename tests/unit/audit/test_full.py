"""`--full`: auditwheel and abi3audit on modules that were really compiled here."""

from __future__ import annotations

import re
import shutil
import subprocess
import sysconfig
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace

import pytest
from rule_wheels import make

from npwheel.audit import catalogue
from npwheel.audit.audit_wheel import audit_wheel
from npwheel.audit.model import Finding
from npwheel.audit.outside import abi3audit, auditwheel
from npwheel.audit.outside.tool import ToolFailed

SOURCE = """
#include <Python.h>
#include <fcntl.h>
static struct PyModuleDef def = {PyModuleDef_HEAD_INIT, "mod", 0, -1, 0};
PyMODINIT_FUNC PyInit_mod(void) { %s return PyModule_Create(&def); }
"""


def compiled(folder: Path, name: str, inside: str = "", *flags: str) -> bytes:
    """A module that really came from a compiler; a machine without one fails the test."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    assert compiler, "a C compiler is needed"
    (folder / "mod.c").write_text(SOURCE % inside, encoding="ascii")
    include = sysconfig.get_paths()["include"]
    subprocess.run(
        [compiler, "-O1", "-shared", "-fPIC", *flags, f"-I{include}", "mod.c", "-o", name],
        cwd=folder, check=True,
    )  # fmt: skip
    return (folder / name).read_bytes()


def full(path: Path, id: str) -> list[Finding]:
    report = audit_wheel(path, catalogue.all_rules(), full=True)
    assert not report.error
    return [f for f in report.findings if f.id == id]


def machine() -> str:
    return sysconfig.get_platform().rpartition("-")[2]


def test_auditwheel_names_what_is_above_the_tag(tmp_path: Path) -> None:
    """fcntl is fcntl64 since glibc 2.28, which manylinux_2_17 does not promise."""
    module = compiled(tmp_path, "mod.so", "fcntl(0, F_GETFL);", "-D_FILE_OFFSET_BITS=64")
    tag = f"cp311-cp311-manylinux_2_17_{machine()}"
    (found,) = full(make(tmp_path, {"mod.cpython-311.so": module}, tag), "NPA601")
    assert found.severity == "error"
    assert "expected manylinux_2_17_" in found.message
    assert "fcntl64@GLIBC_2.28 (mod.cpython-311.so)" in found.symbols


def test_a_fulfilled_tag_gives_no_finding(tmp_path: Path) -> None:
    module = compiled(tmp_path, "mod.so")
    tag = f"cp311-cp311-manylinux_2_39_{machine()}"
    assert full(make(tmp_path, {"mod.cpython-311.so": module}, tag), "NPA601") == []


def test_abi3audit_names_what_is_not_stable(tmp_path: Path) -> None:
    inside = "_PyObject_GetDictPtr((PyObject *)0);"
    module = compiled(tmp_path, "mod.so", inside)
    tag = f"cp39-abi3-manylinux_2_39_{machine()}"
    (found,) = full(make(tmp_path, {"mod.abi3.so": module}, tag), "NPA602")
    assert found.severity == "error"
    assert "_PyObject_GetDictPtr" in found.symbols


def test_a_stable_module_gives_no_finding(tmp_path: Path) -> None:
    module = compiled(tmp_path, "mod.so", "", "-DPy_LIMITED_API=0x03090000")
    tag = f"cp39-abi3-manylinux_2_39_{machine()}"
    assert full(make(tmp_path, {"mod.abi3.so": module}, tag), "NPA602") == []


@pytest.mark.parametrize("answer", ["", "{}", '{"version": 2}', "no json"])
def test_no_answer_is_unchecked(
    answer: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(module: str, *arguments: str) -> str:
        if not answer:
            raise ToolFailed(f"{module} gave no answer")
        return answer

    monkeypatch.setattr(auditwheel, "run", run)
    monkeypatch.setattr(abi3audit, "run", run)
    subject = SimpleNamespace(platforms=frozenset(), modules=())
    for found in (
        list(auditwheel.findings(tmp_path, subject)),  # type: ignore[arg-type]
        list(abi3audit.findings(tmp_path)),
    ):
        assert [f.severity for f in found] == ["unchecked"]


def test_flags_of_auditwheel_are_findings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = '{"version": 1, "unsupported_isa": true, "overall_tag": "linux_x86_64"}'
    monkeypatch.setattr(auditwheel, "run", lambda *_: answer)
    subject = SimpleNamespace(platforms=frozenset({"linux_x86_64"}), modules=())
    (found,) = auditwheel.findings(tmp_path, subject)  # type: ignore[arg-type]
    assert re.search("instructions above the baseline", found.message)


def test_policies_compare_by_number() -> None:
    """Aliases too."""
    cases: Mapping[str, tuple[int, int] | None] = {
        "manylinux1_x86_64": (2, 5), "manylinux2014_aarch64": (2, 17),
        "manylinux_2_28_x86_64": (2, 28), "musllinux_1_2_x86_64": (1, 2), "linux_x86_64": None,
    }  # fmt: skip
    assert {tag: auditwheel.level_of(tag) for tag in cases} == cases
