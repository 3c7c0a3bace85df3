"""Measure the wheels against NumPy's own wheel for the same platform.

    python benchmarks/sizes.py [--wheelhouse DIR]

Claim: 8 MB or less each (1 MB = 1,000,000 bytes).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from claims import Claim, save
from packaging.utils import parse_wheel_filename

from npwheel.core import download, index
from npwheel.core.index import IndexFile

MOST_MB = 8.0


def numpy_wheel_for(wheel: Path) -> IndexFile | None:
    """NumPy's newest wheel for the libc and architecture that the wheel is for."""
    platforms = {tag.platform for tag in parse_wheel_filename(wheel.name)[3]}
    libc = "musllinux" if any("musllinux" in name for name in platforms) else "manylinux"
    ends = tuple(arch for arch in ("x86_64", "aarch64") if any(arch in p for p in platforms))
    found = [
        file
        for file in index.files("numpy")
        if file.version is not None
        and not file.version.is_prerelease
        and any(libc in tag.platform and tag.platform.endswith(ends) for tag in file.tags)
        and any(tag.interpreter == "cp313" and tag.abi == "cp313" for tag in file.tags)
    ]
    return max(found, key=lambda file: file.version or 0, default=None)


def main() -> int:
    """Print; the exit status is 1 where a wheel is larger than its goal."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--wheelhouse", type=Path, default=Path("wheelhouse"))
    options = parser.parse_args()
    wheels = sorted(options.wheelhouse.glob("*.whl"))
    if not wheels:
        print(f"{options.wheelhouse} has no wheel: run `nox -s wheels`", file=sys.stderr)
        return 3
    claims = []
    for wheel in wheels:
        size = wheel.stat().st_size
        claims.append(Claim(wheel.name, size / 1e6, "MB", most=MOST_MB))
        numpy = numpy_wheel_for(wheel)
        if numpy:
            theirs = numpy.size or download.wheel(numpy).stat().st_size  # not every index lists it
            text = f"  times the size of {numpy.filename.split('-cp')[0]}'s wheel there"
            claims.append(Claim(text, size / theirs, "x"))
    for claim in claims:
        print(claim.line())
    save(options.wheelhouse / "bench.json", "sizes", claims)
    return 0 if all(claim.met is not False for claim in claims) else 1


if __name__ == "__main__":
    sys.exit(main())
