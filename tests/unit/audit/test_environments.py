"""Tags, Requires-Python and markers decide where a wheel is judged."""

from __future__ import annotations

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.tags import parse_tag

from npwheel.audit.environments import Environment, environments
from npwheel.core.requirements import admits_python, applies, applies_with_extra


def pythons(tag: str, requires: str | None = None) -> list[str]:
    specifier = None if requires is None else SpecifierSet(requires)
    return [e.python for e in environments(parse_tag(tag), specifier)]


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("cp38-cp38-manylinux_2_17_x86_64.manylinux2014_x86_64", ["3.8"]),
        ("cp36-cp36m-manylinux1_x86_64", ["3.6"]),
        ("cp313-cp313-musllinux_1_2_aarch64", ["3.13"]),
        ("cp313-cp313t-musllinux_1_2_aarch64", ["3.13t"]),
        ("cp314-abi3-manylinux_2_28_x86_64", ["3.14", "3.15"]),
        ("cp315-abi3.abi3t-manylinux_2_28_x86_64", ["3.15", "3.15t"]),
        ("cp315-abi3t-manylinux_2_28_x86_64", ["3.15t"]),
        # As packaging.tags has it: py314-none is taken later too, cp314-none by 3.14 alone.
        ("cp38-none-manylinux1_x86_64", ["3.8"]),
        ("cp313-none-manylinux_2_28_x86_64", ["3.13", "3.13t"]),
        ("py314-none-manylinux_2_28_x86_64", ["3.14", "3.14t", "3.15", "3.15t"]),
        ("pp311-pypy311_pp73-manylinux_2_28_x86_64", []),
        ("cp312-cp312-macosx_11_0_arm64", ["3.12"]),
        ("cp312-cp312-win_amd64", ["3.12"]),
        ("cp312-cp312-pyodide_2024_0_wasm32", []),
        ("py3-none-any", []),
    ],
)
def test_pythons_of_a_tag(tag: str, expected: list[str]) -> None:
    assert pythons(tag) == expected


def test_platform_tags_name_libc_and_machine() -> None:
    (found,) = environments(parse_tag("cp311-cp311-musllinux_1_1_aarch64"), None)
    assert found == Environment("3.11", "musl", "aarch64")
    (found,) = environments(parse_tag("cp311-cp311-linux_x86_64"), None)
    assert found == Environment("3.11", "glibc", "x86_64")


def test_requires_python_narrows() -> None:
    assert pythons("cp311-abi3-manylinux_2_28_x86_64", ">=3.12,<3.14") == ["3.12", "3.13"]


@pytest.mark.parametrize(
    ("specifier", "python", "expected"),
    [(">=3.7.1", "3.7", True), ("<=3.10", "3.10", True), ("<3.10", "3.10", False),
     ("!=3.9.*", "3.9", False), (">3.8,<3.10", "3.9", True), (">=3.13", "3.13t", True)],
)  # fmt: skip
def test_some_release_of_a_python_is_enough(specifier: str, python: str, expected: bool) -> None:
    assert admits_python(SpecifierSet(specifier), python) is expected


@pytest.mark.parametrize(
    ("line", "holds", "by_extra"),
    [
        ("numpy>=1.20", True, False),
        ("numpy; python_version < '3.12'", True, False),
        ("numpy; python_version >= '3.12'", False, False),
        ("numpy; platform_machine == 'aarch64'", False, False),
        ("numpy; sys_platform == 'win32'", False, False),
        ("numpy; extra == 'fast'", False, True),
        ("numpy; extra == 'fast' and python_version >= '3.12'", False, False),
    ],
)
def test_markers_are_evaluated_there(line: str, holds: bool, by_extra: bool) -> None:
    assert applies(Requirement(line), "3.11", "x86_64") is holds
    assert applies_with_extra(Requirement(line), "3.11", "x86_64") is by_extra
