"""NAME==VERSION -> the wheels of a release that a platform and a Python would install."""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path

from packaging.tags import Tag, compatible_tags, sys_tags

from npwheel.core import download, index
from npwheel.core.errors import NotChecked, PlanError
from npwheel.core.requirements import Release
from npwheel.core.tags import compatible_platforms, parse_platform, python_tags
from npwheel.core.wheel_selection import by_preference

MOST = 2 << 30  # bytes that are fetched where no platform is named


def wheels(
    release: Release,
    platforms: Sequence[str],
    python: str | None,
    hashes: frozenset[str] = frozenset(),
) -> list[Path]:
    """Return the wheel of a release for each platform; all its wheels if none is given.

    python: "3.12", None for the running one. hashes: the SHA-256 that are taken; empty for any.
    Only wheels are read, so nothing of them runs.
    Raises NotChecked where there is no such wheel.
    """
    try:
        files = [
            file
            for file in index.files(release.name)
            if file.version == release.version
            and (not hashes or file.hashes.get("sha256") in hashes)
        ]
    except PlanError as error:
        raise NotChecked(
            f"{release} could not be fetched: {error.what}", error.why, error.next
        ) from error
    if not platforms and not python:
        return _all(release, files)
    found = []
    for platform in platforms or [""]:
        fitting = by_preference(files, _accepted(platform, python))
        if not fitting:
            where = f" for {platform}" if platform else ""
            raise NotChecked(
                f"no wheel of {release}{where}" + (f", Python {python}" if python else ""),
                why=_others(files),
                next="choose one of its files with --platform and --python",
            )
        found.append(_fetched(fitting[0]))
    return found


def _all(release: Release, files: Sequence[index.IndexFile]) -> list[Path]:
    chosen = [file for file in files if file.is_wheel]
    if not chosen:
        raise NotChecked(f"{release} has no wheel", why=_others(files))
    size = sum(file.size or 0 for file in chosen)
    if size > MOST:
        raise NotChecked(
            f"the {len(chosen)} wheels of {release} are not all fetched",
            why=f"they have {size / 2**30:.1f} GiB, expected at most {MOST >> 30}",
            next="choose some with --platform and --python",
        )
    return [_fetched(file) for file in sorted(chosen, key=lambda file: file.filename)]


def _fetched(file: index.IndexFile) -> Path:
    try:
        return download.wheel(file)
    except PlanError as error:
        raise NotChecked(error.what, error.why, error.next) from error


def running_platform() -> str:
    """Return the best platform tag of this machine. Raises NotChecked where it is not Linux."""
    found = next((p for p in _platforms(list(sys_tags())) if parse_platform(p)), "")
    if not found:
        raise NotChecked("this machine is not Linux", next="name one with --platform")
    return found


def running_python() -> str:
    """Return this Python as "3.12" or "3.13t"."""
    free = "t" if sysconfig.get_config_var("Py_GIL_DISABLED") else ""
    return f"{sys.version_info[0]}.{sys.version_info[1]}{free}"


def _accepted(platform: str, python: str | None) -> list[Tag]:
    """Return the tags that an installer accepts there, best first."""
    running = list(sys_tags())
    if not platform and not python:
        return running
    platforms = compatible_platforms(platform) if platform else _platforms(running)
    if not python:
        interpreters = dict.fromkeys((t.interpreter, t.abi) for t in running if t.abi != "none")
        compiled = [Tag(i, abi, name) for i, abi in interpreters for name in platforms]
        return [*compiled, *compatible_tags(platforms=platforms)]
    major, minor = (int(part) for part in python.rstrip("t").split("."))
    pure = compatible_tags((major, minor), f"cp{major}{minor}", platforms)
    return [*python_tags(python, platforms), *pure]


def _platforms(tags: Sequence[Tag]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tag.platform for tag in tags if tag.platform != "any"))


def _others(files: Sequence[index.IndexFile]) -> str:
    """Return the wheels that the release has."""
    names = sorted(file.filename for file in files)
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return (
        f"the index has {', '.join(names[:5])}{more}" if names else "the index has no wheel of it"
    )
