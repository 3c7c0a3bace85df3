"""Look up NumPy releases, C-API versions, struct sizes and wheels.

The data is `data/numpy.json`, written by `npwheel.numpy_releases.refresh_table`. This file
runs on Python 3.6. A target is (python, libc, arch): "3.9" or "3.13t", "glibc" or "musl",
"x86_64". Releases are final, not yanked, and written as on the index.
"""

import json
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

Release = Tuple[int, ...]


def _load() -> Dict[str, Any]:
    path = Path(str(__file__)).parent / "data" / "numpy.json"
    # By the loader, since this may lie in a zip archive.
    loader = globals()["__loader__"]
    found: Dict[str, Any] = json.loads(loader.get_data(str(path)).decode("utf-8"))
    return found


DATA = _load()
MADE = date(*(int(part) for part in DATA["made"].split("-")))
MAX_AGE = 180  # days; NumPy has a minor release every six months
API: Dict[int, str] = {int(number, 16): release for number, release in DATA["api"].items()}
# The C-API version of NumPy 2.0. A module that requires less supports NumPy 1.x.
API_OF_2 = next(number for number, release in API.items() if release == "2.0")
# Bits of the machine -> type name -> (first release, bytes), oldest first.
SIZES: Dict[int, Dict[str, List[Tuple[str, int]]]] = {
    bits: {
        name: [(str(release), int(size)) for release, size in rows]
        for name, rows in DATA[key].items()
    }
    for bits, key in ((64, "struct_sizes"), (32, "struct_sizes_32"))
}


@lru_cache(maxsize=4096)  # the same few releases are compared tens of thousands of times
def key(version: str) -> Release:
    """Return a final release as numbers, to compare: "1.20.3" -> (1, 20, 3)."""
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def release_of_api(api: int) -> str:
    """Return the first release with that C-API version: 0xd -> "1.16"; "" if unknown."""
    return API.get(api, "")


def api_of_release(version: str) -> Optional[int]:
    """Return the C-API version of a release: "1.20.3" -> 0xe.

    A release newer than the table counts as the newest known one. None for a release
    older than the table.
    """
    wanted = key(version)
    found = [api for api, first in API.items() if key(first) <= wanted]
    return max(found) if found else None


def size_in(name: str, version: str, bits: int = 64) -> Optional[int]:
    """Return the size in bytes of the struct of "dtype", "ndarray" or "ufunc" in a release.

    None if the type is unknown, or the release is older than the table. bits: 32 or 64.
    """
    wanted = key(version)
    found = None
    for first, size in SIZES[bits].get(name, ()):
        if key(first) <= wanted:
            found = size
    return found


def releases(python: str, libc: str, arch: str) -> List[str]:
    """Return every release that has a wheel for that target, oldest first."""
    rows = DATA["wheels"].get("{} {}".format(libc, arch), {})
    return sorted((v for v, pythons in rows.items() if python in pythons.split()), key=key)


def is_served(libc: str, arch: str) -> bool:
    """Has any release a wheel for that machine?"""
    return "{} {}".format(libc, arch) in DATA["wheels"]


def has_wheel(version: str, python: str, libc: str, arch: str) -> bool:
    """Return whether this release has a wheel for that target."""
    wanted = _trimmed(version)
    return any(_trimmed(found) == wanted for found in releases(python, libc, arch))


def newest_wheel(python: str, libc: str, arch: str) -> str:
    """Return the newest release with a wheel for that target; "" if there is none."""
    found = releases(python, libc, arch)
    return found[-1] if found else ""


def newest() -> str:
    """Return the newest release in the table."""
    known: List[str] = [release for rows in DATA["wheels"].values() for release in rows]
    return max(known, key=key)


def outdated(today: Optional[date] = None, on_index: str = "") -> str:
    """Why the table may no longer be true, as a sentence; "" while it is fresh.

    on_index: the newest final release that an index has, where one was read.
    """
    age = ((today or date.today()) - MADE).days
    if on_index and key(on_index)[:2] > key(newest())[:2]:
        reason = "the index has NumPy {}, the table ends at {}".format(on_index, newest())
    elif age > MAX_AGE:
        reason = "it is {} days old".format(age)
    else:
        return ""
    return "npwheel's table of NumPy releases is of {}: {}; a newer npwheel knows more".format(
        MADE.isoformat(), reason
    )


def nearest_wheel(version: str, python: str, libc: str, arch: str) -> str:
    """Return the oldest release with a wheel there that is not older than `version`, or ""."""
    wanted = _trimmed(version)
    for found in releases(python, libc, arch):
        if _trimmed(found) >= wanted:
            return found
    return ""


def pythons_of(version: str) -> List[str]:
    """Return the Pythons for which a release has a Linux wheel, oldest first."""
    wanted = _trimmed(version)
    found = set()
    for rows in DATA["wheels"].values():
        for release, pythons in rows.items():
            if _trimmed(release) == wanted:
                found.update(pythons.split())
    return sorted(found, key=_python)


def pythons() -> List[str]:
    """Return every Python for which the table has a wheel, oldest first."""
    found = {p for rows in DATA["wheels"].values() for line in rows.values() for p in line.split()}
    return sorted(found, key=_python)


def _python(text: str) -> Tuple[Release, bool]:
    return key(text.rstrip("t")), text.endswith("t")


def trimmed(release: Release) -> Release:
    """Return a release without trailing zeros, to compare."""
    parts = list(release)
    while parts and not parts[-1]:
        parts.pop()
    return tuple(parts)


def _trimmed(version: str) -> Release:
    """Return `key` without trailing zeros: 1.20 and 1.20.0 are one release."""
    return trimmed(key(version))
