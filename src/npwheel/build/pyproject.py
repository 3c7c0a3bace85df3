"""pyproject.toml as it is read everywhere: parsed, and of the shape that its readers count on."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from npwheel.core.errors import UsageError

_BOM = b"\xef\xbb\xbf"
_TABLES = (
    "build-system",
    "project",
    "tool",
    "tool.cibuildwheel",
    "tool.cibuildwheel.linux",
    "tool.cibuildwheel.macos",
    "tool.cibuildwheel.windows",
)
_STRINGS = ("build-system.build-backend", "project.name", "project.requires-python")
_LISTS = ("build-system.requires", "project.dependencies", "project.dynamic")


def read(file: Path, shown: str = "") -> dict[str, Any]:
    """The content of a pyproject.toml, empty where there is none. shown: its name in messages.

    Tables are tables, names strings, and lists lists of strings, or it raises UsageError,
    as it does for what is no UTF-8 and no TOML.
    """
    if not os.path.lexists(file):
        return {}
    if not file.is_file():
        raise UsageError(f"{shown or file} is not a regular file")
    try:
        content = file.read_bytes()
        if content.startswith(_BOM):
            raise ValueError("it starts with a byte order mark, which TOML does not know")
        table = tomllib.loads(content.decode("utf-8"))
        _check(table)
    except (OSError, ValueError) as error:  # not UTF-8, not TOML: ValueError
        raise UsageError(f"{shown or file} cannot be read: {error}") from error
    except RecursionError as error:
        raise UsageError(f"{shown or file} cannot be read: it is nested too deeply") from error
    return table


def _check(table: Mapping[str, Any]) -> None:
    for path in _TABLES:
        found = _at(table, path)
        if found is not None and not isinstance(found, dict):
            raise ValueError(f"{path} must be a table, found {found!r}")
    for path in _STRINGS:
        found = _at(table, path)
        if found is not None and not isinstance(found, str):
            raise ValueError(f"{path} must be a string, found {found!r}")
    for path in _LISTS:
        found = _at(table, path)
        fitting = isinstance(found, list) and all(isinstance(entry, str) for entry in found)
        if found is not None and not fitting:
            raise ValueError(f"{path} must be a list of strings, found {found!r}")


def _at(table: Mapping[str, Any], path: str) -> Any:
    """What stands at a dotted path, None where nothing does. Tables are checked outermost first."""
    found: Any = table
    for key in path.split("."):
        if not isinstance(found, dict):
            return None
        found = found.get(key)
    return found
