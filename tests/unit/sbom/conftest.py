"""Wheels with real binaries, from the NumPy in the test environment."""

import base64
import hashlib
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

DIST = "demo-1.0.dist-info"


def _record_line(name, content):
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    return f"{name},sha256={digest},{len(content)}\n"


def _write_wheel(path, members):
    """A wheel with these members, in order, and a RECORD at its end."""
    members = {
        **members,
        f"{DIST}/METADATA": b"Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n",
        f"{DIST}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: false\n",
    }
    record = "".join(_record_line(name, content) for name, content in members.items())
    members[f"{DIST}/RECORD"] = f"{record}{DIST}/RECORD,,\n".encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name, (2001, 2, 3, 4, 5, 6))
            info.external_attr = (0o755 if name.endswith(".so") else 0o644) << 16
            large = len(content) > 1 << 20  # packing OpenBLAS takes seconds
            info.compress_type = zipfile.ZIP_STORED if large else zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return path


def _numpy_file(part):
    """The content of one file of the installed NumPy, by a part of its name."""
    files = metadata.files("numpy") or []
    found = [file for file in files if part in file.name]
    assert found, f"the installed numpy has no {part}; the tests need its Linux wheel"
    return found[0].name, Path(str(found[0].locate())).read_bytes()


@pytest.fixture(scope="session")
def record_line():
    """(name, content) -> its line in RECORD."""
    return _record_line


@pytest.fixture(scope="session")
def make_wheel():
    """(path, members) -> a wheel."""
    return _write_wheel


@pytest.fixture(scope="session")
def module():
    """A small extension module that uses NumPy's C-API: (file name, content)."""
    return _numpy_file("_umath_tests.cpython")


@pytest.fixture(scope="session")
def openblas():
    """NumPy's vendored OpenBLAS: (file name, content)."""
    return _numpy_file("openblas")


@pytest.fixture
def wheel(tmp_path, module, openblas):
    """A wheel as repaired by auditwheel, with auditwheel's SBOM."""
    return _write_wheel(
        tmp_path / "demo-1.0-cp39-abi3-manylinux_2_17_x86_64.whl",
        {
            "demo/__init__.py": b"",
            f"demo/{module[0]}": module[1],
            f"demo.libs/{openblas[0]}": openblas[1],
            f"{DIST}/sboms/auditwheel.cdx.json": b'{"bomFormat": "CycloneDX"}',
        },
    )
