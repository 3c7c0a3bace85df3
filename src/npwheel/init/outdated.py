"""Settings that cibuildwheel 4 stops at: taken out, each with a note."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from tomlkit.items import Array


@cache
def _data() -> Mapping[str, Any]:
    text = resources.files(__package__).joinpath("data", "outdated.json").read_text("utf-8")
    data: Mapping[str, Any] = json.loads(text)
    return data


def mend(table: Any, path: tuple[str, ...]) -> list[tuple[tuple[str, ...], str]]:
    """Take out of a [tool.cibuildwheel] what is refused; (path of the setting, note) for each."""
    data = _data()
    found = [
        *_without(table, path, "enable", lambda word: word in data["enable"]),
        *_without(table, path, "build", lambda word: bool(re.search(data["build"], word))),
    ]
    for key in [*table]:
        image = key.endswith("-image") and str(table[key]) in data["images"]
        if key in data["options"] or image:
            found.append(((*path, key), f"{key} = {table[key]!s}"))
            del table[key]
    for name in ("linux", "macos", "windows"):
        if isinstance(table.get(name), dict):
            found += mend(table[name], (*path, name))
    return [
        (where, text if "refuses" in text else f"cibuildwheel 4 refuses {text}: taken out")
        for where, text in found
    ]


def _without(
    table: Any, path: tuple[str, ...], key: str, refused: Any
) -> list[tuple[tuple[str, ...], str]]:
    """Words taken out of a setting that is a list, or a string of words."""
    value = table.get(key)
    if isinstance(value, Array):
        words = [str(word) for word in value]
        gone = [word for word in words if refused(word)]
        for index in reversed(range(len(words))):
            if words[index] in gone:
                del value[index]
    elif isinstance(value, str):
        words = value.split()
        gone = [word for word in words if refused(word)]
        if gone:
            table[key] = " ".join(word for word in words if word not in gone)
    else:
        return []
    if gone and len(gone) == len(words):
        del table[key]
    return [((*path, key), f"{key}: {' '.join(gone)}")] if gone else []
