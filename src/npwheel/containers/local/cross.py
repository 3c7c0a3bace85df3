"""This machine's compilers in an image of another architecture.

Debian's cross compilers bear the same names in the same places as the compilers of the
other architecture, so unpacking them over those makes `gcc` of the image a program that
this machine runs without emulation.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import IO

from npwheel.containers.local import debian, debian_locks
from npwheel.containers.local.recipe import Package, Recipe
from npwheel.core.targets import machine


def of(recipe: Recipe) -> Recipe | None:
    """Return a recipe that resolves the compilers; None where the image keeps its own."""
    if not recipe.cross or machine() != "x86_64":
        return None
    return replace(recipe, arch="x86_64", packages=recipe.cross, cross=())


def named(recipe: Recipe, packages: Iterable[Package]) -> tuple[Package, ...]:
    """Return those that are unpacked, named as dpkg does for a foreign architecture."""
    return tuple(
        replace(package, name=f"{package.name}:{package.arch}")
        for package in packages
        if package.name in recipe.cross
    )


def add(
    recipe: Recipe, root: Path, progress: Callable[[str], None], log: IO[str]
) -> tuple[Package, ...]:
    """Unpack the compilers over the image's own; return their packages. Raises ImageError."""
    host = of(recipe)
    if host is None:
        return ()
    assert recipe.lock is not None
    scratch = root.with_name("cross")
    debian.fetch(host, scratch, ["--download-only"], progress, log)
    debs = {debian.package(deb): deb for deb in debian.archives(scratch)}
    packages = named(recipe, debs)
    debian_locks.verify(recipe.lock, packages)
    progress(f"unpacking {len(packages)} packages of compilers")
    for package, deb in debs.items():
        if package.name in recipe.cross:
            debian.unpack(root, deb)
    shutil.rmtree(scratch)
    return packages
