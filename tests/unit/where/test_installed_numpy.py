"""Which NumPy a machine gets; the data file against NumPy's table and against the index."""

import json
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from npwheel.numpy_releases import table
from npwheel.places import load
from npwheel.where import installed_numpy
from npwheel.where.machines import PlaceMachine

DATA = json.loads(
    Path(installed_numpy.__file__).with_name("data").joinpath("numpy_wheels.json").read_text()
)


def machine(python="3.11", version="2.31", *, libc="glibc", arch="x86_64", pip=""):
    return PlaceMachine(load()[0], arch, python, libc, version, pip)


def test_it_has_the_same_wheels_as_numpys_table():
    linux = {target for target in table.DATA["wheels"] if target.startswith(("glibc", "musl"))}
    assert set(DATA["wheels"]) == linux
    for target, pythons in DATA["wheels"].items():
        libc, arch = target.split()
        for python, runs in pythons.items():
            releases = table.releases(python, libc, arch)
            assert (runs[0][0], runs[-1][1]) == (releases[0], releases[-1]), (target, python)
            for release in releases:
                fitting = [r for r in runs if Version(r[0]) <= Version(release) <= Version(r[1])]
                assert len(fitting) == 1, (target, python, release)


@pytest.mark.parametrize(
    ("asked", "wheel", "chosen"),
    [
        (machine("3.9"), "2.0.2", "2.0.2"),
        (machine("3.11", "2.26"), "2.2.6", "2.4.6"),  # no wheel above manylinux2014 fits
        (machine("3.8", pip="20.0.2"), "1.24.4", "1.24.4"),  # manylinux2014 is enough
        (machine("3.11", pip="20.2.4"), "2.2.6", "2.4.6"),  # does not know manylinux_2_27
        (machine("3.6", pip="9.0.1"), "1.19.5", "1.19.5"),  # manylinux1
        (machine("3.7", pip="18.1", arch="aarch64"), "", "1.21.6"),
        (machine("3.9", "1.2", libc="musl"), "2.0.2", "2.0.2"),
        (machine("3.8", "1.2", libc="musl"), "", "1.24.4"),
        (machine("3.11", arch="armv7l"), "", "2.4.6"),
    ],
)
def test_what_pip_gets(asked, wheel, chosen):
    found = installed_numpy.there(asked, SpecifierSet())
    assert (found.wheel, found.chosen) == (wheel, chosen)
    assert found.compiled == (wheel != chosen)


def test_bounds_and_what_loads():
    found = installed_numpy.there(
        machine("3.12"), SpecifierSet("<2.2"), lambda r: r.startswith("1.")
    )
    assert (found.wheel, found.chosen) == ("1.26.4", "2.1.3")
    assert installed_numpy.there(
        machine("3.12"), SpecifierSet("<1.20")
    ) == installed_numpy.InstalledNumpy("1.19.5", "")
