"""Edits of pyproject.toml that keep what stands there: comments, order, other settings."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any, cast

import tomlkit
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import Array, Table

from npwheel.build import outdated_settings
from npwheel.core.errors import UsageError
from npwheel.init.settings import ABI3_AUDIT, OUR_AUDIT, Settings

FLAGS = ("CFLAGS", "CXXFLAGS")


def edited(text: str, settings: Settings) -> tuple[str, list[str]]:
    """(pyproject.toml with what is missing added, notes on what was or could not be done).

    The same text comes back where nothing is missing. Raises UsageError where it
    cannot be edited without touching something else.
    """
    newline = "\r\n" if "\r\n" in text else "\n"
    notes: list[str] = []
    try:
        made, touched = _made(text.replace("\r\n", "\n"), settings, notes)
        lost = [*_lost(tomllib.loads(text), tomllib.loads(made), ())]
    except (TOMLKitError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise _refusal(str(error)) from error  # valid TOML that tomlkit cannot hold
    for path in lost:
        if path not in touched:
            raise _refusal(f"{'.'.join(path)} would change")
    return made.replace("\n", newline), notes


def _made(text: str, settings: Settings, notes: list[str]) -> tuple[str, set[tuple[str, ...]]]:
    """(the new text, the paths of old settings that may differ in it)."""
    document = tomlkit.parse(_with_build_system(text, settings))
    touched = _requires(document, settings)
    tool = document.get("tool", {})
    if "cibuildwheel" not in tool:
        made, block = tomlkit.dumps(document), _block(settings)
        return (f"{made.rstrip()}\n\n{block}" if made.strip() else block), touched
    mended = outdated_settings.mend(tool["cibuildwheel"], ("tool", "cibuildwheel"))
    notes += [note for _, note in mended]
    touched |= {path for path, _ in mended}
    touched |= _complete(tool["cibuildwheel"], settings, notes)
    return tomlkit.dumps(document), touched


def _with_build_system(text: str, settings: Settings) -> str:
    """The text with a [build-system] where it has none: at the top, if no loose keys are there."""
    if not settings.new_build_system:
        return text
    document = tomlkit.document()
    document["build-system"] = {
        "requires": list(settings.new_build_system),
        "build-backend": "setuptools.build_meta",
    }
    block = tomlkit.dumps(document)
    if not text.strip():
        return block
    made = f"{block}\n{text}"
    alone = {key: value for key, value in tomllib.loads(made).items() if key != "build-system"}
    return made if alone == tomllib.loads(text) else f"{text.rstrip()}\n\n{block}"


def _requires(document: tomlkit.TOMLDocument, settings: Settings) -> set[tuple[str, ...]]:
    """Add and drop build requirements; the paths of the settings that this changes."""
    if not settings.build_requires and not settings.drop:
        return set()
    requires = cast(Array, cast(Table, document["build-system"])["requires"])
    for index in reversed(range(len(requires))):
        if _name(str(requires[index])) in settings.drop:
            del requires[index]
    for text in settings.build_requires:
        _append(requires, text)
    return {("build-system", "requires")}


def _name(requirement: str) -> str:
    try:
        return canonicalize_name(Requirement(requirement).name)
    except InvalidRequirement:
        return ""


def _append(array: Array, value: str) -> None:
    """At the end, in the array's own layout."""
    if "\n" not in array.as_string():
        array.append(value)
        return
    lines = [line for line in array.as_string().splitlines()[1:] if line.strip(" ]")]
    indent = lines[-1][: len(lines[-1]) - len(lines[-1].lstrip())] if lines else "    "
    array.add_line(value, indent=indent, add_comma=False)


def _complete(table: Any, settings: Settings, notes: list[str]) -> set[tuple[str, ...]]:
    """Add to a [tool.cibuildwheel] what it lacks; the paths of old settings that this changes."""
    if settings.skip:
        _add(table, "skip", list(settings.skip), settings.reasons.get("skip", ""))
    if settings.test_command:
        _add(table, "test-command", settings.test_command)
    if settings.macro:
        _environment(table, settings, notes)
    return _audit(table)


def _add(table: Any, key: str, value: Any, comment: str = "") -> None:
    """A new setting, with its reason in a line above it."""
    item = tomlkit.item(value)
    if isinstance(item, Array) and len(item) > 1:
        item.multiline(True)
    if comment and isinstance(table, Table):
        table.add(tomlkit.comment(comment))
    elif comment:  # a table in several places: only beside the value is a comment sure of it
        item.comment(comment)
    table[key] = item


def _place(table: Any, key: str) -> Any:
    """The table whose `key` cibuildwheel obeys on Linux."""
    linux = table.get("linux", {})
    return linux if key in linux else table


def _audit(table: Any) -> set[tuple[str, ...]]:
    """The audit hook. cibuildwheel runs it on the repaired wheel, before the tests."""
    place = _place(table, "audit-command")
    own = place.get("audit-command")
    if own is None:
        _add(place, "audit-command", [ABI3_AUDIT, OUR_AUDIT])
    elif isinstance(own, str):
        if "npwheel audit" not in own:
            place["audit-command"] = f"{own} && {OUR_AUDIT}" if own.strip() else OUR_AUDIT
    elif not any("npwheel audit" in str(line) for line in own):
        _append(own, OUR_AUDIT)
    place = _place(table, "audit-requires")
    required = place.get("audit-requires")
    if required is None:
        _add(place, "audit-requires", ["abi3audit", "npwheel"])
    elif isinstance(required, str):
        if "npwheel" not in [_name(word) for word in required.split()]:
            place["audit-requires"] = f"{required} npwheel".strip()
    elif not any(_name(str(line)) == "npwheel" for line in required):
        _append(required, "npwheel")
    keys = ("audit-command", "audit-requires")
    return {("tool", "cibuildwheel", *linux, key) for linux in ((), ("linux",)) for key in keys}


def _environment(table: Any, settings: Settings, notes: list[str]) -> None:
    """NPY_TARGET_VERSION through the compiler's flags, which every backend obeys."""
    place = _place(table, "environment")
    own = place.get("environment")
    why = settings.reasons["environment"]
    if own is None:
        values = tomlkit.inline_table()
        for name in FLAGS:
            values[name] = _flag(name, settings.macro)
        _add(place, "environment", values, why)
    elif isinstance(own, str) or any(name in own for name in FLAGS):
        notes.append(
            "environment sets compiler flags already: add "
            f"-DNPY_TARGET_VERSION={settings.macro} to {' and '.join(FLAGS)} there ({why})"
        )
    else:
        for name in FLAGS:
            own[name] = _flag(name, settings.macro)


def _flag(name: str, macro: str) -> str:
    return f"${name} -DNPY_TARGET_VERSION={macro}"


def _block(settings: Settings) -> str:
    """A whole [tool.cibuildwheel], as text for the end of the file."""
    table = tomlkit.table()
    _complete(table, settings, [])
    document = tomlkit.document()
    tool = tomlkit.table(is_super_table=True)
    tool["cibuildwheel"] = table
    document["tool"] = tool
    return tomlkit.dumps(document)


def _lost(
    old: Mapping[str, Any], new: Mapping[str, Any], path: tuple[str, ...]
) -> Iterator[tuple[str, ...]]:
    """The paths of old values that new does not have."""
    for key, value in old.items():
        if isinstance(value, dict) and isinstance(new.get(key), dict):
            yield from _lost(value, new[key], (*path, key))
        elif key not in new or new[key] != value:
            yield (*path, key)


def _refusal(why: str) -> UsageError:
    return UsageError(
        "pyproject.toml cannot be edited safely",
        why=why,
        next="write [tool.cibuildwheel] as a table of its own, then run npwheel init again",
    )
