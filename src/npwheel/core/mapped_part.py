"""A part of a library file as the loader of its system maps it."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["MappedPart"]


@dataclass(frozen=True)
class MappedPart:
    """A section of a PE file, or a segment of a Mach-O file.

    offset and size: in the file, in bytes. address: where it lies when loaded.
    """

    offset: int
    size: int
    address: int
    executable: bool
    writable: bool
