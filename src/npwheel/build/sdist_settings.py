"""[tool.cibuildwheel] of an sdist: only what stays within the build container counts.

cibuildwheel runs some of its settings on the machine that it is started on. For a folder
of the user's own that is as it should be; an sdist is somebody else's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from npwheel.build import outdated_settings
from npwheel.core import package_data


@dataclass(frozen=True)
class SdistSettings:
    """What counts of a [tool.cibuildwheel], and a note on each setting that does not."""

    table: Mapping[str, Any]
    notes: tuple[str, ...]


@cache
def _data() -> Mapping[str, Any]:
    text = package_data.read_text(__package__, "sdist_settings.json")
    data: Mapping[str, Any] = json.loads(text)
    return data


@cache
def _pinned_images() -> frozenset[str]:
    """The image names that cibuildwheel resolves by its own pins."""
    pins = resources.files("cibuildwheel").joinpath("resources", "pinned_docker_images.cfg")
    return frozenset(re.findall(r"^(\w+) *=", pins.read_text("utf-8"), re.MULTILINE))


def of_sdist(table: Mapping[str, Any]) -> SdistSettings:
    """The settings of an sdist that count today, from its [tool.cibuildwheel]."""
    notes: dict[str, None] = {}
    kept = _kept(table, notes)
    outdated = outdated_settings.take_out(kept, ("tool", "cibuildwheel"))
    notes.update((note, None) for _, note in outdated)
    return SdistSettings(kept, tuple(notes))


def write(settings: SdistSettings, file: Path) -> None:
    """Write the settings as a configuration file of cibuildwheel."""
    lines = [f"{_toml(key)} = {_toml(value)}\n" for key, value in settings.table.items()]
    file.write_text("[tool.cibuildwheel]\n" + "".join(lines), "utf-8")


def _kept(table: Mapping[str, Any], notes: dict[str, None]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for key, value in table.items():
        if key == "linux" and isinstance(value, dict):
            kept[key] = _kept(value, notes)
        elif key == "overrides" and isinstance(value, list):
            kept[key] = [_kept(o, notes) if isinstance(o, dict) else o for o in value]
        elif key == "inherit":
            kept[key] = _inherit(value)
        elif key.endswith("-image"):
            if _is_known_image(value):
                kept[key] = value
            else:
                variable = f"CIBW_{key.upper().replace('-', '_')}"
                notes[
                    f"{key} = {value!r} is ignored: an sdist may choose images of cibuildwheel "
                    f"and quay.io/pypa only; {variable} takes any"
                ] = None
        elif key in _data()["kept"]:
            kept[key] = value
        elif key not in _data()["unused"]:
            reason = _data()["ignored"].get(key, "it is not an option that an sdist may set")
            notes[f"{key} is ignored: {reason}"] = None
    return kept


def _inherit(value: Any) -> Any:
    """Rules of inheritance without those of options that are ignored."""
    if not isinstance(value, dict):
        return value
    return {name: rule for name, rule in value.items() if name in _data()["kept"]}


def _is_known_image(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    outdated = outdated_settings.images()  # noted by outdated_settings, with their reason
    known = value == "" or value in _pinned_images() or value in outdated
    return known or bool(re.search(_data()["images"], value))


def _toml(value: Any) -> str:
    """A value as inline TOML."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_toml(k)} = {_toml(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_toml(entry) for entry in value) + "]"
    # JSON's strings are TOML's, but for one character that TOML wants escaped.
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
