"""Make the root filesystem of a recipe, once, and keep it in the cache."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

from npwheel.containers.local import (
    alpine,
    chroot,
    cross,
    debian,
    image_cache,
    install_tools,
    rootfs,
)
from npwheel.containers.local.image_cache import Root, RootContents
from npwheel.containers.local.recipe import Recipe
from npwheel.core import paths
from npwheel.core.errors import ImageError
from npwheel.core.tags import python_order


def make(recipe: Recipe, *, cache: Path, progress: Callable[[str], None], log: IO[str]) -> Root:
    """Return the root filesystem of a recipe, from `cache` or made now.

    Making one needs root. Only a complete one appears in the cache. A second process
    waits for the first and uses its result. Raises ImageError.
    """

    def wait() -> None:
        progress(f"waiting for another npwheel process that makes {recipe.name}")

    def build(scratch: Path, tar: Path) -> RootContents:
        return _make(recipe, scratch, tar, cache, progress, log)

    root = image_cache.once(cache, recipe, build, wait)
    if root is None:
        raise ImageError(
            f"the local image {recipe.name} is incomplete after it was made",
            why=f"its files in {cache} are missing or have another size",
            next="check the disk, then run the same command again",
        )
    return root


def _make(
    recipe: Recipe,
    scratch: Path,
    tar: Path,
    cache: Path,
    progress: Callable[[str], None],
    log: IO[str],
) -> RootContents:
    if os.geteuid() != 0:
        raise ImageError(
            f"making the local image {recipe.name} requires root",
            why="its files belong to several users, and its programs run in a chroot",
            next="run as root, or use --images official",
        )
    root, added = scratch / "root", scratch / "added"
    base = alpine if recipe.base == "alpine" else debian
    # CPythons and tools come from another server, so they are fetched at the same time.
    with ThreadPoolExecutor(1) as pool:
        adding = pool.submit(_add, recipe, added, cache, progress, log)
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
    return RootContents(release.name, libc_version, pythons, packages, rootfs.pack(root, tar, log))


def _add(
    recipe: Recipe, added: Path, cache: Path, progress: Callable[[str], None], log: IO[str]
) -> None:
    """Install CPythons and tools; without the newer CPythons where their root is unavailable."""
    newer = None
    if recipe.newer:
        try:
            newer = make(recipe.newer, cache=cache, progress=progress, log=log).tar
        except ImageError as error:
            progress(f"without CPython {', '.join(recipe.newer.pythons)}: {error.what}")
    install_tools.install(recipe, added, log, newer)


def _contents(recipe: Recipe, root: Path, log: IO[str]) -> tuple[str, dict[str, str]]:
    """Return the libc version and the CPythons (version -> executable) that run in `root`."""
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
        raise ImageError(
            f"no working Python in the local image {recipe.name}",
            why=f"found libc {libc or 'none'} and {len(pythons)} Pythons; see the log",
        )
    return libc, dict(sorted(pythons.items(), key=lambda pair: python_order(pair[0])))
