"""What the policies behind platform tags allow: libraries of the system, symbol versions.

`data/policies.json` is made from the auditwheel that is installed, by
`python -m npwheel.audit.policies FILE`; a later policy than it knows allows what
the newest known one does, and any glibc symbol up to the release in its name.
"""

from __future__ import annotations

import json
import re
import sys
from functools import cache
from importlib import metadata, resources
from pathlib import Path
from typing import Any

from npwheel.core.files import write_json
from npwheel.core.tags import parse_platform
from npwheel.numpy_releases.table import key

PATH = Path(__file__).with_name("data") / "policies.json"
_PREFIX = {"glibc": "manylinux_", "musl": "musllinux_"}
_VERSION = re.compile(r"\d+(?:\.\d+)*")


@cache
def load() -> dict[str, Any]:
    """The data file: "manylinux_2_17" -> {"libraries": […],
    "symbols": {"x86_64": {"GLIBCXX": "3.4.19"}}}."""
    found: dict[str, Any] = json.loads(PATH.read_text("utf-8"))
    return found


def policy_of(platform: str) -> tuple[str, tuple[int, ...]] | None:
    """Return (libc, release) of a manylinux or musllinux tag; None for any other tag."""
    found = parse_platform(platform)
    return (found.libc, found.release) if found and found.release else None


def _known(libc: str, release: tuple[int, ...]) -> dict[str, Any]:
    """The policy with the highest release that is not above the one asked for."""
    rows = {
        key(name.split("_", 1)[1].replace("_", ".")): row
        for name, row in load()["policies"].items()
        if name.startswith(_PREFIX[libc])
    }
    fitting = [r for r in rows if r <= release] or [min(rows)]
    found: dict[str, Any] = rows[max(fitting)]
    return found


def allowed_libraries(libc: str, release: tuple[int, ...]) -> frozenset[str]:
    """Libraries that may be taken from the system."""
    return frozenset(_known(libc, release)["libraries"])


def symbol_limits(release: tuple[int, ...], machine: str) -> dict[str, str]:
    """Highest version of GLIBC, GLIBCXX, CXXABI and GCC symbols of a manylinux policy."""
    limits: dict[str, str] = dict(_known("glibc", release)["symbols"].get(machine, {}))
    limits["GLIBC"] = ".".join(map(str, release))
    return limits


def _highest(symbols: dict[str, list[str]]) -> dict[str, str]:
    numbers = {n: [v for v in found if _VERSION.fullmatch(v)] for n, found in symbols.items()}
    return {n: max(found, key=key) for n, found in sorted(numbers.items()) if found}


def refresh(path: Path) -> None:
    """Write the data file from the installed auditwheel. Raises ImportError without one."""
    policies: dict[str, Any] = {}
    for file in ("manylinux-policy.json", "musllinux-policy.json"):
        text = resources.files("auditwheel").joinpath("policy", file).read_text("utf-8")
        for row in json.loads(text):
            if row["name"] == "linux":
                continue
            policies[row["name"]] = {
                "libraries": sorted(row["lib_whitelist"]),
                "symbols": {
                    machine: _highest(symbols)
                    for machine, symbols in sorted(row["symbol_versions"].items())
                },
            }
    source = f"auditwheel {metadata.version('auditwheel')}"
    made = {"schema_version": 1, "source": source, "policies": policies}
    write_json(path, made)


if __name__ == "__main__":
    refresh(Path(sys.argv[1]))
