"""The data on pips, held against real pips."""

import platform
import re
import sys

import components
import pytest
from packaging.tags import sys_tags

from npwheel.places import load
from npwheel.where import pips
from npwheel.where.machines import PlaceMachine, machines, tags, taken

# Each boundary of data/pips.json, and the release before it.
BOUNDARIES = ["9.0.3", "18.1", "19.0", "19.2.3", "19.3", "20.2.4", "20.3", "21.1.3", "21.2", "24.0"]
# The newest Python on which a pip starts.
STARTS_ON = {"9.0.3": 9, "18.1": 9, "19.0": 9, "19.2.3": 9, "19.3": 9, "20.2.4": 9}
# pip 20.3 writes Python 3.11 as cp3_11.
STARTS_ON |= {"20.3": 9, "21.1.3": 11, "21.2": 11}

glibc_x86_64 = pytest.mark.skipif(
    platform.machine() != "x86_64" or platform.libc_ver()[0] != "glibc",
    reason="NOT RUN: the pips that are asked must stand on x86_64 with glibc",
)


def fitting(pythons, release):
    limit = STARTS_ON.get(release, 12)
    found = [v for v in sorted(pythons, key=lambda v: int(v[2:])) if int(v[2:]) <= limit]
    if release == "24.0":
        found = [v for v in found if int(v[2:]) >= 7]
    if not found:
        components.skip(f"a Python up to 3.{limit}", f"for pip {release}; set NPWHEEL_PYTHONS")
    return found[-1]


@glibc_x86_64
@pytest.mark.parametrize("release", BOUNDARIES)
def test_a_real_pip_accepts_the_tags_in_the_data(ask_pip, pythons, release):
    python = fitting(pythons, release)
    musl, found = ask_pip(pythons[python], release)
    assert pips.knows("musllinux_1_2_x86_64", release) == musl
    glibc = platform.libc_ver()[1]
    here = PlaceMachine(load()[0], "x86_64", python, "glibc", glibc, release)
    ours = [str(tag) for tag in taken(here) if compiled(str(tag))]
    theirs = [tag for tag in found if compiled(tag)]
    assert set(ours) == set(theirs)
    # Of what projects publish, the best comes first for both.
    assert [t for t in ours if "manylinux" in t] == [t for t in theirs if "manylinux" in t]


def compiled(tag):
    """Wheels for a platform. No wheel is tagged for `py39` and a platform; pips differ there."""
    return "linux" in tag and not re.match(r"py3\d+-none-", tag)


def test_an_unknown_pip_counts_as_current():
    assert pips.knows("musllinux_1_2_aarch64", "")
    assert not pips.knows("musllinux_1_2_aarch64", "20.3.4")


def test_another_pythons_pip_is_not_believed():
    assert pips.of_python("9.0.3", "3.12") == ""
    assert pips.of_python("9.0.3", "3.6") == "9.0.3"
    assert pips.of_python("", "3.12") == ""
    assert pips.of_python("31.0", "3.99") == "31.0"


def test_this_machine_as_packaging_sees_it():
    """Our tags of a machine like this one are those of the library that installers use."""
    libc, version = platform.libc_ver()
    if libc != "glibc":
        pytest.skip("NOT RUN: this machine's libc is not glibc")
    python = ".".join(map(str, sys.version_info[:3]))
    here = PlaceMachine(load()[0], platform.machine(), python, "glibc", version, "")
    assert [str(t) for t in tags(here)] == [str(t) for t in sys_tags()]


def test_every_place_has_tags():
    for machine in machines():
        if machine.libc_version:
            assert taken(machine), machine
