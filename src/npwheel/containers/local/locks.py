"""What a Debian image is to be made of: a line a package, with its version and sha256.

A mirror serves the newest version of a package only, so a lock cannot ask for what it
names. It is held against what was fetched: a newer version passes and is told, another
file of the same version is refused, and so is an older one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from npwheel.containers.local import store
from npwheel.containers.local.packages import Package
from npwheel.containers.local.recipe import Recipe
from npwheel.core import files, process
from npwheel.core.errors import ImageError

_HEADER = "# package version architecture sha256; `nox -s pins` writes this file\n"
_SHOWN = 8


def read(lock: Path) -> dict[str, Package]:
    """The packages of a lock by name. Raises ImageError where there is none to be read."""
    try:
        lines = lock.read_text("utf-8").splitlines()
        rows = [line.split() for line in lines if line and not line.startswith("#")]
        packages = [Package(name, version, f"sha256:{h}", arch) for name, version, arch, h in rows]
    except (OSError, ValueError) as error:
        raise ImageError(
            f"the lock {lock.name} cannot be read", why=str(error), next="nox -s pins writes it"
        ) from error
    return {package.name: package for package in packages}


def write(lock: Path, packages: Iterable[Package]) -> None:
    """The same packages give the same bytes."""
    rows = sorted(
        f"{p.name} {p.version} {p.arch} {p.digest.removeprefix('sha256:')}\n" for p in packages
    )
    lock.parent.mkdir(parents=True, exist_ok=True)
    files.write_text(lock, _HEADER + "".join(rows))


def verify(lock: Path, fetched: Iterable[Package]) -> None:
    """Refuse what no honest mirror serves in place of what is locked. Raises ImageError.

    fetched: with architecture and digest, their signatures checked already.
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
                next="do not use what was fetched; try another mirror",
            )
        if _older(found.version, expected.version):
            raise ImageError(
                f"the mirror serves an older {found.name} than {lock.name} names",
                why=f"expected {expected.version} or newer, found {found.version}",
                next="use a mirror that is up to date",
            )


def deviations(locked: Mapping[str, Package], found: Iterable[Package]) -> tuple[str, ...]:
    """ "foo 1 -> 2" for each package of another version, "none" for one that is not there."""
    versions = {package.name: package.version for package in found}
    pairs = [
        (name, locked[name].version if name in locked else "none", versions.get(name, "none"))
        for name in sorted(locked.keys() | versions.keys())
    ]
    return tuple(f"{name} {before} -> {now}" for name, before, now in pairs if before != now)


def of_image(recipe: Recipe, root: store.Root) -> tuple[str, ...]:
    """The deviations of an image that was made."""
    return deviations(read(recipe.lock), store.packages(root)) if recipe.lock else ()


def told(name: str, found: tuple[str, ...]) -> str:
    """The deviations of the recipe's image in one line."""
    count = "1 package is" if len(found) == 1 else f"{len(found)} packages are"
    more = [f"and {len(found) - _SHOWN} more"] if len(found) > _SHOWN else []
    shown = ", ".join([*found[:_SHOWN], *more])
    where = f"ci/images/locks/debian/{name}.txt"
    return f"image {name}: {count} not as {where} says: {shown}; `nox -s pins` refreshes it"


def _file(package: Package) -> str:
    return f"{package.arch} {package.digest}"


def _older(version: str, than: str) -> bool:
    code, _, err = process.output(["dpkg", "--compare-versions", version, "lt", than])
    if code not in (0, 1):
        raise ImageError(f"dpkg cannot compare {version} with {than}", why=err.strip()[-300:])
    return code == 0
