"""Modes that this machine cannot make: judged from a saved text, or from changed facts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from doctorlab.canned import BY_FACTS, TEXTS
from doctorlab.examine import run
from doctorlab.lab import Lab
from doctorlab.scene import Setup

from npwheel.doctor import linking, machine, modes
from npwheel.doctor.installed import Copy
from npwheel.doctor.model import Check
from npwheel.doctor.python_environment import PythonEnvironment
from npwheel.doctor.session import check, lacks, pins_in
from npwheel.doctor.trial import Trial

ARM = "cpython-311-arm-linux-gnueabihf"


@pytest.mark.parametrize("mode", sorted(TEXTS))
def test_saved_text(mode: str, lab: Lab, tmp_path: Path) -> None:
    """`--read FILE` names the mode of a saved traceback or pip log."""
    text, words = TEXTS[mode]
    (tmp_path / "saved.log").write_text(text)
    setup = Setup(lab.exe(lab.venv(tmp_path)), tmp_path)
    done = run(lab, setup, "--json", "--read", "saved.log")
    verdict = json.loads(done.stdout)["verdict"]
    assert done.returncode == 1
    assert verdict["mode"] == mode
    for word in words:
        assert word in verdict["sentence"]


def failed_numpy() -> Trial:
    """An import that found no core module."""
    link = {
        "type": "ModuleNotFoundError",
        "text": "No module named 'numpy._core._multiarray_umath'",
        "name": "numpy._core._multiarray_umath",
        "path": None,
        "file": "",
        "line": 0,
    }
    raised = {"module": "numpy", "chain": [link]}
    return Trial("numpy", ("python",), (("raised", raised),), "", 0, False, 0.1)


def changed(
    monkeypatch: pytest.MonkeyPatch, facts: dict[str, Any], trial: Trial, **of: Any
) -> PythonEnvironment:
    """A case of this machine with other facts."""
    survey = {"version": (3, 11, 0), "path": [], "prefix": "/usr", "suffixes": [], **facts}
    return PythonEnvironment(
        ["python"], survey, machine.read(survey, "", {})._replace(env={}, **of), [trial]
    )


def examine(environment: PythonEnvironment, mode: str) -> Check:
    """The outcome of one mode."""
    return check(next(m for m in modes.load() if m.id == mode), environment)


def test_suffix_of_other_libc(monkeypatch: pytest.MonkeyPatch) -> None:
    """A musl interpreter that looks for -gnu modules (NPD015)."""
    facts = {"suffixes": [".cpython-311-x86_64-linux-gnu.so", ".so"]}
    environment = changed(monkeypatch, facts, failed_numpy(), libc="musl")
    core = "/x/numpy/_core/_multiarray_umath.cpython-311-x86_64-linux-musl.so"
    monkeypatch.setattr(PythonEnvironment, "core", property(lambda self: [core]))
    found = examine(environment, "NPD015")
    assert found.state == "failed"
    assert "musl" in found.findings[0].because
    glibc = changed(monkeypatch, facts, failed_numpy(), libc="glibc")
    assert examine(glibc, "NPD015").state == "passed"


def test_float_abi(monkeypatch: pytest.MonkeyPatch) -> None:
    """An armhf module under an armel interpreter (NPD025)."""
    monkeypatch.setattr(
        linking, "float_abi", lambda path: "hard-float" if "gnueabihf" in path else "soft-float"
    )
    core = f"/x/numpy/_core/_multiarray_umath.{ARM}.so"
    monkeypatch.setattr(PythonEnvironment, "core", property(lambda self: [core]))
    found = examine(changed(monkeypatch, {}, failed_numpy()), "NPD025")
    assert found.state == "failed"
    assert found.findings[0].expected == "soft-float"


def test_gil(monkeypatch: pytest.MonkeyPatch) -> None:
    """The GIL is on after the import in a free-threaded Python (NPD046)."""
    imported = {"module": "numpy", "gil": True, "version": "2.0"}
    trial = Trial("numpy", (), (("imported", imported), ("done", True)), "", 0, False, 0.1)
    environment = changed(monkeypatch, {"gil_disabled": True}, trial)
    assert examine(environment, "NPD046").state == "warning"
    assert examine(changed(monkeypatch, {"gil_disabled": False}, trial), "NPD046").state == "passed"


def test_lambda_layer(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Lambda layer with numpy at its top (NPD049)."""
    monkeypatch.setattr("os.path.isdir", lambda path: path == "/opt/numpy")
    environment = changed(monkeypatch, {}, failed_numpy())
    none: list[Copy] = []
    monkeypatch.setattr(PythonEnvironment, "copies", lambda self, name: none)
    assert examine(environment, "NPD049").state == "passed"
    environment.machine = environment.machine._replace(env={"AWS_LAMBDA_FUNCTION_NAME": "f"})
    assert examine(environment, "NPD049").state == "failed"


def test_every_canned_mode_is_named() -> None:
    """The list that the documentation takes agrees with the tests above."""
    assert set(BY_FACTS) == {"NPD015", "NPD025", "NPD046", "NPD049"}


@pytest.mark.parametrize(
    ("line", "pins"),
    [
        ("numpy==1.20.3", ["numpy==1.20.3"]),
        ("numpy == 1.20.3  # old", ["numpy==1.20.3"]),
        ("numpy==1.20.3 \\\n    --hash=sha256:00", ["numpy==1.20.3"]),
        ("numpy==1.20.3; python_version < '3.10'", []),
        ("numpy>=1.20", []),
        ("numpydoc==1.2", []),
    ],
)
def test_pins(line: str, pins: list[str], tmp_path: Path) -> None:
    """Exact pins of requirement files; one with a marker may be for another Python."""
    (tmp_path / "requirements-dev.txt").write_text(line + "\n")
    assert [pin for _, pin in pins_in(str(tmp_path))] == pins


def test_optional_parts_are_no_fault() -> None:
    """A part that lacks something foreign is noted; one that lacks its own is broken."""

    def trial(module: str, name: str) -> Trial:
        link = {"type": "ModuleNotFoundError", "text": "", "name": name, "path": None, "file": ""}
        raised = {"module": module, "chain": [{**link, "line": 0}]}
        return Trial("big", (), (("raised", raised),), "", 0, False, 0.1)

    assert lacks(trial("big.plots", "matplotlib")) == "matplotlib"
    assert lacks(trial("big.plots", "big._core")) == ""
    assert lacks(trial("big.plots", "numpy")) == ""
    assert lacks(trial("big", "matplotlib")) == ""
