"""`python -m npwheel_probe`: what it prints, and that it fails when it should."""

from __future__ import annotations

import importlib
import json
import platform
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import jsonschema
import numpy as np
import pytest

VERDICT = {
    "type": "object",
    "required": ["right", "checked", "wrong", "wrong_cases"],
    "properties": {
        "right": {"type": "boolean"},
        "checked": {"type": "integer", "minimum": 1000},
        "wrong": {"type": "integer"},
        "wrong_cases": {"type": "array", "maxItems": 50},
    },
}
SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": [
        *("schema_version", "outcome", "probe", "machine"),
        *("api", "blas", "matmul", "numpy", "speed"),
    ],
    "properties": {
        "schema_version": {"const": 1},
        "outcome": {"enum": ["pass", "fail"]},
        "probe": {"type": "string"},
        "machine": {
            "type": "object",
            "required": ["python", "libc", "architecture", "cpu", "page_size", "gil_enabled"],
            "properties": {
                "libc": {
                    "type": "object",
                    "required": ["name", "version"],
                    "properties": {"name": {"enum": ["glibc", "musl", "unknown"]}},
                }
            },
        },
        "api": {
            "type": "object",
            "required": [
                *("header_release", "header_api", "target_release", "target_api"),
                *("running_release", "running_api", "running_abi"),
            ],
        },
        "blas": {
            "type": "object",
            "required": ["library", "version", "core", "threads", "file", "config"],
        },
        "matmul": VERDICT,
        "numpy": {
            "type": "object",
            "required": ["release", "matmul"],
            "properties": {"matmul": VERDICT},
        },
        "speed": {
            "type": "array",
            "items": {"type": "object", "required": ["dtype", "n", "ours", "numpy", "ratio"]},
        },
    },
}


def proof(python: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [python, "-m", "npwheel_probe", *arguments], capture_output=True, text=True, check=False
    )


def test_json(venv_python: Path) -> None:
    done = proof(venv_python, "--json")
    assert done.returncode == 0, done.stderr
    data = json.loads(done.stdout)
    jsonschema.validate(data, SCHEMA)
    assert data["outcome"] == "pass"
    assert data["api"]["running_release"] == data["numpy"]["release"] == np.__version__
    assert data["api"]["target_api"] == 0xD  # NumPy 1.16 to 1.19
    assert data["api"]["header_api"] >= 0x12  # NumPy 2.0
    assert data["blas"]["library"] == "OpenBLAS"
    assert ".libs" in data["blas"]["file"]
    assert {(t["dtype"], t["n"]) for t in data["speed"]} >= {("float32", 4), ("float64", 512)}


def test_text(venv_python: Path) -> None:
    done = proof(venv_python, "--no-speed")
    assert done.returncode == 0, done.stderr
    for part in ("Python", "libc", "NumPy", "BLAS", "exact integers", "proof: pass"):
        assert part in done.stdout
    assert "speed" not in done.stdout


def test_usage(venv_python: Path) -> None:
    assert proof(venv_python, "--jsn").returncode == 2


def test_core_is_reported(venv_python: Path) -> None:
    """The BLAS in the wheel obeys, so the core printed is the one in use."""
    oldest = {"x86_64": "Nehalem", "aarch64": "ARMV8"}[platform.machine()]
    done = subprocess.run(
        [venv_python, "-m", "npwheel_probe", "--json", "--no-speed"],
        capture_output=True,
        text=True,
        check=True,
        env={"OPENBLAS_CORETYPE": oldest, "OPENBLAS_NUM_THREADS": "1"},
    )
    blas = json.loads(done.stdout)["blas"]
    assert (blas["core"].lower(), blas["threads"]) == (oldest.lower(), 1)


def off_by_one(a: Any, b: Any, out: Any = None) -> Any:
    result = np.matmul(a, b, out=out)
    if isinstance(result, np.ndarray) and result.shape == (33,):
        result[-1] += 1
    return result


def only_float32_is_wrong(a: Any, b: Any, out: Any = None) -> Any:
    result = np.matmul(a, b, out=out)
    return result * np.float32(2) if np.result_type(a, b) == np.float32 else result


def ignores_out(a: Any, b: Any, out: Any = None) -> Any:
    return np.matmul(a, b)


def lets_nan_through(a: Any, b: Any, out: Any = None) -> Any:
    return np.matmul(a, b) if out is None else np.add(out, np.matmul(a, b), out=out)


def fails_on_stacks(a: Any, b: Any, out: Any = None) -> Any:
    if a.ndim > 2:
        raise RuntimeError("no stacks")
    return np.matmul(a, b, out=out)


def overwrites_its_operand(a: Any, b: Any, out: Any = None) -> Any:
    if out is None:
        return np.matmul(a, b)
    for i in range(a.shape[0] if a.ndim > 1 else 0):
        np.matmul(a[i], b, out=out[i])
    return out if a.ndim > 1 else np.matmul(a, b, out=out)


@pytest.mark.parametrize(
    "broken",
    [
        *(off_by_one, only_float32_is_wrong, ignores_out),
        *(lets_nan_through, fails_on_stacks, overwrites_its_operand),
    ],
)
def test_broken_matmul_is_seen(probe: ModuleType, broken: Callable[..., Any]) -> None:
    products = importlib.import_module("npwheel_probe.proof.products")
    verdict = products.judge(broken, with_out=True)
    assert not verdict.right
    assert verdict.wrong


@pytest.mark.parametrize(
    ("whose", "outcome", "status"), [("ours", "fail", 1), ("numpy", "pass", 0)]
)
def test_whose_fault(
    probe: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    whose: str,
    outcome: str,
    status: int,
) -> None:
    """Ours wrong fails the proof; NumPy wrong is said, and is not our failure."""
    products = importlib.import_module("npwheel_probe.proof.products")
    main = importlib.import_module("npwheel_probe.__main__").main
    right = np.matmul

    def wrong(a: Any, b: Any, out: Any = None) -> Any:
        return right(a, b, out=out) + 1

    monkeypatch.setattr(*((products, "matmul") if whose == "ours" else (np, "matmul")), wrong)
    assert main(["--json", "--no-speed"]) == status
    data = json.loads(capsys.readouterr().out)
    jsonschema.validate(data, SCHEMA)
    assert data["outcome"] == outcome
    assert data["matmul"]["right"] == (whose != "ours")
    assert data["numpy"]["matmul"]["right"] == (whose != "numpy")
    assert main(["--no-speed"]) == status
    text = capsys.readouterr().out
    assert ("at fault here, not this module" in text) == (whose == "numpy")
    assert "WRONG" in text
    last = text.splitlines()[-1]
    assert last.startswith("proof: fail: " if whose == "ours" else "proof: pass")


def test_missing_numpy_is_reported(wheel: Path, tmp_path: Path, venv_python: Path) -> None:
    """Import without NumPy: one clear ImportError."""
    code = "import sys; sys.modules['numpy'] = None; import npwheel_probe"
    done = subprocess.run(
        [venv_python, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.returncode == 1
    assert "npwheel_probe cannot load its C module" in done.stderr
