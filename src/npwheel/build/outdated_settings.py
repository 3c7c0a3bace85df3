"""Settings of [tool.cibuildwheel] at which cibuildwheel 4 stops: taken out, each with a note.

Most sdists of today were made for cibuildwheel 2 or 3.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, MutableMapping, MutableSequence
from functools import cache
from typing import Any

from npwheel.core import package_data


@cache
def _data() -> Mapping[str, Any]:
    text = package_data.read_text(__package__, "outdated.json")
    data: Mapping[str, Any] = json.loads(text)
    return data


def images() -> tuple[str, ...]:
    """Names of images that cibuildwheel refuses."""
    return tuple(_data()["images"])


def take_out(table: Any, path: tuple[str, ...]) -> list[tuple[tuple[str, ...], str]]:
    """Take what is refused out of a [tool.cibuildwheel]; (path of the setting, note) for each."""
    data = _data()
    gone = {
        "enable": _without(table, "enable", lambda word: word in data["enable"]),
        "build": _without(table, "build", lambda word: bool(re.search(data["build"], word))),
    }
    for key in [*table]:
        if key in data["options"] or (key.endswith("-image") and table[key] in data["images"]):
            gone[key] = [str(table[key])]
            del table[key]
    found = [
        ((*path, key), f"cibuildwheel 4 refuses {key}: {' '.join(words)}: taken out")
        for key, words in gone.items()
        if words
    ]
    for name in ("linux", "macos", "windows"):
        if isinstance(table.get(name), MutableMapping):
            found += take_out(table[name], (*path, name))
    return found


def _without(table: Any, key: str, refused: Callable[[str], bool]) -> list[str]:
    """Words taken out of a setting that is a list, or a string of words."""
    value = table.get(key)
    if isinstance(value, str):
        words = value.split()
    else:
        words = [str(word) for word in value] if isinstance(value, MutableSequence) else []
    gone = [word for word in words if refused(word)]
    if gone and len(gone) == len(words):
        del table[key]
    elif gone and isinstance(value, MutableSequence):
        for index in reversed(range(len(words))):
            if words[index] in gone:
                del value[index]
    elif gone:
        table[key] = " ".join(word for word in words if word not in gone)
    return gone
