"""Where made images are kept: whole ones only, each made once."""

from __future__ import annotations

import contextlib
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from npwheel.containers.local.packages import Package
from npwheel.containers.local.recipe import Recipe
from npwheel.core import locks

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


@dataclass(frozen=True)
class Made:
    """What a maker says of the root that it packed."""

    release: str
    libc_version: str
    pythons: Mapping[str, str]
    packages: tuple[Package, ...]
    sha256: str


def once(
    cache: Path,
    recipe: Recipe,
    make: Callable[[Path, Path], Made],
    waiting: Callable[[], None],
) -> Root | None:
    """The image from the cache; where it is not there whole, `make` makes it.

    make(scratch, tar) writes `tar`; `scratch` is an empty folder for all else, gone
    afterwards however it ends. One maker at a time on this machine: another one calls
    `waiting`, waits and takes what the first made. None: made, and not whole.
    """
    found = load(cache, recipe)
    if found:
        return found
    with _locked(cache, recipe, waiting):
        found = load(cache, recipe)
        if found:
            return found
        with _aside(cache, recipe) as aside:
            whole = aside / "whole"
            whole.mkdir()
            made = make(aside, whole / _TAR)
            _complete(whole, made)
            place = _place(cache, recipe)
            if place.exists():  # not whole: `load` has refused it
                shutil.rmtree(place)
            whole.rename(place)
    return load(cache, recipe)


def load(cache: Path, recipe: Recipe) -> Root | None:
    """The image, if it is there whole."""
    place = _place(cache, recipe)
    try:
        data = json.loads((place / _RECORD).read_text("utf-8"))
        if (place / _TAR).stat().st_size != data.pop("size"):
            return None
        return Root(tar=place / _TAR, key=recipe.key, packages=place / _PACKAGES, **data)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def packages(root: Root) -> tuple[Package, ...]:
    """What it was made of, from its record."""
    lines = root.packages.read_text("utf-8").splitlines()
    return tuple(Package(*line.split(" ")) for line in lines)


def _place(cache: Path, recipe: Recipe) -> Path:
    return cache / f"{recipe.name}-{recipe.key}"


def _complete(whole: Path, made: Made) -> None:
    data = asdict(made)
    lines = [f"{p.name} {p.version} {p.digest}\n" for p in made.packages]
    del data["packages"]
    (whole / _PACKAGES).write_text("".join(lines), "utf-8")
    size = (whole / _TAR).stat().st_size
    (whole / _RECORD).write_text(json.dumps({**data, "size": size}, indent=1) + "\n", "utf-8")


@contextlib.contextmanager
def _locked(cache: Path, recipe: Recipe, waiting: Callable[[], None]) -> Iterator[None]:
    cache.mkdir(parents=True, exist_ok=True)
    with locks.acquired(cache / f".{_place(cache, recipe).name}.lock", waiting):
        yield


@contextlib.contextmanager
def _aside(cache: Path, recipe: Recipe) -> Iterator[Path]:
    """A folder to make the image in; what a killed maker left goes first. Under the lock."""
    prefix = f".{_place(cache, recipe).name}.making-"
    for left in cache.glob(f"{prefix}*"):
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=prefix, dir=cache, ignore_cleanup_errors=True) as place:
        yield Path(place)
