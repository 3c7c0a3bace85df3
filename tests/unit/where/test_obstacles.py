"""What keeps a wheel from loading on one system; `where` and `audit` read the same facts."""

from __future__ import annotations

from pathlib import Path

import pytest
from elf_builder import Shared
from rule_wheels import ABOUT, MODULE, make, module

from npwheel.audit.loading import LoadingSystem, obstacles
from npwheel.places import load
from npwheel.where import wheel_facts
from npwheel.where.candidates import read
from npwheel.where.compatibility import CARE, NO, RUNS, answer
from npwheel.where.machines import PlaceMachine, machines

DEBIAN_12 = LoadingSystem("3.11", "glibc", "2.36", "x86_64")
ANY = "py3-none-any"
LINUX = "py3-none-manylinux_2_17_x86_64"


def answered(path: Path, arch: str = "x86_64", glibc: str = "2.36", python: str = "3.11") -> str:
    place = load()[0]._replace(page_kib=(4,))
    (found,) = answer(
        [read(path)], [PlaceMachine(place, arch, python, "glibc", glibc, "")], wheel_facts
    )
    return found.outcome


@pytest.mark.parametrize(("glibc", "outcome"), [("2.31", NO), ("2.36", RUNS)])
def test_programs_that_need_a_newer_glibc_than_their_tag(tmp_path, glibc: str, outcome) -> None:
    """As in pyscn 1.31.1, whose programs need GLIBC_2.34 and whose tag says 2.17."""
    program = Shared(needed=["libc.so.6"], verneed={"libc.so.6": ["GLIBC_2.34"]}).build()
    assert answered(make(tmp_path, {"pkg/bin/tool": program}, LINUX), glibc=glibc) == outcome


@pytest.mark.parametrize(("arch", "outcome"), [("armv7l", NO), ("aarch64", NO), ("x86_64", RUNS)])
def test_modules_of_one_machine_in_a_wheel_for_any(tmp_path, arch: str, outcome) -> None:
    """As in array_record 0.4.0."""
    assert answered(make(tmp_path, {"pkg/mod.so": module()}, ANY), arch) == outcome


@pytest.mark.parametrize(
    ("name", "python", "outcome"),
    [
        ("mod.abi3.so", "3.11", RUNS),
        ("mod.cpython-310-x86_64-linux-gnu.so", "3.11", NO),
        ("mod.abi3-x86_64-linux-gnu.so", "3.14", NO),
        ("mod.abi3-x86_64-linux-gnu.so", "3.15", RUNS),
    ],
)
def test_suffix_of_another_python(tmp_path, name: str, python: str, outcome) -> None:
    path = make(tmp_path, {f"pkg/{name}": module()}, "cp310-abi3-manylinux_2_17_x86_64")
    assert answered(path, python=python) == outcome


def test_library_that_no_path_reaches(tmp_path) -> None:
    lost = make(tmp_path, {MODULE: module(needed=["libx.so"]), "libx.so": Shared().build()})
    assert answered(lost) == NO
    found = make(
        tmp_path,
        {MODULE: module(needed=["libx.so"], rpath="$ORIGIN/.."), "libx.so": Shared().build()},
    )
    assert obstacles(wheel_facts.subject_of.__wrapped__(found), DEBIAN_12).fatal == ()


def test_one_module_of_two_gives_care(tmp_path) -> None:
    newer = module(verneed={"libc.so.6": ["GLIBC_2.40"]})
    path = make(tmp_path, {MODULE: module(), "pkg/other.abi3.so": newer})
    assert answered(path) == CARE


def test_library_that_nothing_brings_gives_care(tmp_path) -> None:
    path = make(tmp_path, {MODULE: module(needed=["libncurses.so.5"])}, about=ABOUT)
    assert answered(path) == CARE


def test_other_libc(tmp_path) -> None:
    path = make(tmp_path, {MODULE: module(needed=["libc.so.6"])})
    found = obstacles(
        wheel_facts.subject_of.__wrapped__(path), LoadingSystem("3.11", "musl", "1.2.5", "x86_64")
    )
    assert "glibc" in found.fatal[0]


def test_each_python_of_a_place_has_its_pip() -> None:
    known = {m.minor: m.pip for m in machines() if m.place.id == "rhel-almalinux-rocky-8"}
    assert known["3.9"] == "20.2.4"
    assert known["3.6"] == "9.0.3"
