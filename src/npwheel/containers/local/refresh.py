"""Refresh the locks of Debian packages: `python -m npwheel.containers.local.refresh ci/images`.

Debootstrap resolves as it does when the image is made, and fetches the index alone: the
archive's signature vouches for the index, and the index has each package's sha256.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from npwheel.containers.local import debian, locks
from npwheel.containers.local.packages import Package
from npwheel.containers.local.recipe import Recipe, recipes
from npwheel.core import terminal
from npwheel.core.errors import ImageError, NpwheelError

_FIELDS = ("Package: ", "Version: ", "Architecture: ", "SHA256: ")


def refresh(folder: Path) -> None:
    """Write the lock of every Debian recipe of `folder` (ci/images). Raises ImageError."""
    for recipe in recipes(folder).values():
        if recipe.lock:
            locks.write(recipe.lock, packages(recipe))


def packages(recipe: Recipe) -> list[Package]:
    """What the recipe would be made of now. Raises ImageError."""
    with tempfile.TemporaryDirectory() as name, (Path(name) / "log").open("w") as log:
        root = Path(name) / "root"
        options = ["--print-debs", "--keep-debootstrap-dir"]
        release, lines = debian.fetch(recipe, root, options, terminal.err, log)
        # Whatever tells of its progress has a colon in it, which no name has.
        wanted = {name for line in lines if ":" not in line for name in line.split()}
        found = _index(root, wanted)
    missing = sorted(wanted - found.keys())
    if missing or not found:
        raise ImageError(
            f"debootstrap does not say what {recipe.name} is made of",
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
                # Of several versions debootstrap takes the last.
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
