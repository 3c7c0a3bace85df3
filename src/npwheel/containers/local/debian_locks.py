"""Locks of Debian images: one line per package with its version, architecture and sha256.

A mirror serves only the newest version of a package, so a locked version cannot be
requested. The lock is compared with what was fetched: a newer version passes and is
reported; an older version, or another file of the same version, is rejected.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from npwheel.containers.local import image_cache
from npwheel.containers.local.recipe import Package, Recipe
from npwheel.core import files, process
from npwheel.core.errors import ImageError

_HEADER = "# package version architecture sha256; `nox -s pins` writes this file\n"
_SHOWN = 8


def read(lock: Path) -> dict[str, Package]:
    """Return the packages of a lock by name. Raises ImageError if it is missing or malformed."""
    try:
        lines = lock.read_text("utf-8").splitlines()
        rows = [line.split() for line in lines if line and not line.startswith("#")]
        packages = [Package(name, version, f"sha256:{h}", arch) for name, version, arch, h in rows]
    except (OSError, ValueError) as error:
        raise ImageError(
            f"cannot read the lock {lock.name}",
            why=str(error),
            next="write it with: nox -s pins",
        ) from error
    return {package.name: package for package in packages}


def write(lock: Path, packages: Iterable[Package]) -> None:
    """Write a lock, sorted, so that the same packages give the same bytes."""
    rows = sorted(
        f"{p.name} {p.version} {p.arch} {p.digest.removeprefix('sha256:')}\n" for p in packages
    )
    lock.parent.mkdir(parents=True, exist_ok=True)
    files.write_text(lock, _HEADER + "".join(rows))


def verify(lock: Path, fetched: Iterable[Package]) -> None:
    """Compare fetched packages with a lock.

    Args:
        fetched: packages with architecture and digest, whose signatures were checked.

    Raises:
        ImageError: a package is older than the locked one, or a different file of the
            same version.
    """
    locked = read(lock)
    for found in fetched:
        expected = locked.get(found.name)
        if expected is None or expected == found:
            continue
        if expected.version == found.version:
            raise ImageError(
                f"{found.name} {found.version} is not the file that {lock.name} names",
                why=f"expected {_file(expected)}, found {_file(found)}",
                next="try another mirror; do not use the fetched package",
            )
        if _older(found.version, expected.version):
            raise ImageError(
                f"the mirror serves an older {found.name} than {lock.name} names",
                why=f"expected {expected.version} or newer, found {found.version}",
                next="use a mirror that is up to date",
            )


def deviations(locked: Mapping[str, Package], found: Iterable[Package]) -> tuple[str, ...]:
    """Return "foo 1 -> 2" per package with another version; "none" stands for an absent one."""
    versions = {package.name: package.version for package in found}
    pairs = [
        (name, locked[name].version if name in locked else "none", versions.get(name, "none"))
        for name in sorted(locked.keys() | versions.keys())
    ]
    return tuple(f"{name} {before} -> {now}" for name, before, now in pairs if before != now)


def image_deviations(recipe: Recipe, root: image_cache.Root) -> tuple[str, ...]:
    """Return the deviations of a local image from its recipe's lock. Raises ImageError."""
    return deviations(read(recipe.lock), image_cache.packages(root)) if recipe.lock else ()


def describe_deviations(name: str, found: tuple[str, ...]) -> str:
    """Return one line about the deviations of the image of recipe `name`."""
    count = "1 package differs" if len(found) == 1 else f"{len(found)} packages differ"
    more = [f"and {len(found) - _SHOWN} more"] if len(found) > _SHOWN else []
    shown = ", ".join([*found[:_SHOWN], *more])
    lock = f"ci/images/locks/debian/{name}.txt"
    return f"image {name}: {count} from {lock}: {shown}; refresh the lock with `nox -s pins`"


def _file(package: Package) -> str:
    return f"{package.arch} {package.digest}"


def _older(version: str, than: str) -> bool:
    code, _, err = process.output(["dpkg", "--compare-versions", version, "lt", than])
    if code not in (0, 1):
        raise ImageError(f"dpkg cannot compare {version} with {than}", why=err.strip()[-300:])
    return code == 0
