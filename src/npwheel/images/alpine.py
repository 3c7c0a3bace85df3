"""An Alpine root filesystem, out of the disk image of an installed Alpine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import IO

from npwheel.errors import ImageError
from npwheel.images.debian import Package
from npwheel.images.recipe import Recipe, Release


def make(
    recipe: Recipe, root: Path, progress: Callable[[str], None], log: IO[str]
) -> tuple[Release, tuple[Package, ...]]:
    """Fill `root`. Raises ImageError."""
    raise ImageError("not yet")
