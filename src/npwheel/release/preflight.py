"""What the index would refuse, found before anything is uploaded. Its rules are data."""

from __future__ import annotations

import configparser
import re
import tomllib
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from npwheel.core import package_data
from npwheel.core.index import IndexFile
from npwheel.release.checks import Refusal
from npwheel.wheel import Unreadable, zip_file

_MOST = 1 << 20  # bytes of METADATA and of entry_points.txt
_OBJECT = re.compile(r"[A-Za-z_][\w.]*(?:\s*:\s*[A-Za-z_][\w.]*)?(?:\s*\[[\w\s,.-]*\])?")
_VERSION = re.compile(rb"^Metadata-Version:\s*(\S+)\s*$", re.MULTILINE)


@cache
def _rules() -> Mapping[str, Any]:
    return tomllib.loads(package_data.read_text(__package__, "index_rules.toml"))


def files(by_distribution: Mapping[str, Sequence[Path]]) -> list[Refusal]:
    """Every file of a release against every rule that its bytes show."""
    return [
        refusal
        for paths in by_distribution.values()
        for path in paths
        for refusal in (*_size(path), *_wheel(path))
    ]


def _size(path: Path) -> Iterable[Refusal]:
    size, most = path.stat().st_size, _rules()["max-bytes"]
    if size > most:
        yield Refusal(f"the size of {path.name}", f"at most {most} bytes", f"{size} bytes")


def _wheel(path: Path) -> Iterable[Refusal]:
    if path.suffix != ".whl":
        return
    try:
        with zip_file.open_archive(path) as archive:
            yield from _ratio(path, archive)
            for info in archive.infolist():
                folder, _, name = info.filename.rpartition("/")
                if not folder.endswith(".dist-info") or "/" in folder:
                    continue
                if name == "METADATA":
                    yield from _metadata(path.name, _read(archive, info))
                elif name == "entry_points.txt":
                    yield from _entry_points(path.name, _read(archive, info))
    except (*zip_file.DAMAGE, Unreadable) as error:
        yield Refusal(path.name, "a wheel that can be read", str(error))


def _ratio(path: Path, archive: zipfile.ZipFile) -> Iterable[Refusal]:
    rules, size = _rules(), path.stat().st_size
    unpacked = sum(info.file_size for info in archive.infolist())
    if unpacked >= rules["ratio-from-bytes"] and unpacked / max(size, 1) > rules["ratio"]:
        found = f"{unpacked} bytes in {size}"
        yield Refusal(f"the compression of {path.name}", f"at most {rules['ratio']}:1", found)


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    if info.file_size > _MOST:
        raise Unreadable(f"{info.filename} has {info.file_size} bytes")
    return bytes(zip_file.read(archive, info))


def _metadata(name: str, content: bytes) -> Iterable[Refusal]:
    found = _VERSION.search(content)
    has = found[1].decode("ascii", "replace") if found else "none"
    if has not in _rules()["metadata"]:
        expected = f"one of {', '.join(_rules()['metadata'])}"
        yield Refusal(f"Metadata-Version of {name}", expected, has)


def _entry_points(name: str, content: bytes) -> Iterable[Refusal]:
    parser = configparser.ConfigParser(delimiters=("=",), interpolation=None, strict=True)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    subject = f"entry_points.txt of {name}"
    try:
        parser.read_string(content.decode("utf-8"))
    except (configparser.Error, UnicodeDecodeError) as error:
        yield Refusal(
            subject, "a file of the entry points specification", " ".join(str(error).split())
        )
        return
    for group in parser.sections():
        for key, value in parser.items(group):
            if not _OBJECT.fullmatch(value.strip()):
                yield Refusal(subject, "MODULE or MODULE:OBJECT", f"[{group}] {key} = {value}")


def too_late(
    version: str, names: Iterable[str], there: Iterable[IndexFile], now: datetime
) -> list[Refusal]:
    """Files that would be added too long after the first file of their release.

    names: the files to upload; there: what the index has of the project. The same bytes again
    are no addition.
    """
    mine = [
        file
        for file in there
        if f"-{version}-" in file.filename or file.filename.endswith(f"-{version}.tar.gz")
    ]
    times = [datetime.fromisoformat(file.uploaded) for file in mine if file.uploaded]
    if not times:
        return []
    first, days = min(_aware(time) for time in times), _rules()["days"]
    if now - first <= timedelta(days=days):
        return []
    new = sorted(set(names) - {file.filename for file in mine})
    return [
        Refusal(
            name,
            f"uploaded within {days} days of the first file of {version} ({first:%Y-%m-%d})",
            f"{(now - first).days} days later",
            f"release it as {version}.post1, with every wheel anew",
        )
        for name in new
    ]


def _aware(time: datetime) -> datetime:
    return time if time.tzinfo else time.replace(tzinfo=UTC)
