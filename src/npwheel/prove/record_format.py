"""The text of an `npwheel.json` -> its facts, by the schema of its version; nothing is believed.

Version 1 is read as version 2 in which it is unknown what was imported.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from functools import cache
from typing import Any

from packaging.utils import InvalidWheelFilename, parse_wheel_filename

from npwheel.core import package_data
from npwheel.core.errors import UsageError

VERSION = 2
MAX_BYTES = 16 << 20  # of a record; the largest of ours has under 1 MB
MAX_DEPTH = 64  # of nested objects and arrays, in what tests print


def parse(text: str) -> dict[str, Any]:
    """Return a record in the form of the newest version. Raises ValueError with the reason."""
    try:
        data: Any = json.loads(text, parse_constant=_refuse, parse_float=_finite)
        _check_depth(data)
        # Half a surrogate pair can be written as JSON, but not printed or encoded.
        json.dumps(data, ensure_ascii=False).encode("utf-8")
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    version = data.get("schema_version") if isinstance(data, dict) else None
    if version not in (1, VERSION) or isinstance(version, bool):
        raise ValueError(f"schema_version: expected 1 or {VERSION}, found {str(version)[:20]}")
    check(data, version)
    if version == 1:
        _upgrade(data)
    names: set[str] = set()
    for entry in data["wheels"]:
        try:
            parse_wheel_filename(entry["file"])
        except InvalidWheelFilename as error:
            raise ValueError(str(error)) from error
        if entry["file"] in names:
            raise ValueError(f"{entry['file']} is listed twice")
        names.add(entry["file"])
    return dict(data)


def check(data: Mapping[str, Any], version: int = VERSION) -> None:
    """Raise ValueError where a record does not have the form of its version."""
    fault = next(_validator(version).iter_errors(data), None)
    if fault is not None:
        raise ValueError(f"{fault.json_path}: {fault.message}"[:300])


@cache
def _validator(version: int) -> Any:
    try:
        from jsonschema import (  # type: ignore[import-untyped]  # noqa: PLC0415
            Draft202012Validator,
        )
    except ImportError as error:
        raise UsageError(
            "records cannot be checked: jsonschema is not installed",
            next="pip install 'npwheel[build]'",
        ) from error
    text = package_data.read_text(__package__, f"record-{version}.schema.json")
    return Draft202012Validator(json.loads(text))


def _upgrade(data: dict[str, Any]) -> None:
    for entry in data["wheels"]:
        for proof in entry["proofs"]:
            proof.update(modules=None, test="unknown")
    data["schema_version"] = VERSION


def _refuse(word: str) -> float:
    raise ValueError(f"{word} is not a number of JSON")


def _finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError(f"{text[:20]} is too large a number")
    return value


def cleaned(value: object, depth: int = MAX_DEPTH) -> Any:
    """Return JSON that a program printed as a record can have it: finite, shallow, and UTF-8."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {cleaned(k): cleaned(v, depth - 1) for k, v in value.items()} if depth else None
    if isinstance(value, list):
        return [cleaned(item, depth - 1) for item in value] if depth else None
    return value


def _check_depth(data: object) -> None:
    level = [data]
    for _ in range(MAX_DEPTH):
        below: list[object] = []
        for value in level:
            if isinstance(value, dict):
                below += value.values()
            elif isinstance(value, list):
                below += value
        if not below:
            return
        level = below
    raise ValueError(f"it is nested more than {MAX_DEPTH} deep")
