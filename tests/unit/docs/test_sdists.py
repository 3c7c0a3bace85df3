"""The demonstration's data and table; what it builds is built by `nox -s sdists`."""

import importlib.util
import sys
from pathlib import Path

from packaging.requirements import Requirement

from npwheel.core.targets import targets

ROOT = Path(__file__).resolve().parents[3]
SPEC = importlib.util.spec_from_file_location("npwheel_sdists_tool", ROOT / "tools" / "sdists.py")
sdists = importlib.util.module_from_spec(SPEC)
sys.modules[SPEC.name] = sdists
SPEC.loader.exec_module(sdists)


def test_every_project_is_pinned_and_every_target_known():
    known = sdists.projects()
    assert len(known) >= 8
    for project in known:
        (pin,) = Requirement(project.requirement).specifier
        assert pin.operator == "=="
        assert set(project.targets) <= set(targets())
        assert bool(project.because) == bool(project.expected)
    text = " ".join(project.kind for project in known)
    assert all(k in text for k in ("abi3", "Cython", "C++", "meson-python", "f2py", "setuptools"))
    assert any(project.expected for project in known)


def proof(outcome, numpy):
    return {"python": "3.9", "numpy": numpy, "outcome": outcome}


def test_the_table_shows_passes_and_failures():
    good, bad = sdists.projects()[0], sdists.projects()[-1]
    wheel = {
        "target": "manylinux_x86_64",
        "proofs": [proof("pass", "1.19.3"), proof("pass", "1.9.0"), proof("not run", "2.5.5")],
    }
    cells = {target: sdists.cells_of([wheel], target) for target in good.targets}
    nothing = {target: sdists.cells_of([], target) for target in bad.targets}
    page = sdists.table(
        [
            sdists.Outcome(good, 0, 1, cells, "", "today"),
            sdists.Outcome(bad, 13, 1, nothing, "npwheel build: failed\nwhy: hdf.h", "today"),
        ],
    )
    assert "| manylinux_x86_64 | 1 | 1 not run, 2 pass | 1.9.0 to 1.19.3 | today |" in page
    assert "none: exit code 13" in page
    assert "why: hdf.h" in page


def test_the_page_is_what_the_kept_outcomes_say():
    kept = sdists.kept()
    known = [p.requirement for p in sdists.projects()]
    assert set(kept) <= set(known)
    assert all(outcome.as_expected for outcome in kept.values())
    ordered = [kept[name] for name in known if name in kept]
    assert sdists.PAGE.read_text("utf-8") == sdists.table(ordered)
