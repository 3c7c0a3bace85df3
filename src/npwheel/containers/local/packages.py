"""The packages of a distribution that an image is made of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Package:
    """One package; digest: "sha256:HEX" of the file, or apk's own ("Q1...", SHA-1).

    arch: in Debian's words, "" where it was not asked for.
    """

    name: str
    version: str
    digest: str
    arch: str = ""
