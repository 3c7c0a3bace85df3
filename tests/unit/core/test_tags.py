"""Platform tags: each name is read once, and a machine installs what pip would."""

import pytest
from packaging.tags import Tag

from npwheel.core import tags
from npwheel.core.tags import LinuxPlatform, compatible_platforms, parse_platform, python_tags


@pytest.mark.parametrize(
    ("tag", "libc", "release", "arch"),
    [
        ("manylinux1_x86_64", "glibc", (2, 5), "x86_64"),
        ("manylinux2010_i686", "glibc", (2, 12), "i686"),
        ("manylinux2014_aarch64", "glibc", (2, 17), "aarch64"),
        ("manylinux_2_28_x86_64", "glibc", (2, 28), "x86_64"),
        ("musllinux_1_2_aarch64", "musl", (1, 2), "aarch64"),
        ("linux_armv7l", "glibc", None, "armv7l"),
    ],
)
def test_linux_platforms(tag, libc, release, arch):
    assert parse_platform(tag) == LinuxPlatform(libc, release, arch, tag.removesuffix(f"_{arch}"))


@pytest.mark.parametrize(
    "tag", ["any", "win_amd64", "macosx_11_0_arm64", "manylinux3_x86_64", "manylinux_x86_64", ""]
)
def test_other_platforms(tag):
    assert parse_platform(tag) is None


def test_older_platforms_of_a_machine():
    found = compatible_platforms("manylinux_2_18_x86_64")
    assert found[:3] == (
        "manylinux_2_18_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64",
    )  # fmt: skip
    assert "manylinux1_x86_64" in found
    assert compatible_platforms("linux_x86_64") == ("linux_x86_64",)


def test_free_threaded_pythons_take_no_gil_abi():
    found = python_tags("3.13t", ("manylinux_2_28_x86_64",))
    assert Tag("cp313", "cp313t", "manylinux_2_28_x86_64") in found
    assert not any(tag.abi in ("abi3", "cp313") for tag in found)


def test_pythons_are_ordered_by_number():
    pythons = ["3.14t", "3.10", "3.9", "3.14"]
    assert sorted(pythons, key=tags.python_order) == ["3.9", "3.10", "3.14", "3.14t"]
