"""Which platform tags a pip takes, by its age. The data is `data/pips.json`."""

from __future__ import annotations

import json
from functools import cache

from packaging.version import Version

from npwheel.core import package_data


@cache
def _data() -> dict[str, dict[str, str]]:
    text = package_data.read_text(__package__, "pips.json")
    data: dict[str, dict[str, str]] = json.loads(text)
    return data


def first(platform: str, arch: str = "") -> str:
    """The first pip that takes a platform tag: "manylinux2014_x86_64" -> "19.3"; "" for any pip.

    arch: of the machine; on some, wheels of another architecture were not always taken.
    """
    since = next((v for prefix, v in _data()["since"].items() if platform.startswith(prefix)), "")
    foreign = arch and platform != "any" and not platform.endswith(f"_{arch}")
    return _data()["foreign"].get(arch, since) if foreign else since


def knows(platform: str, pip: str, arch: str = "") -> bool:
    """Does this pip take that platform tag? An unknown pip ("") counts as a current one."""
    needed = first(platform, arch)
    return not needed or not pip or Version(pip) >= Version(needed)


def of_python(pip: str, python: str) -> str:
    """The pip of a place, where it can be that of its Python ("3.12"); "" where it cannot.

    A system with several Pythons brings a pip for each; the place tells that of one.
    """
    bundled = _data()["bundled"].get(python)
    return "" if pip and bundled and Version(pip) < Version(bundled) else pip
