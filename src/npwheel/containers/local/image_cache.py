"""The cache of local images: each is made once, and only complete ones are kept."""

from __future__ import annotations

import contextlib
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from npwheel.containers.local.recipe import Package, Recipe
from npwheel.core import files, locks

_RECORD = "root.json"
_TAR = "root.tar"
_PACKAGES = "packages.txt"


@dataclass(frozen=True)
class Root:
    """A root filesystem in the cache.

    release: the distribution's release that was installed. pythons: version ->
    executable in the image. packages: a file with a line `name version digest` for
    each package. sha256: of `tar`, in hex.
    """

    tar: Path
    key: str
    release: str
    libc_version: str
    pythons: Mapping[str, str]
    packages: Path
    sha256: str


@dataclass(frozen=True)
class RootContents:
    """The contents of a packed root filesystem, as recorded in the cache."""

    release: str
    libc_version: str
    pythons: Mapping[str, str]
    packages: tuple[Package, ...]
    sha256: str


def once(
    cache: Path,
    recipe: Recipe,
    make: Callable[[Path, Path], RootContents],
    waiting: Callable[[], None],
) -> Root | None:
    """Return the image from the cache; make it first if it is absent or incomplete.

    Only one process at a time makes an image; others wait and use its result.

    Args:
        make: called as make(scratch, tar), has to write `tar`. `scratch` is an empty
            folder that is deleted afterwards, also after an error.
        waiting: called when another process is making the image.

    Returns:
        The image; None if it is incomplete after it was made.
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
            if place.exists():  # incomplete: `load` has rejected it
                shutil.rmtree(place)
            whole.rename(place)
    return load(cache, recipe)


def load(cache: Path, recipe: Recipe) -> Root | None:
    """Return the image if it is complete in the cache, else None."""
    place = _place(cache, recipe)
    try:
        data = json.loads((place / _RECORD).read_text("utf-8"))
        if (place / _TAR).stat().st_size != data.pop("size"):
            return None
        files.mark_used(place / _RECORD)
        return Root(tar=place / _TAR, key=recipe.key, packages=place / _PACKAGES, **data)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def packages(root: Root) -> tuple[Package, ...]:
    """Return the distribution's packages in an image."""
    lines = root.packages.read_text("utf-8").splitlines()
    return tuple(Package(*line.split(" ")) for line in lines)


def _place(cache: Path, recipe: Recipe) -> Path:
    return cache / f"{recipe.name}-{recipe.key}"


def _complete(whole: Path, made: RootContents) -> None:
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
    """A folder to make the image in, after deleting those of killed processes. Needs the lock."""
    prefix = f".{_place(cache, recipe).name}.making-"
    for left in cache.glob(f"{prefix}*"):
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=prefix, dir=cache, ignore_cleanup_errors=True) as place:
        yield Path(place)
