"""A recipe -> a root filesystem, made once and kept."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

from npwheel.containers.local import alpine, chroot, cross, debian, rootfs, store, tools
from npwheel.containers.local.recipe import Recipe
from npwheel.containers.local.store import Made, Root
from npwheel.core import paths
from npwheel.core.errors import ImageError


def make(recipe: Recipe, *, cache: Path, progress: Callable[[str], None], log: IO[str]) -> Root:
    """The root filesystem of a recipe, from `cache` or made now.

    Needs root where it is made. It appears in the cache only whole; a second maker
    waits for the first and takes what it made. Raises ImageError.
    """

    def wait() -> None:
        progress(f"waiting for another npwheel that makes {recipe.name}")

    def build(scratch: Path, tar: Path) -> Made:
        return _make(recipe, scratch, tar, progress, log)

    root = store.once(cache, recipe, build, wait)
    if root is None:
        raise ImageError(f"{recipe.name} was made and is not whole", why=f"see {cache}")
    return root


def _make(
    recipe: Recipe, scratch: Path, tar: Path, progress: Callable[[str], None], log: IO[str]
) -> Made:
    if os.geteuid() != 0:
        raise ImageError(
            f"making the local image {recipe.name} needs root",
            why="its files belong to several users, and its programs are run in a chroot",
            next="run as root, or use --images official",
        )
    root, added = scratch / "root", scratch / "added"
    base = alpine if recipe.base == "alpine" else debian
    # CPythons and tools come from elsewhere: fetched and unpacked meanwhile.
    with ThreadPoolExecutor(1) as pool:
        adding = pool.submit(tools.make, recipe, added, log)
        release, packages = base.make(recipe, root, progress, log)
        packages += cross.add(recipe, root, progress, log)
        if not adding.done():
            progress("adding CPython " + ", ".join(recipe.python_wheels))
        adding.result()
    if added.exists():
        rootfs.merge(added, root)
    for script in recipe.scripts:
        progress(script.stem.replace("-", " "))
        chroot.script(root, script, sorted(recipe.compilers), recipe.arch, log)
    libc_version, pythons = _contents(recipe, root, log)
    progress("packing")
    return Made(release.name, libc_version, pythons, packages, rootfs.pack(root, tar, log))


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
