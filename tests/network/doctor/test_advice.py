"""What the doctor must never advise, blame or run."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from doctorlab.examine import report, run
from doctorlab.lab import Lab
from doctorlab.scene import Setup


def commands(found: dict) -> list[str]:  # type: ignore[type-arg]
    """Every command that a report prints."""
    return [fix["command"] for check in found["checks"] for f in check["findings"]
            for fix in f["fixes"]]  # fmt: skip


def test_files_of_numpy_are_never_renamed(lab: Lab, tmp_path: Path) -> None:
    """Run inside of site-packages/numpy: its own typing hides Python's."""
    site = lab.numpy(tmp_path, "1.26.4")
    found = report(lab, Setup(lab.exe(site), site / "numpy"))
    assert found["verdict"]["mode"] == "NPD008"
    assert found["verdict"]["fix"]["command"].startswith("cd ")
    assert str(site / "numpy") in found["verdict"]["sentence"]
    assert [line for line in commands(found) if line.startswith("mv")] == []


def test_files_of_an_own_package_are_never_renamed(lab: Lab, tmp_path: Path) -> None:
    """PYTHONPATH leads into a package whose `random.py` is a part of it."""
    site = lab.numpy(tmp_path, "1.26.4")
    package = tmp_path / "src" / "mine"
    package.mkdir(parents=True)
    for name in ("__init__.py", "random.py"):
        (package / name).write_text("x = 1\n")
    found = report(lab, Setup(lab.exe(site), tmp_path, {"PYTHONPATH": str(package)}))
    assert found["verdict"]["mode"] == "NPD008"
    assert found["verdict"]["fix"]["command"] == "unset PYTHONPATH"
    assert [line for line in commands(found) if line.startswith("mv")] == []


def test_other_entries_of_pythonpath_stay(lab: Lab, tmp_path: Path) -> None:
    site = lab.numpy(tmp_path, "1.26.4")
    package = tmp_path / "mine"
    package.mkdir()
    for name in ("__init__.py", "random.py"):
        (package / name).write_text("x = 1\n")
    found = report(lab, Setup(lab.exe(site), tmp_path, {"PYTHONPATH": f"/opt/x:{package}"}))
    assert found["verdict"]["fix"]["command"] == "export PYTHONPATH=/opt/x"


def broken_part(lab: Lab, at: Path) -> Path:
    """A package whose compiled part fails, and an innocent code.py in the current folder."""
    site = lab.numpy(at, "2.2.6")
    source = (
        '#include <Python.h>\nstatic struct PyModuleDef def = {PyModuleDef_HEAD_INIT, "part"};\n'
        'static const char *numpy = "numpy._core._multiarray_umath_ARRAY_API";\n'
        'const char *capsule = "_ARRAY_API";\nconst char *where = "numpy.core.multiarray";\n'
        'PyMODINIT_FUNC PyInit_part(void) { PyErr_SetString(PyExc_ImportError, "no part");'
        " return NULL; }\n"
    )
    part = lab.extension("part", source)
    package = site / "whole"
    package.mkdir()
    (package / "__init__.py").write_text("")
    shutil.copy(part, package / part.name)
    info = site / "whole-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Name: whole\nVersion: 1.0\n")
    (info / "RECORD").write_text(f"whole/__init__.py,,\nwhole/{part.name},,\n")
    (at / "code.py").write_text("x = 1\n")
    return site


def test_exactly_the_failed_import_is_tried_again(lab: Lab, tmp_path: Path) -> None:
    """`import whole` works and `import whole.part` does not: no condition makes it work."""
    site = broken_part(lab, tmp_path)
    found = report(lab, Setup(lab.exe(site), tmp_path))
    assert "no part" in found["verdict"]["sentence"]
    assert found["verdict"]["mode"] == "NPD000"
    assert [e for e in found["experiments"] if e["works"]] == []
    assert commands(found) == []


def test_fix_never_touches_an_innocent_file(lab: Lab, tmp_path: Path) -> None:
    """--fix --yes ends with a new examination, whose exit code it has."""
    site = broken_part(lab, tmp_path)
    done = run(lab, Setup(lab.exe(site), tmp_path), "--fix", "--yes")
    assert done.returncode == 1
    assert (tmp_path / "code.py").exists()


def test_fix_that_does_not_help_is_not_called_done(lab: Lab, tmp_path: Path) -> None:
    """One of two hiding files is renamed: numpy still fails, and so does the exit code."""
    site = lab.numpy(tmp_path, "1.26.4")
    for name in ("datetime.py", "secrets.py"):
        (tmp_path / name).write_text("x = 1\n")
    first = run(lab, Setup(lab.exe(site), tmp_path), "--fix", "--yes")
    assert first.returncode == 1
    second = run(lab, Setup(lab.exe(site), tmp_path), "--fix", "--yes")
    assert second.returncode == 0, second.stdout


@pytest.mark.parametrize("module", ["foo_bar_baz", "google", "wrapt_of_somebody"])
def test_no_install_of_an_unknown_name(module: str, lab: Lab, tmp_path: Path) -> None:
    site = lab.venv(tmp_path, pip="24.0")
    found = report(lab, Setup(lab.exe(site), tmp_path, modules=[module]))
    assert found["verdict"]["mode"] == "NPD021"
    assert [line for line in commands(found) if "install " + module in line] == []


@pytest.mark.parametrize(
    ("module", "package"),
    [("yaml", "pyyaml"), ("serial", "pyserial"), ("Crypto", "pycryptodome"),
     ("google.protobuf", "protobuf"), ("pkg_resources", "'setuptools<81'")],
)  # fmt: skip
def test_install_of_a_known_name(module: str, package: str, lab: Lab, tmp_path: Path) -> None:
    site = lab.venv(tmp_path, pip="24.0")
    found = report(lab, Setup(lab.exe(site), tmp_path, modules=[module]))
    assert found["verdict"]["fix"]["command"].endswith("install " + package)


@pytest.mark.parametrize("module", ["imp", "distutils", "asyncore"])
def test_removed_module_of_the_standard_library(module: str, lab: Lab, tmp_path: Path) -> None:
    site = lab.venv(tmp_path, "3.12", pip="24.0")
    (site / "old.py").write_text(f"import {module}\n")
    found = report(lab, Setup(lab.exe(site), tmp_path, modules=["old"]))
    assert found["verdict"]["mode"] == "NPD057"
    assert "3.12 removed" in found["verdict"]["sentence"]
    assert [line for line in commands(found) if line.endswith("install " + module)] == []
