"""Compilers of this machine in an image of another architecture, and NumPy's headers there."""

from __future__ import annotations

import hashlib
import io
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from npwheel.containers import local
from npwheel.containers.local import cross, install_wheels, numpy_headers
from npwheel.core.errors import ImageError

CONFIG = """\
#define NPY_SIZEOF_LONG 8
#define NPY_SIZEOF_COMPLEX_LONGDOUBLE 32
#define NPY_NO_SMP 0
"""


@pytest.fixture
def recipe(mirror: Path, monkeypatch: pytest.MonkeyPatch) -> local.Recipe:
    """armv7l's recipe on x86_64; its compilers are the mirror's one package, which is locked."""
    monkeypatch.setattr(cross, "machine", lambda: "x86_64")
    monkeypatch.setenv("SERVED", "bullseye")
    lock = mirror / "manylinux_armv7l.txt"
    digest = hashlib.sha256((mirror / "debs/some.deb").read_bytes()).hexdigest()
    lock.write_text(f"some:all 1.2-3 all {digest}\n")
    return replace(local.recipes()["manylinux_armv7l"], lock=lock, cross=("some",))


@pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="NOT RUN, missing dpkg")
def test_compilers_of_this_machine_are_unpacked_over_those_of_image(
    mirror: Path, recipe: local.Recipe
) -> None:
    root = mirror / "root"
    (root / "lib/some").mkdir(parents=True)
    (root / "lib/some/file").write_text("the image's own")
    (package,) = cross.add(recipe, root, lambda _: None, io.StringIO())
    assert (package.name, package.version) == ("some:all", "1.2-3")
    assert (root / "lib/some/file").read_text() == "content"
    assert "--arch=amd64" in (mirror / "arguments").read_text()
    assert not root.with_name("cross").exists()


@pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="NOT RUN, missing dpkg")
def test_compilers_that_differ_from_lock_are_refused(mirror: Path, recipe: local.Recipe) -> None:
    assert recipe.lock is not None
    recipe.lock.write_text(f"some:all 1.2-3 all {'0' * 64}\n")
    with pytest.raises(ImageError, match="some"):
        cross.add(recipe, mirror / "root", lambda _: None, io.StringIO())


def test_image_keeps_its_compilers_on_other_machines(
    recipe: local.Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cross, "machine", lambda: "aarch64")
    assert cross.of(recipe) is None
    assert cross.of(local.recipes()["manylinux_aarch64"]) is None


def test_sizes_are_those_of_the_compiler() -> None:
    assert numpy_headers.portable(CONFIG).splitlines() == [
        "#define NPY_SIZEOF_LONG __SIZEOF_LONG__",
        "#define NPY_SIZEOF_COMPLEX_LONGDOUBLE (2 * __SIZEOF_LONG_DOUBLE__)",
        "#define NPY_NO_SMP 0",
    ]


def test_unknown_size_is_refused() -> None:
    with pytest.raises(ImageError) as caught:
        numpy_headers.portable(CONFIG + "#define NPY_SIZEOF_QUATERNION 64\n")
    assert "QUATERNION" in caught.value.why


def test_headers_are_a_wheel_that_pip_finds_and_that_computes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def install(lock: Path, folder: Path, **_: object) -> None:
        include = folder / "numpy/_core/include/numpy"
        include.mkdir(parents=True)
        (include / "_numpyconfig.h").write_text(CONFIG)
        (folder / "numpy/_core/_multiarray_umath.so").write_bytes(b"\x7fELF")
        info = folder / "numpy-2.0.2.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: numpy\nVersion: 2.0.2\n")
        (info / "entry_points.txt").write_text("")
        (info / "LICENSE.txt").write_text("text")

    monkeypatch.setattr(install_wheels, "install", install)
    root, python = tmp_path / "root", f"{sys.version_info[0]}.{sys.version_info[1]}"
    root.mkdir()
    numpy_headers.add(Path("lock"), root, python=python, arch="armv7l", log=io.StringIO())
    assert "/opt/numpy" in (root / "etc/pip.conf").read_text()
    assert "/opt/numpy" in (root / "etc/uv/uv.toml").read_text()
    (wheel,) = (root / "opt/numpy").iterdir()
    target = tmp_path / "installed"
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-index", "--no-deps"]
    options = ["--platform=linux_armv7l", "--only-binary=:all:", f"--target={target}"]
    subprocess.run([*pip, *options, str(wheel)], check=True)
    assert not list(target.rglob("*.so"))

    def run(code: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", code]
        return subprocess.run(command, cwd=target, capture_output=True, text=True, check=False)

    found = run("import numpy; print(numpy.__version__, numpy.get_include())").stdout
    assert found.startswith("2.0.2 ")
    assert (Path(found.split()[1]) / "numpy/_numpyconfig.h").is_file()
    assert "only NumPy's headers" in run("import numpy; numpy.array([1])").stderr
