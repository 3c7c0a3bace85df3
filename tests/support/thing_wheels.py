"""Wheels and index files made here; nothing is fetched and nothing is run in containers."""

import zipfile

import pytest

from npwheel.core.index import IndexFile
from npwheel.prove import candidates
from npwheel.prove.matrix import IndexFiles
from npwheel.prove.systems import Cpu, System


def make_wheel(folder, name="thing-1.0-cp39-abi3-manylinux_2_17_x86_64.whl", requires=(),
               python=">=3.9", members=()):  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    project, version = name.split("-")[:2]
    metadata = f"Metadata-Version: 2.1\nName: {project}\nVersion: {version}\n"
    metadata += f"Requires-Python: {python}\n"
    metadata += "".join(f"Requires-Dist: {line}\n" for line in requires)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{project}-{version}.dist-info/METADATA", metadata)
        for member, content in dict(members).items():
            archive.writestr(member, content)
    return path


@pytest.fixture
def wheel(tmp_path):
    """Make a wheel; returns it as the code under test sees it."""
    return lambda *args, **keys: candidates.load(make_wheel(tmp_path / "in", *args, **keys))


def file(name, requires_python=">=3.9", yanked=False):
    return IndexFile(name, f"https://localhost/{name}", {"sha256": "0" * 64}, requires_python,
                     yanked, 1, None)  # fmt: skip


def numpys():
    """A few of NumPy's files: what cp39, cp311 on glibc and cp311 on musl can have."""
    glibc = "manylinux_2_12_x86_64.manylinux2010_x86_64"
    names = [
        f"numpy-1.19.3-cp39-cp39-{glibc}.whl",
        f"numpy-1.20.3-cp39-cp39-{glibc}.whl",
        "numpy-2.0.2-cp39-cp39-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
        "numpy-1.23.2-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
        "numpy-2.1.3-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
        "numpy-2.4.6-cp311-cp311-manylinux_2_27_x86_64.manylinux_2_28_x86_64.whl",
        "numpy-2.1.3-cp311-cp311-manylinux_2_17_aarch64.manylinux2014_aarch64.whl",
        "numpy-1.25.0-cp311-cp311-musllinux_1_1_x86_64.whl",
        "numpy-2.4.6-cp311-cp311-musllinux_1_2_x86_64.whl",
    ]
    return tuple(file(name) for name in names)


@pytest.fixture
def index():
    """NumPy for both Pythons; SciPy for 3.11 on glibc only."""
    scipy = (file("scipy-1.17.1-cp311-cp311-manylinux_2_27_x86_64.whl", ">=3.11"),)
    return IndexFiles(numpys(), scipy)


@pytest.fixture
def systems():
    old = System("old", "Old 1", "glibc", "2.31", "x86_64", ("3.9",), "a cloud", recipe="old")
    new = System("new", "New 2", "glibc", "2.41", "x86_64", ("3.11",), "a PC", recipe="new")
    pi = System("pi", "Pi 1", "glibc", "2.41", "aarch64", ("3.11",), "a Pi", recipe="pi")
    alp = System("alp", "Alp 3", "musl", "1.2", "x86_64", ("3.11",), "a container", recipe="alp")
    return (old, new, pi, alp)


@pytest.fixture
def cpus():
    return (
        Cpu("nehalem", "Nehalem", "x86_64", "new", "no AVX"),
        Cpu("pi4", "cortex-a72", "aarch64", "pi", "a Pi 4"),
    )
