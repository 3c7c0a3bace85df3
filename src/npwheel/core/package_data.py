"""Read the data files of npwheel's packages: each package keeps its own in `data/`."""

from __future__ import annotations

from importlib import resources

__all__ = ["read_text"]


def read_text(package: str, file: str) -> str:
    """Return the text of `data/FILE` of a package.

    package: an importable name, as in `__package__`. Raises FileNotFoundError.
    """
    return resources.files(package).joinpath("data", file).read_text("utf-8")
