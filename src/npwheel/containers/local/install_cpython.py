"""Install CPython into an image from a wheel that contains it as an archive."""

from __future__ import annotations

import ast
import json
import pprint
import re
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from npwheel.containers.local import install_wheels
from npwheel.core import tar_extraction
from npwheel.core.errors import ImageError

# Files of the archive that are not CPython's or not needed in an image.
_LEFT_OUT = re.compile(
    r"(?:bin/(?!python3\.\d+(?:-config)?$).*"
    r"|share/.*"
    r"|lib/(?:tcl|tk|Tix|itcl|thread)\d.*"
    r"|lib/[^/]*\.a"
    r"|lib/python3\.\d+/(?:site-packages|test|idlelib|tkinter|turtledemo|lib2to3/tests)/.*"
    r"|lib/python3\.\d+/config-[^/]*/.*\.(?:a|o))"
)

# Extensions must be compiled with the image's compiler and the flags of CPython's own
# configure, not with the settings of the machine where this CPython was built.
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


def install(
    lock: Path, root: Path, inside: str, *, version: str, libc: str, arch: str, log: IO[str]
) -> None:
    """Install CPython `version` at `inside` ("/opt/python/cp39-cp39") of the image at `root`.

    Args:
        lock: the hashed requirement of the wheel that contains this CPython.

    Raises:
        ImageError: the wheel is unavailable, or does not contain one CPython.
    """
    prefix = root / inside.lstrip("/")
    with tempfile.TemporaryDirectory(dir=root.parent, prefix="wheel-") as folder:
        install_wheels.install(lock, Path(folder), python=version, libc=libc, arch=arch, log=log)
        found = list(Path(folder).rglob(f"krunner-env.*.{arch}.tar.xz"))
        if len(found) != 1:
            raise ImageError(
                f"cannot install CPython {version} from the wheel of {lock.name}",
                why=f"expected 1 CPython archive for {arch}, found {len(found)}",
            )
        with tarfile.open(found[0], "r|xz") as archive:
            tar_extraction.extract(archive, prefix, _wanted(archive), keep_modes=True)
    executable = f"python{version}"
    if not (prefix / "bin" / executable).is_file():
        raise ImageError(
            f"cannot install CPython {version} from the wheel of {lock.name}",
            why=f"its archive has no bin/{executable}",
        )
    for link in ("python3", "python"):
        (prefix / "bin" / link).symlink_to(executable)
    (prefix / "lib" / executable / "site-packages").mkdir(exist_ok=True)
    set_build_variables(prefix, inside, version)


def _wanted(archive: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    for member in archive:
        name = member.name.removeprefix("./")
        if name and name != "." and not _LEFT_OUT.fullmatch(name):
            yield member


def set_build_variables(prefix: Path, inside: str, version: str) -> None:
    """Replace the build machine's prefix and compiler settings in CPython's build records."""
    folder = prefix / "lib" / f"python{version}"
    (data,) = (file for file in folder.glob("_sysconfigdata*.py") if not file.is_symlink())
    tree = ast.parse(data.read_text("utf-8"))
    assignment = next(node for node in tree.body if isinstance(node, ast.Assign))
    variables = ast.literal_eval(assignment.value)
    old = re.compile(rf"(?<![\w.-]){re.escape(variables['prefix'])}(?![\w.-])")
    for name, value in variables.items():
        if isinstance(value, str):
            variables[name] = old.sub(inside, value)
    variables.update(_BUILD_VARIABLES)
    data.write_text("build_time_vars = " + pprint.pformat(variables) + "\n", "utf-8")
    for file in folder.glob("_sysconfig_vars_*.json"):  # the same, since CPython 3.14
        file.write_text(json.dumps(variables), "utf-8")
    for compiled in (folder / "__pycache__").glob(f"{data.stem}.*"):
        compiled.unlink()
    texts = [*prefix.glob("lib/pkgconfig/*.pc"), *folder.glob("config-*/Makefile")]
    for file in [*texts, *prefix.glob("bin/*-config")]:
        if not file.is_symlink():
            file.write_text(old.sub(inside, file.read_text("utf-8")), "utf-8")
