"""Edits of pyproject.toml that keep what stands there: comments, order, other settings."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any, cast

import tomlkit
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import Array, InlineTable, Table

from npwheel.build import outdated_settings
from npwheel.core.errors import UsageError
from npwheel.init.settings import ABI3_AUDIT, ABI3T_BUILDS, OUR_AUDIT, Settings

FLAGS = ("CFLAGS", "CXXFLAGS")
WHY_AUDIT = "which NumPy releases a wheel loads with, and whether its metadata agrees"


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
        made, block = tomlkit.dumps(document), _block(settings, notes)
        if not block:
            return made, touched
        return (f"{made.rstrip()}\n\n{block}" if made.strip() else block), touched
    outdated = (
        outdated_settings.take_out(tool["cibuildwheel"], ("tool", "cibuildwheel"))
        if settings.update
        else []
    )
    notes += [note for _, note in outdated]
    touched |= {path for path, _ in outdated}
    touched |= _complete(tool["cibuildwheel"], settings, notes)
    made = tomlkit.dumps(document)
    return (made if text.endswith("\n\n") else made.rstrip("\n") + "\n"), touched


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
    touched = _environment(table, settings, notes) if settings.macro else set()
    if settings.abi3t_macro and settings.abi3t_macro not in str(table.get("overrides", "")):
        touched |= _abi3t(table, settings.abi3t_macro)
    return touched | (_audit(table, settings, notes) if settings.audit else set())


def _add(table: Any, key: str, value: Any, comment: str = "") -> None:
    """A new setting, with its reason in a line above it."""
    item = tomlkit.item(value)
    if isinstance(item, Array) and len(item) > 1:
        item.multiline(True)
    nested = isinstance(table, Table) and any(isinstance(v, Table) for v in table.values())
    if comment and isinstance(table, Table) and not nested:
        table.add(tomlkit.comment(comment))
    elif comment and not isinstance(
        table, InlineTable
    ):  # tables in the table, or in several places: only with the value is it sure
        item.comment(comment)
    table[key] = item


def _place(table: Any, key: str) -> Any:
    """The table whose `key` cibuildwheel obeys on Linux."""
    linux = table.get("linux", {})
    return linux if key in linux else table


def _audit(table: Any, settings: Settings, notes: list[str]) -> set[tuple[str, ...]]:
    """The audit hook: for Linux alone, whose wheels the audit reads.

    cibuildwheel runs it on the repaired wheel, before the tests. What the project or cibuildwheel
    itself runs for all platforms is repeated, since a platform's setting replaces it.
    """
    if "npwheel audit" in str(table.get("audit-command", "")):
        return set()
    linux = table.get("linux")
    if linux is None:
        linux = tomlkit.inline_table() if isinstance(table, InlineTable) else tomlkit.table()
        own, required = table.get("audit-command"), table.get("audit-requires")
    else:
        own = linux.get("audit-command", table.get("audit-command"))
        required = linux.get("audit-requires", table.get("audit-requires"))
    if "npwheel audit" in str(own):
        return set()
    commands, requires = _words(own, " && "), _words(required, None)
    if own is None and settings.abi3audit:
        commands.append(ABI3_AUDIT)
    if required is None and settings.abi3audit:
        requires.append("abi3audit")
        notes.append(
            "cibuildwheel pins abi3audit only where audit-requires is not set: "
            "pin it there if that matters"
        )
    elif own is None:
        notes.append(
            "on Linux this takes the place of cibuildwheel's own audit, abi3audit, which reads "
            "stable-ABI wheels alone, and not those of abi3t"
        )
    _replace(linux, "audit-command", own, [*commands, OUR_AUDIT], WHY_AUDIT)
    if not any(_name(word) == "npwheel" for word in requires):
        _replace(linux, "audit-requires", required, [*requires, settings.audit])
    if "linux" not in table:
        if isinstance(linux, Table):
            linux.add(tomlkit.nl())
        table["linux"] = linux
    return {("tool", "cibuildwheel", "linux", key) for key in ("audit-command", "audit-requires")}


def _words(value: Any, separator: str | None) -> list[str]:
    """The entries of a setting that is a list, or a string with a separator."""
    if value is None:
        return []
    return [str(v) for v in (value.split(separator) if isinstance(value, str) else value) if v]


def _replace(table: Any, key: str, old: Any, words: list[str], why: str = "") -> None:
    """Set a list; one that the table has gets the last word in its own layout."""
    if key in table and isinstance(old, Array):
        _append(old, words[-1])
    elif key in table:
        table[key] = (" && " if key == "audit-command" else " ").join(words)
    else:
        _add(table, key, words, why)


def _environment(table: Any, settings: Settings, notes: list[str]) -> set[tuple[str, ...]]:
    """NPY_TARGET_VERSION through the compiler's flags, which every backend obeys."""
    why = settings.reasons["environment"]
    place = _place(table, "environment")
    own = place.get("environment")
    if own is None:
        values = tomlkit.inline_table()
        for name in FLAGS:
            values[name] = _flag(name, settings.macro)
        _add(place, "environment", values, why)
    else:
        _add_flags(own, "environment", settings.macro, why, notes)
    for override in table.get("overrides", ()):
        inherited = override.get("inherit", {}).get("environment", "none")
        if "environment" in override and inherited == "none":
            where = f"the override of {override.get('select')}"
            _add_flags(override["environment"], where, settings.macro, why, notes)
    return {("tool", "cibuildwheel", "overrides")}


def _abi3t(table: Any, macro: str) -> set[tuple[str, ...]]:
    """The target of the builds for abi3t, behind those of all others.

    -U first: a flag that is inherited may define it already.
    """
    entry = tomlkit.table()
    entry.add(tomlkit.comment("NumPy's headers compile for abi3t from this target on"))
    entry["select"] = ABI3T_BUILDS
    entry["inherit"] = tomlkit.inline_table()
    entry["inherit"]["environment"] = "append"
    values = tomlkit.inline_table()
    for name in FLAGS:
        values[name] = f"${name} -UNPY_TARGET_VERSION -DNPY_TARGET_VERSION={macro}"
    entry["environment"] = values
    if "overrides" in table:
        table["overrides"].append(entry)
    else:
        entries = tomlkit.aot()
        entries.append(entry)
        table["overrides"] = entries
    return {("tool", "cibuildwheel", "overrides")}


def _add_flags(own: Any, where: str, macro: str, why: str, notes: list[str]) -> None:
    if isinstance(own, str) or any(name in own for name in FLAGS):
        if macro not in str(own):
            notes.append(
                f"{where} sets compiler flags already: add -DNPY_TARGET_VERSION={macro} "
                f"to {' and '.join(FLAGS)} there ({why})"
            )
        return
    for name in FLAGS:
        own[name] = _flag(name, macro)


def _flag(name: str, macro: str) -> str:
    return f"${name} -DNPY_TARGET_VERSION={macro}"


def _block(settings: Settings, notes: list[str]) -> str:
    """A whole [tool.cibuildwheel], as text for the end of the file; "" where nothing is in it."""
    table = tomlkit.table()
    _complete(table, settings, notes)
    if not table:
        return ""
    document = tomlkit.document()
    tool = tomlkit.table(is_super_table=True)
    tool["cibuildwheel"] = table
    document["tool"] = tool
    return tomlkit.dumps(document).rstrip("\n") + "\n"


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
