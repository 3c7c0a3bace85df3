"""`audit --installed --with-numpy`: what stops working with another NumPy, and what fixes it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from elf_builder import Shared
from rule_wheels import ABOUT, MODULE, make, module

from npwheel.audit.collect_facts import collect_facts
from npwheel.audit.upgrade import BREAKS, DOUBT, FORBIDS, WORKS, judged, prospects
from npwheel.cli import main
from npwheel.wheel import open_wheel

NEW = b"module was compiled against NumPy C-API version 0x%x (NumPy 1.23) but the running\0"
OLD = b"module compiled against API version 0x%x but this version of numpy is 0x%x\0"
PYBIND11 = b"\0pybind11::error\0_ARRAY_API\0numpy.core.multiarray\0"


def subject_of(folder: Path, files: dict[str, bytes], requires: str = "numpy"):
    with open_wheel(make(folder, files, about=f"{ABOUT}Requires-Dist: {requires}\n")) as source:
        return collect_facts(source, lambda *_: None)


@pytest.mark.parametrize(
    ("data", "requires", "numpy", "outcome"),
    [
        (NEW, "numpy", "1.22.4", BREAKS), (NEW, "numpy", "2.2.6", WORKS),
        (NEW, "numpy<2", "2.2.6", FORBIDS), (NEW, "numpy<2; extra == 'x'", "2.2.6", WORKS),
        (NEW, "numpy<2; python_version < '3'", "2.2.6", WORKS),
        (OLD, "numpy", "2.0.0", BREAKS), (PYBIND11, "numpy", "2.0.0", DOUBT),
        (PYBIND11, "numpy", "1.26.4", WORKS), (b"", "numpy>=1.20", "2.0.0", WORKS),
        (b"", "other", "2.0.0", ""),
    ],
)  # fmt: skip
def test_outcome(tmp_path, data: bytes, requires: str, numpy: str, outcome: str) -> None:
    assert judged(subject_of(tmp_path, {MODULE: module(data=data)}, requires), numpy)[0] == outcome


def test_damaged_module_is_a_doubt(tmp_path) -> None:
    files = {MODULE: module(data=NEW), "pkg/b.so": Shared().build()[:70] + bytes(10)}
    assert judged(subject_of(tmp_path, files), "2.0.0")[0] == DOUBT


def test_single_refusing_module_of_several_is_a_doubt(tmp_path) -> None:
    files = {f"pkg/m{n}.so": module(data=NEW.replace(b"1.23", b"1.19")) for n in range(3)}
    assert judged(subject_of(tmp_path, {**files, MODULE: module(data=NEW)}), "1.21.0")[0] == DOUBT


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A distribution of this environment that refuses NumPy below 1.23."""
    info = tmp_path / "site" / "thing-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: thing\nVersion: 1.0\n")
    (info / "WHEEL").write_text("Wheel-Version: 1.0\nTag: cp311-cp311-manylinux_2_17_x86_64\n")
    (info / "RECORD").write_text("thing.so,,\nthing-1.0.dist-info/METADATA,,\n")
    (tmp_path / "site" / "thing.so").write_bytes(module(data=NEW))
    monkeypatch.syspath_prepend(tmp_path / "site")
    return tmp_path


def test_release_that_was_read_is_named(installed: Path) -> None:
    newer = make(installed, {MODULE: module(data=NEW.replace(b"1.23", b"1.19"))})
    asked = []

    def newest(name: str) -> tuple[str, Path]:
        asked.append(name)
        return "1.1", newer

    (found,) = prospects(["thing"], "1.22.0", newest)
    assert (found.outcome, found.fixed_by, asked) == (BREAKS, "1.1", ["thing"])
    still = make(installed, {MODULE: module(data=NEW)})
    (found,) = prospects(["thing"], "1.22.0", lambda _: ("1.1", still))
    assert (found.outcome, found.fixed_by) == (BREAKS, "")
    (found,) = prospects(["thing"], "1.22.0", lambda _: ("1.0", newer))
    assert found.fixed_by == ""


@pytest.mark.parametrize(("numpy", "code"), [("1.22.0", 1), ("2.2.6", 0)])
def test_command(installed: Path, capsys, monkeypatch, numpy: str, code: int) -> None:
    monkeypatch.setattr("npwheel.audit.newest_release.newest_wheel", lambda _: None)
    assert main(["audit", "--installed", "--with-numpy", numpy, "--json", "thing"]) == code
    document = json.loads(capsys.readouterr().out)
    assert document["numpy"] == numpy
    assert [d["name"] for d in document["distributions"]] == ["thing"]
    assert main(["audit", "--installed", "--with-numpy", numpy, "thing"]) == code


@pytest.mark.parametrize(
    "argv", [["--with-numpy", "2.2.6"], ["--installed", "--with-numpy", "new"],
             ["--installed", "--with-numpy", "2.2.6", "--format", "sarif"]],
)  # fmt: skip
def test_usage(argv: list[str]) -> None:
    assert main(["audit", *argv]) == 2
