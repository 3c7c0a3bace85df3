"""NumPy's C-API headers for an architecture that the index has no NumPy wheel for.

Compiling NumPy itself under emulation takes hours, and an extension needs nothing of it but
headers. They are those of another architecture's wheel: only sizes of C types differ, and
gcc names each of them. The result is a wheel that installers in the image find.
"""

from __future__ import annotations

import re
import tempfile
import zipfile
from pathlib import Path
from typing import IO

from npwheel.containers.local import install_wheels
from npwheel.core.errors import ImageError

FOLDER = "/opt/numpy"
_CONFIG = "numpy/_core/include/numpy/_numpyconfig.h"
_SIZE = re.compile(r"^(#define NPY_SIZEOF_(\w+)) \d+$", re.MULTILINE)
# NumPy compiles with 64-bit file offsets; all else is what gcc predefines.
_SIZES = {
    "SHORT": "__SIZEOF_SHORT__",
    "INT": "__SIZEOF_INT__",
    "LONG": "__SIZEOF_LONG__",
    "FLOAT": "__SIZEOF_FLOAT__",
    "COMPLEX_FLOAT": "(2 * __SIZEOF_FLOAT__)",
    "DOUBLE": "__SIZEOF_DOUBLE__",
    "COMPLEX_DOUBLE": "(2 * __SIZEOF_DOUBLE__)",
    "LONGDOUBLE": "__SIZEOF_LONG_DOUBLE__",
    "COMPLEX_LONGDOUBLE": "(2 * __SIZEOF_LONG_DOUBLE__)",
    "PY_INTPTR_T": "__SIZEOF_POINTER__",
    "INTP": "__SIZEOF_POINTER__",
    "UINTP": "__SIZEOF_POINTER__",
    "WCHAR_T": "__SIZEOF_WCHAR_T__",
    "OFF_T": "8",
    "PY_LONG_LONG": "__SIZEOF_LONG_LONG__",
    "LONGLONG": "__SIZEOF_LONG_LONG__",
}
_MODULE = '''\
"""The headers of NumPy {version}: enough to compile an extension, and nothing that computes."""

from pathlib import Path

__version__ = "{version}"


def get_include():
    """Return the folder of the C-API headers."""
    return str(Path(__file__).parent / "_core" / "include")


def __getattr__(name):
    raise AttributeError(
        f"numpy.{{name}}: this image has only NumPy's headers, since the index has no NumPy "
        "for its architecture"
    )
'''


def add(lock: Path, root: Path, *, python: str, arch: str, log: IO[str]) -> None:
    """Put a wheel of headers into FOLDER of the image, where pip and uv look. Raises ImageError."""
    folder = root / FOLDER.lstrip("/")
    folder.mkdir(parents=True)
    with tempfile.TemporaryDirectory(dir=root.parent, prefix="numpy-") as name:
        source = Path(name)
        install_wheels.install(lock, source, python=python, libc="glibc", arch="x86_64", log=log)
        (info,) = source.glob("numpy-*.dist-info")
        version = info.name.removeprefix("numpy-").removesuffix(".dist-info")
        tag = f"cp{python.replace('.', '')}"
        full = f"{version}+headers"
        wheel = folder / f"numpy-{full}-{tag}-{tag}-linux_{arch}.whl"
        _write(wheel, source, info, version, full)
    config = root / "etc/pip.conf"
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text(f"[global]\nfind-links = {FOLDER}\n", "utf-8")
    (root / "etc/uv").mkdir(exist_ok=True)
    (root / "etc/uv/uv.toml").write_text(f'find-links = ["{FOLDER}"]\n', "utf-8")


def portable(config: str) -> str:
    """Return _numpyconfig.h with the sizes of the compiler in use. Raises ImageError."""
    unknown = {match[2] for match in _SIZE.finditer(config)} - _SIZES.keys()
    if unknown:
        raise ImageError(
            "cannot make NumPy's headers for another architecture",
            why=f"unknown sizes in _numpyconfig.h: {', '.join(sorted(unknown))}",
        )
    return _SIZE.sub(lambda match: f"{match[1]} {_SIZES[match[2]]}", config)


def _write(wheel: Path, source: Path, info: Path, version: str, full: str) -> None:
    headers = [*source.glob("numpy/**/*.h"), *source.glob("numpy/**/*.pxd")]
    kept = [*headers, *info.glob("LICENSE*"), info / "entry_points.txt"]
    inside = f"numpy-{full}.dist-info"
    metadata = (info / "METADATA").read_text("utf-8")
    metadata = metadata.replace(f"\nVersion: {version}\n", f"\nVersion: {full}\n", 1)
    tag = "-".join(wheel.stem.split("-")[-3:])
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(kept):
            name = path.relative_to(source).as_posix().replace(info.name, inside)
            if name == _CONFIG:
                archive.writestr(name, portable(path.read_text("utf-8")))
            else:
                archive.write(path, name)
        for package in ("numpy/_core", "numpy/random"):
            archive.writestr(f"{package}/__init__.py", "")
        archive.writestr("numpy/__init__.py", _MODULE.format(version=version))
        archive.writestr(f"{inside}/METADATA", metadata)
        archive.writestr(
            f"{inside}/WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: {tag}\n"
        )
        archive.writestr(f"{inside}/RECORD", "")
