"""Dependencies of a built wheel, resolved for another Python, platform and NumPy."""

import pytest
from packaging.version import Version

from npwheel.core.tags import SystemPlatform
from npwheel.prove import dependencies
from npwheel.prove.dependencies import HIGHEST, LOWEST, ProofEnvironment

SYSTEM = SystemPlatform("glibc", "2.31", "x86_64")


def versions(found):
    return {pin.split("==")[0]: Version(pin.split("==")[1]) for pin in found.requirements}


def test_nothing_to_resolve_starts_no_resolver(wheel, monkeypatch):
    monkeypatch.setattr(dependencies, "_compile", None)
    path = wheel(["numpy>=1.20", "pytest; extra == 'test'"])
    found = dependencies.resolve(path, ProofEnvironment("3.11", SYSTEM, "1.23.2"), want=LOWEST)
    assert (found.requirements, found.files, found.reason) == ((), (), "")


def test_lowest_lowers_what_is_bounded_and_nothing_else(wheel):
    path = wheel(["numpy", "packaging>=21.0", "six"])
    low = dependencies.resolve(path, ProofEnvironment("3.11", SYSTEM, "1.26.4"), want=LOWEST)
    high = dependencies.resolve(path, ProofEnvironment("3.11", SYSTEM, "1.26.4"), want=HIGHEST)
    assert versions(low)["packaging"] == Version("21.0")
    assert versions(high)["packaging"] > Version("24")
    assert versions(low)["six"] == versions(high)["six"]
    assert low.resolution == LOWEST
    assert not low.reason
    assert "numpy" not in versions(low)


def test_what_the_test_needs_is_newest_and_moves_nothing_else(wheel):
    path = wheel(["numpy", "packaging>=21.0"])
    found = dependencies.resolve(
        path, ProofEnvironment("3.11", SYSTEM, "1.26.4"), want=LOWEST, also=("pytest>=7",)
    )
    assert versions(found)["packaging"] == Version("21.0")
    assert versions(found)["pytest"] > Version("8")
    assert "iniconfig" in versions(found)
    alone = dependencies.resolve(
        wheel([]), ProofEnvironment("3.11", SYSTEM, "1.26.4"), want=LOWEST, also=("iniconfig",)
    )
    assert set(versions(alone)) == {"iniconfig"}


def test_files_fit_the_platform_and_not_this_machine(wheel):
    path = wheel(["numpy", "scipy>=1.13"], name="thing-1.0-cp312-cp312-musllinux_1_2_aarch64.whl")
    alpine = ProofEnvironment("3.12", SystemPlatform("musl", "1.2.5", "aarch64"), "2.0.2")
    found = dependencies.resolve(path, alpine, want=LOWEST)
    (file,) = found.files
    assert "musllinux" in file.filename
    assert "aarch64" in file.filename
    assert "cp312" in file.filename
    assert file.hashes["sha256"]


def test_a_lowest_release_without_wheel_falls_back_and_is_reported(wheel):
    """scipy 1.5.0 has no wheel for Python 3.12."""
    path = wheel(["numpy", "scipy==1.5.0"])
    found = dependencies.resolve(path, ProofEnvironment("3.12", SYSTEM, "1.26.4"), want=LOWEST)
    assert found.resolution == ""
    assert "scipy" in found.reason
    assert found.files == ()


def test_dependencies_that_exclude_the_numpy_name_it(wheel):
    path = wheel(["numpy", "scipy>=1.17"])  # which wants a newer numpy
    found = dependencies.resolve(path, ProofEnvironment("3.11", SYSTEM, "1.23.2"), want=HIGHEST)
    assert found.resolution == ""
    assert "numpy" in found.reason


def test_markers_are_those_of_the_other_python(wheel):
    path = wheel(["six>=1.10; python_version < '3.10'", "packaging>=21.0; sys_platform == 'win32'"])
    old = dependencies.resolve(path, ProofEnvironment("3.9", SYSTEM, "1.26.4"), want=LOWEST)
    new = dependencies.resolve(path, ProofEnvironment("3.11", SYSTEM, "1.26.4"), want=LOWEST)
    assert versions(old) == {"six": Version("1.10")}
    assert versions(new) == {}


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        (("glibc", "2.17", "x86_64"), "x86_64-manylinux_2_17"),
        (("glibc", "2.30", "aarch64"), "aarch64-manylinux_2_28"),
        (("glibc", "2.99", "x86_64"), "x86_64-manylinux_2_40"),
        (("musl", "1.2", "aarch64"), "aarch64-unknown-linux-musl"),
    ],
)
def test_uv_platforms(place, expected):
    assert dependencies.uv_platform(*place) == expected


def test_a_project_without_a_wheel_is_named_once(wheel):
    path = wheel(["scikit-learn>=0.16"])
    alpine = ProofEnvironment("3.12", SystemPlatform("musl", "1.2", "x86_64"), "1.26.4")
    found = dependencies.resolve(path, alpine, want=LOWEST)
    assert found.resolution == ""
    assert found.reason.count("scikit-learn") == 1
    assert "no wheel for Python 3.12 on x86_64-unknown-linux-musl" in found.reason
