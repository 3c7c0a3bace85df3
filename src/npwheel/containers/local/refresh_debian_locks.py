"""Refresh the locks of Debian images.

    python -m npwheel.containers.local.refresh_debian_locks ci/images

debootstrap resolves packages as it does when an image is made, but fetches only the index.
The archive signs the index, and the index lists each package's sha256.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from npwheel.containers.local import cross, debian, debian_locks
from npwheel.containers.local.recipe import Package, Recipe, recipes
from npwheel.core import terminal
from npwheel.core.errors import ImageError, NpwheelError

_FIELDS = ("Package: ", "Version: ", "Architecture: ", "SHA256: ")


def refresh(folder: Path) -> None:
    """Write the lock of every Debian recipe in `folder` (ci/images). Raises ImageError."""
    for recipe in recipes(folder).values():
        if recipe.lock:
            debian_locks.write(recipe.lock, packages(recipe))


def packages(recipe: Recipe) -> list[Package]:
    """Return the packages that the recipe would get today. Raises ImageError."""
    own = _resolved(recipe)
    compilers = cross.of(recipe)
    if compilers is None:
        return own
    return [*own, *cross.named(recipe, _resolved(compilers))]


def _resolved(recipe: Recipe) -> list[Package]:
    with tempfile.TemporaryDirectory() as name, (Path(name) / "log").open("w") as log:
        root = Path(name) / "root"
        options = ["--print-debs", "--keep-debootstrap-dir"]
        release, lines = debian.fetch(recipe, root, options, terminal.err, log)
        # Progress lines contain a colon; package names do not.
        wanted = {name for line in lines if ":" not in line for name in line.split()}
        found = _index(root, wanted)
    missing = sorted(wanted - found.keys())
    if missing or not found:
        raise ImageError(
            f"cannot find the packages of {recipe.name} with debootstrap",
            why=f"not in Debian's index: {' '.join(missing) or 'the empty list'}"[:300],
        )
    terminal.err(f"{recipe.name}: {len(found)} packages of Debian {release.name}")
    return list(found.values())


def _index(root: Path, wanted: set[str]) -> dict[str, Package]:
    found = {}
    for file in (root / "var/lib/apt/lists").glob("*_Packages"):
        for paragraph in file.read_text("utf-8").split("\n\n"):
            lines = [line for line in paragraph.splitlines() if line.startswith(_FIELDS)]
            fields = dict(line.split(": ", 1) for line in lines)
            if fields.get("Package") in wanted:
                # debootstrap uses the last one if there are several versions.
                found[fields["Package"]] = Package(
                    fields["Package"],
                    fields["Version"],
                    f"sha256:{fields['SHA256']}",
                    fields["Architecture"],
                )
    return found


if __name__ == "__main__":
    try:
        refresh(Path(sys.argv[1]))
    except NpwheelError as error:
        sys.exit(str(error))
