"""Published wheels against what importing them has shown.

`wheels.json` holds, for small wheels, what real imports found: each module's
C-API version (null: it makes no such check; absent: not found out), the era of
its headers, and for wheels whose metadata lies the releases that refuse (first
and last below 2.0). Those for Python 3.5 and for i686 were not imported, but disassembled. The
wheels are fetched by their hashes and kept in pytest's cache, or in the folder that
NPWHEEL_TEST_WHEELS names.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from truth_fetch import fetched

from npwheel.audit import catalogue
from npwheel.audit.audit_wheel import audit_wheel
from npwheel.audit.model import WheelReport
from npwheel.numpy_releases.table import key

TRUTH: list[dict[str, Any]] = json.loads(Path(__file__).with_name("wheels.json").read_text("utf-8"))
NUMPY_RULES = catalogue.chosen(["NPA1"], [])
LIES = "NPA101"  # a NumPy below 2.0 is admitted, reachable and refused


@pytest.fixture(scope="module")
def report(folder: Path, truth: dict[str, Any]) -> WheelReport:
    return audit_wheel(fetched(folder, truth["file"], truth["sha256"]), NUMPY_RULES)


def short(truth: dict[str, Any]) -> str:
    """`fast_histogram-0.9-cp38-cp38-x86_64`."""
    name, version, python, abi, platform = truth["file"].removesuffix(".whl").split("-")
    arch = next(arch for arch in ("aarch64", "i686", "x86_64") if platform.endswith(arch))
    return "-".join((name, version, python, abi, "musl" * ("musl" in platform) + arch))


@pytest.mark.parametrize("truth", TRUTH, ids=short, scope="module")
def test_modules_and_refusals(truth: dict[str, Any], report: WheelReport) -> None:
    assert not report.error
    rows = {row.path: row for row in report.modules}
    for module in truth["modules"]:
        row = rows[module["path"]]
        assert not row.status.startswith("could not read"), row
        if "epoch" in module:
            assert row.epoch == module["epoch"], row
        if "api" in module:
            assert row.api == (int(module["api"], 16) if module["api"] else None), row
        if "sizes" in module:
            assert row.cython_sizes == module["sizes"], row
    below = sorted((r for r in report.numpy.refused if key(r) < (2,)), key=key)
    assert [below[0], below[-1]] == truth["refused"] if "refused" in truth else not below
    lies = [f for f in report.findings if f.id == LIES and f.severity == "error"]
    assert bool(lies) is ("refused" in truth)
    if lies:
        assert "{} to {}".format(*truth["refused"]) in lies[0].message


def test_the_set_has_all_kinds() -> None:
    names = " ".join(t["file"] for t in TRUTH)
    modules = [m for t in TRUTH for m in t["modules"]]
    assert all(word in names for word in ("x86_64", "aarch64", "musllinux", "abi3"))
    assert {m.get("epoch") for m in modules} >= {"1.x", "2.x", None}
    assert any("refused" in t for t in TRUTH)
