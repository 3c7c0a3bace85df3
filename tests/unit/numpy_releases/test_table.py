"""The table of NumPy's releases: facts that anyone can check on the index."""

from __future__ import annotations

import datetime
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from packaging.version import Version

from npwheel import numpy_releases
from npwheel.numpy_releases import table

PACKAGE = Path(numpy_releases.__file__).parents[1]


@pytest.mark.parametrize(
    ("api", "release"),
    [
        (0x9, "1.8"), (0xA, "1.10"), (0xB, "1.13"), (0xC, "1.14"), (0xD, "1.16"), (0xE, "1.20"),
        (0xF, "1.22"), (0x10, "1.23"), (0x11, "1.25"), (0x12, "2.0"), (0x13, "2.1"), (0x14, "2.3"),
        (0x15, "2.4"), (0x16, "2.5"),
    ],
)  # fmt: skip
def test_api_versions(api: int, release: str) -> None:
    assert table.release_of_api(api) == release
    assert table.api_of_release(release) == api
    assert table.api_of_release(release + ".7") == api


def test_unknown_api_has_no_release() -> None:
    assert table.release_of_api(0x1000009) == ""
    assert table.api_of_release("1.0") is None


@pytest.mark.parametrize(
    ("name", "release", "size"),
    [
        ("dtype", "1.26.4", 96), ("dtype", "2.0.0", 88), ("ndarray", "1.19.5", 80),
        ("ndarray", "1.20.0", 88), ("ndarray", "1.22.4", 96), ("ufunc", "1.15.4", 192),
        ("ufunc", "1.16.0", 216), ("ufunc", "1.22.0", 232), ("ufunc", "2.1.0", 240),
    ],
)  # fmt: skip
def test_struct_sizes(name: str, release: str, size: int) -> None:
    assert table.size_in(name, release) == size


@pytest.mark.parametrize(
    ("name", "release", "size"),
    [
        ("dtype", "1.11.3", 56), ("ndarray", "1.19.5", 40), ("ndarray", "1.21.6", 44),
        ("ufunc", "1.15.4", 112), ("ufunc", "1.16.6", 124),
    ],
)  # fmt: skip
def test_struct_sizes_on_i686(name: str, release: str, size: int) -> None:
    """As they stand in the type objects of NumPy's own wheels for manylinux i686."""
    assert table.size_in(name, release, bits=32) == size


def test_struct_sizes_match_the_installed_numpy() -> None:
    import numpy

    for name in table.SIZES[64]:
        assert table.size_in(name, numpy.__version__) == getattr(numpy, name).__basicsize__


@pytest.mark.parametrize(
    ("target", "oldest"),
    [
        (("3.6", "glibc", "x86_64"), "1.11.3"), (("3.8", "glibc", "x86_64"), "1.17.3"),
        (("3.9", "glibc", "x86_64"), "1.19.3"), (("3.9", "glibc", "aarch64"), "1.19.3"),
        (("3.9", "musl", "x86_64"), "1.25.0"), (("3.10", "musl", "aarch64"), "1.26.2"),
        (("3.12", "glibc", "x86_64"), "1.26.0"), (("3.14t", "glibc", "aarch64"), "2.3.2"),
        (("3.9", "glibc", "armv7l"), ""), (("2.5", "glibc", "x86_64"), ""),
    ],
)  # fmt: skip
def test_releases_begin_with_the_oldest_wheel(target: tuple[str, str, str], oldest: str) -> None:
    assert table.releases(*target)[:1] == ([oldest] if oldest else [])


def test_wheels_of_one_release() -> None:
    assert table.pythons_of("1.20.3") == ["3.7", "3.8", "3.9"]
    assert table.pythons_of("1.22") == table.pythons_of("1.22.0") == ["3.8", "3.9", "3.10"]
    assert table.pythons_of("99.0") == []
    assert table.has_wheel("1.20.3", "3.9", "glibc", "x86_64")
    assert not table.has_wheel("1.20.3", "3.10", "glibc", "x86_64")
    assert not table.has_wheel("1.20.3", "3.9", "musl", "x86_64")


def test_nearest_wheel_is_not_older_than_requested() -> None:
    assert table.nearest_wheel("1.20.3", "3.9", "glibc", "x86_64") == "1.20.3"
    assert table.nearest_wheel("1.20.3", "3.10", "glibc", "x86_64") == "1.21.2"
    assert table.nearest_wheel("1.16", "3.12", "musl", "aarch64") == "1.26.2"
    assert table.nearest_wheel("99", "3.12", "glibc", "x86_64") == ""


def test_releases_are_in_order_and_final() -> None:
    for target, rows in table.DATA["wheels"].items():
        libc, arch = target.split()
        for python in table.pythons():
            found = [Version(v) for v in table.releases(python, libc, arch)]
            assert found == sorted(found)
            assert not any(v.is_prerelease for v in found)
        assert rows


OLD_PYTHONS = [f"3.{n}" for n in range(6, 14)]


def test_old_pythons_get_the_same_answers_from_a_zip_archive(tmp_path: Path) -> None:
    archive = tmp_path / "npwheel.zip"
    with zipfile.ZipFile(archive, "w") as made:
        for name in ("__init__.py", "numpy_releases/__init__.py", "numpy_releases/table.py"):
            made.write(PACKAGE / name, f"npwheel/{name}")
        made.write(
            PACKAGE / "numpy_releases/data/numpy.json", "npwheel/numpy_releases/data/numpy.json"
        )
    code = "from npwheel.numpy_releases import table as t; "
    code += "print(t.release_of_api(13), t.pythons_of('1.20.3'))"
    tried = []
    for python in OLD_PYTHONS:
        found = shutil.which(f"python{python}")
        if (
            found is None
            or subprocess.run([found, "-c", ""], capture_output=True, check=False).returncode
        ):
            continue
        tried.append(python)
        for place in (archive, PACKAGE.parent):
            done = subprocess.run(
                [found, "-B", "-c", code], env={**os.environ, "PYTHONPATH": str(place)},
                capture_output=True, text=True, check=False,
            )  # fmt: skip
            assert done.stdout == "1.16 ['3.7', '3.8', '3.9']\n", done.stderr
    missing = sorted(set(OLD_PYTHONS) - set(tried))
    sys.stderr.write(f"look-ups tried on {tried}; not found here: {missing}\n")
    assert tried


@pytest.mark.parametrize(
    ("days", "on_index", "old"),
    [
        (0, "", False),
        (table.MAX_AGE, "", False),
        (table.MAX_AGE + 1, "", True),
        (0, table.newest(), False),
        (0, f"{table.newest()}.9", False),
        (0, "99.0.0", True),
    ],
)
def test_a_table_that_may_be_outdated_names_its_date(days, on_index, old):
    today = table.MADE + datetime.timedelta(days=days)
    text = table.outdated(today, on_index)
    assert bool(text) == old
    assert not old or table.MADE.isoformat() in text
