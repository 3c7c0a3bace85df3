"""The release folder: what is uploaded, with checksums; and whether it is still that.

packages/NAME/   the files of each distribution, as the index takes them
sboms/           the SBOM of each wheel
npwheel.json     the record;  REPORT.txt: the same for people
release.json     version, commit, and whether it was a dry run
NOTES.md         the changelog's section
SHA256SUMS       of all of these, as `sha256sum --check` reads it
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from npwheel.core.errors import RecordError
from npwheel.core.files import sha256_of
from npwheel.core.regular_files import read_text
from npwheel.prove import record
from npwheel.report.record_text import record_text
from npwheel.sbom import NAME, binary_claims

SUMS = "SHA256SUMS"
ABOUT = "release.json"
_MOST = 1 << 20  # bytes of these two


@dataclass(frozen=True)
class About:
    """release.json. marks: what keeps it from being a real release, in words."""

    version: str
    commit: str
    dry_run: bool
    marks: tuple[str, ...]


def lay_out(
    folder: Path,
    about: About,
    files: Mapping[str, Sequence[Path]],
    wheels: Sequence[Mapping[str, Any]],
    notes: str,
    pages: Sequence[Path] = (),
) -> None:
    """Make the folder anew, aside, and rename it.

    files: distribution name -> its files; pages: other files, copied as they are.
    Raises RecordError where something else than a release folder is in its place.
    """
    if (
        folder.exists()
        and not (folder / ABOUT).is_file()
        and (not folder.is_dir() or any(folder.iterdir()))
    ):
        raise RecordError(
            f"{folder} is not replaced",
            why=f"it has no {ABOUT}, so it is not a release folder",
            next="choose another folder with --output",
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}.") as scratch:
        made = Path(scratch) / "made"
        for name, paths in files.items():
            place = made / "packages" / name
            place.mkdir(parents=True)
            for path in paths:
                shutil.copyfile(path, place / path.name)
        for page in pages:
            shutil.copyfile(page, made / page.name)
        (made / "sboms").mkdir()
        for wheel in sorted((made / "packages").glob("*/*.whl")):
            content = binary_claims.sboms(wheel).get(NAME)
            if content is not None:
                (made / "sboms" / f"{wheel.stem}.cdx.json").write_bytes(content)
        record.write(made, record.Record([dict(wheel) for wheel in wheels]))
        (made / "REPORT.txt").write_text(_marked(about, record_text(wheels)) + "\n", "utf-8")
        (made / "NOTES.md").write_text(_marked(about, notes) + "\n", "utf-8")
        (made / ABOUT).write_text(
            json.dumps({"schema_version": 1, **asdict(about)}, indent=2) + "\n", "utf-8"
        )
        (made / SUMS).write_text(_sums(made), "utf-8")
        made.chmod(0o755)
        if folder.exists():
            folder.rename(Path(scratch) / "before")
        made.rename(folder)


def check(folder: Path) -> tuple[About, tuple[str, ...]]:
    """(what the folder is, everything in it that is not as it was made).

    Raises RecordError when it is no release folder.
    """
    try:
        data = json.loads(read_text(folder / ABOUT, _MOST))
        marks = tuple(str(mark) for mark in data["marks"])
        dry_run = data["dry_run"] is not False
        about = About(str(data["version"]), str(data["commit"]), dry_run, marks)
        lines = read_text(folder / SUMS, _MOST).splitlines()
        sums = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise RecordError(f"{folder} is not a release folder", why=str(error)) from error
    there = set(_names(folder))
    wrong = [f"{name} is missing" for name in sorted(sums.keys() - there)]
    wrong += [f"{name} was added" for name in sorted(there - sums.keys())]
    for name in sorted(sums.keys() & there):
        try:
            if sha256_of(folder / name, links=False) != sums[name]:
                wrong.append(f"{name} was changed")
        except OSError as error:
            wrong.append(f"{name} cannot be read: {error.strerror or error}")
    return about, tuple(wrong)


def _marked(about: About, text: str) -> str:
    if not about.dry_run:
        return text
    reasons = "".join(f"\n- {mark}" for mark in about.marks)
    return f"DRY RUN of v{about.version}: not to be published.{reasons}\n\n{text}"


def _names(folder: Path) -> list[str]:
    found = []
    for root, _, names in os.walk(folder):
        found += [(Path(root) / name).relative_to(folder).as_posix() for name in names]
    return sorted(name for name in found if name != SUMS)


def _sums(folder: Path) -> str:
    return "".join(f"{sha256_of(folder / name, links=False)}  {name}\n" for name in _names(folder))
