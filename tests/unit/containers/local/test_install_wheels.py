"""Pinned wheels in an image: hashes are checked, CPython's build variables are replaced."""

import io
import sys
from pathlib import Path

import pytest

from npwheel.containers.local import install_cpython, install_wheels
from npwheel.core.errors import ImageError

from .conftest import tar_of, write_wheel

SYSCONFIG = b"""# system configuration
build_time_vars = {'prefix': '/install', 'CC': 'clang', 'LIBDIR': '/install/lib',
 'INSTALL': '/usr/bin/install -c', 'CFLAGS': '-march=x86-64-v3', 'HAVE_X': 1}
"""
ARCHIVE = {
    "bin/python3.9": b"#!/bin/sh\n",
    "bin/python3.9-config": b'#!/bin/sh\nprefix="/install"\n',
    "bin/pip": b"",
    "bin/python": "/opt/elsewhere/bin/python3",
    "lib/python3.9/os.py": b"",
    "lib/python3.9/_sysconfigdata__linux_.py": SYSCONFIG,
    "lib/python3.9/__pycache__/_sysconfigdata__linux_.cpython-39.pyc": b"stale",
    "lib/python3.9/site-packages/junk/__init__.py": b"",
    "lib/python3.9/test/test_os.py": b"",
    "lib/libpython3.9.a": b"",
    "lib/pkgconfig/python-3.9.pc": b"prefix=/install\n",
    "include/python3.9/Python.h": b"",
}


def lock(tmp_path: Path, name: str, digest: str) -> Path:
    file = tmp_path / "lock.txt"
    file.write_text(f"{name}==1.0 --hash=sha256:{digest}\n")
    return file


def install_python(tmp_path: Path, index: Path, archives: dict[str, bytes]) -> Path:
    files = {f"krunner/krunner-env.{name}.tar.xz": data for name, data in archives.items()}
    _, digest = write_wheel(index, "krunner", "py3-none-manylinux2014_x86_64", files)
    root = tmp_path / "made" / "root"
    root.mkdir(parents=True)
    install_cpython.install(
        lock(tmp_path, "krunner", digest),
        root,
        "/opt/python/cp39-cp39",
        version="3.9",
        libc="glibc",
        arch="x86_64",
        log=io.StringIO(),
    )
    return root / "opt/python/cp39-cp39"


def test_install_cpython_copies_only_needed_files(tmp_path: Path, index: Path) -> None:
    prefix = install_python(tmp_path, index, {"gnu.x86_64": tar_of(ARCHIVE)})
    files = {str(p.relative_to(prefix)) for p in prefix.rglob("*") if not p.is_dir()}
    assert files == {
        "bin/python",
        "bin/python3",
        "bin/python3.9",
        "bin/python3.9-config",
        "include/python3.9/Python.h",
        "lib/pkgconfig/python-3.9.pc",
        "lib/python3.9/_sysconfigdata__linux_.py",
        "lib/python3.9/os.py",
    }
    assert (prefix / "bin/python").readlink() == Path("python3.9")
    assert (prefix / "lib/python3.9/site-packages").is_dir()
    assert list((tmp_path / "made").iterdir()) == [tmp_path / "made/root"]


def test_install_cpython_replaces_build_variables(tmp_path: Path, index: Path) -> None:
    prefix = install_python(tmp_path, index, {"gnu.x86_64": tar_of(ARCHIVE)})
    names: dict[str, dict[str, object]] = {}
    exec((prefix / "lib/python3.9/_sysconfigdata__linux_.py").read_text(), names)
    found = names["build_time_vars"]
    assert found["prefix"] == "/opt/python/cp39-cp39"
    assert found["LIBDIR"] == "/opt/python/cp39-cp39/lib"
    assert found["INSTALL"] == "/usr/bin/install -c"  # another word with the same ending
    assert found["CC"] == "gcc"
    assert "-march" not in str(found["CFLAGS"])
    assert found["HAVE_X"] == 1
    for text in ("lib/pkgconfig/python-3.9.pc", "bin/python3.9-config"):
        assert "prefix" in (prefix / text).read_text()
        assert "/install" not in (prefix / text).read_text()


@pytest.mark.parametrize("archives", [{}, {"gnu.aarch64": b""}, {"a.x86_64": b"", "b.x86_64": b""}])
def test_install_cpython_rejects_wheel_without_exactly_one_archive(
    tmp_path: Path, index: Path, archives: dict[str, bytes]
) -> None:
    with pytest.raises(ImageError) as caught:
        install_python(tmp_path, index, archives)
    assert "expected 1 CPython archive" in caught.value.why


def install(file: Path, folder: Path) -> None:
    install_wheels.install(
        file, folder, python="3.9", libc="glibc", arch="x86_64", log=io.StringIO()
    )


def test_install_rejects_wheel_with_another_hash(tmp_path: Path, index: Path) -> None:
    write_wheel(index, "some", "py3-none-any", {"some.py": b""})
    with pytest.raises(ImageError) as caught:
        install(lock(tmp_path, "some", "0" * 64), tmp_path / "to")
    assert "lock.txt" in caught.value.what
    assert "hash" in caught.value.why.lower()
    assert not (tmp_path / "to" / "some.py").exists()


def test_install_rejects_requirement_without_hash(tmp_path: Path, index: Path) -> None:
    write_wheel(index, "some", "py3-none-any", {"some.py": b""})
    file = tmp_path / "lock.txt"
    file.write_text("some==1.0\n")
    with pytest.raises(ImageError, match=r"lock\.txt"):
        install(file, tmp_path / "to")


def test_install_rejects_wheel_of_another_platform(tmp_path: Path, index: Path) -> None:
    _, digest = write_wheel(index, "some", "py3-none-manylinux2014_aarch64", {"some.py": b""})
    with pytest.raises(ImageError):
        install(lock(tmp_path, "some", digest), tmp_path / "to")


def test_move_scripts_sets_the_interpreter_of_the_image(tmp_path: Path, index: Path) -> None:
    entry = b"[console_scripts]\nsome = some:main\n"
    _, digest = write_wheel(
        index,
        "some",
        "py3-none-any",
        {
            "some.py": b"",
            "some-1.0.dist-info/entry_points.txt": entry,
            "some-1.0.data/scripts/native": b"\x7fELF",
        },
    )
    folder, bin_folder = tmp_path / "to", tmp_path / "bin"
    install(lock(tmp_path, "some", digest), folder)
    install_wheels.move_scripts(folder, bin_folder, "/opt/tools/bin/python")
    assert (bin_folder / "some").read_text().splitlines()[0] == "#!/opt/tools/bin/python"
    assert sys.executable not in (bin_folder / "some").read_text()
    assert (bin_folder / "native").read_bytes() == b"\x7fELF"
    assert not (folder / "bin").exists()
