"""Where made images are kept: whole ones only, each made once."""

from __future__ import annotations

import contextlib
import fcntl
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from npwheel.images.recipe import Recipe

_RECORD = "root.json"
_TAR = "root.tar"
_PACKAGES = "packages.txt"


@dataclass(frozen=True)
class Root:
    """A root filesystem that was made.

    release: of the distribution, as really used. pythons: version -> executable in
    the image. packages: a file with a line `name version digest` for each package.
    sha256: of `tar`, in hex.
    """

    tar: Path
    key: str
    release: str
    libc_version: str
    pythons: Mapping[str, str]
    packages: Path
    sha256: str


def folder(cache: Path, recipe: Recipe) -> Path:
    """Where the image of a recipe is kept, made or not."""
    return cache / f"{recipe.name}-{recipe.key}"


def load(cache: Path, recipe: Recipe) -> Root | None:
    """The image, if it is there whole."""
    place = folder(cache, recipe)
    try:
        data = json.loads((place / _RECORD).read_text("utf-8"))
        if (place / _TAR).stat().st_size != data.pop("size"):
            return None
        return Root(tar=place / _TAR, key=recipe.key, packages=place / _PACKAGES, **data)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def save(aside: Path, place: Path, *, packages: list[str], data: dict[str, Any]) -> None:
    """Complete `aside` (it holds the tar) and make it the image, in one step."""
    (aside / _PACKAGES).write_text("".join(f"{line}\n" for line in packages), "utf-8")
    size = (aside / _TAR).stat().st_size
    (aside / _RECORD).write_text(json.dumps({**data, "size": size}, indent=1), "utf-8")
    if place.exists():  # not whole: `load` has refused it
        shutil.rmtree(place)
    aside.rename(place)


def tar(aside: Path) -> Path:
    """Where the packed root belongs."""
    return aside / _TAR


@contextlib.contextmanager
def locked(cache: Path, recipe: Recipe, waiting: Callable[[], None]) -> Iterator[None]:
    """One maker of a recipe at a time, on this machine; `waiting` is called before a wait."""
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / f".{folder(cache, recipe).name}.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waiting()
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def aside(cache: Path, recipe: Recipe) -> Iterator[Path]:
    """A folder to make the image in, gone afterwards; what a killed maker left goes first.

    Only for the holder of the lock.
    """
    prefix = f".{folder(cache, recipe).name}.making-"
    for left in cache.glob(f"{prefix}*"):
        shutil.rmtree(left, ignore_errors=True)
    place = Path(tempfile.mkdtemp(prefix=prefix, dir=cache))
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)
