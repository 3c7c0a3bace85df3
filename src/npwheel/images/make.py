"""A recipe -> a root filesystem, made once and kept."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

from npwheel import paths
from npwheel.errors import ImageError
from npwheel.images import alpine, chroot, debian, rootfs, store, tools
from npwheel.images.recipe import Recipe
from npwheel.images.store import Root


def make(recipe: Recipe, *, cache: Path, progress: Callable[[str], None], log: IO[str]) -> Root:
    """The root filesystem of a recipe, from `cache` or made now.

    Needs root where it is made. It appears in the cache only whole; a second maker
    waits for the first and takes what it made. Raises ImageError.
    """
    found = store.load(cache, recipe)
    if found:
        return found
    if os.geteuid() != 0:
        raise ImageError(
            f"making the local image {recipe.name} needs root",
            why="its files belong to several users, and programs of it are run in a chroot",
            next="run as root, or use --images official",
        )

    def wait() -> None:
        progress(f"waiting for another npwheel that makes {recipe.name}")

    with store.locked(cache, recipe, wait):
        found = store.load(cache, recipe)
        if found:
            return found
        with store.aside(cache, recipe) as aside:
            _make(recipe, aside, store.folder(cache, recipe), progress, log)
    found = store.load(cache, recipe)
    if found is None:
        raise ImageError(f"{recipe.name} was made and is not whole", why=f"see {cache}")
    return found


def _make(
    recipe: Recipe, aside: Path, place: Path, progress: Callable[[str], None], log: IO[str]
) -> None:
    root = aside / "root"
    base = alpine if recipe.base == "alpine" else debian
    # CPythons and tools come from elsewhere: fetched and unpacked meanwhile.
    added = aside / "added"
    with ThreadPoolExecutor(1) as pool:
        adding = pool.submit(tools.make, recipe, added, log)
        release, packages = base.make(recipe, root, progress, log)
        if not adding.done():
            progress("adding CPython " + ", ".join(recipe.python_wheels))
        adding.result()
    if added.exists():
        rootfs.merge(added, root)
    progress("checking")
    for script in recipe.scripts:
        chroot.script(root, script, sorted(recipe.compilers), recipe.arch, log)
    libc_version, pythons = _contents(recipe, root, log)
    progress("packing")
    sha256 = rootfs.pack(root, store.tar(aside), log)
    for done in (root, added):
        shutil.rmtree(done, ignore_errors=True)
    lines = [f"{package.name} {package.version} {package.digest}" for package in packages]
    store.save(
        aside,
        place,
        packages=lines,
        data={
            "release": release.name,
            "libc_version": libc_version,
            "pythons": pythons,
            "sha256": sha256,
        },
    )


def _contents(recipe: Recipe, root: Path, log: IO[str]) -> tuple[str, dict[str, str]]:
    """The libc and the CPythons that really run in `root`."""
    libc = ""
    pythons: dict[str, str] = {}

    def line(text: str) -> None:
        nonlocal libc
        kind, _, rest = text.partition(" ")
        if kind == "libc":
            libc = rest
        elif kind == "python":
            version, _, executable = rest.partition(" ")
            pythons.setdefault(version, executable)

    script = paths.ci() / "images" / "scripts" / "contents.sh"
    chroot.script(root, script, (), recipe.arch, log, on_line=line)
    if not libc or not pythons:
        raise ImageError(f"{recipe.name} holds no Python that runs", why="see the log")
    return libc, dict(sorted(pythons.items(), key=lambda pair: int(pair[0].split(".")[1])))
