"""NAME==VERSION -> a wheel file, fetched by pip (or uv's pip) and never installed."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from packaging.tags import parse_tag

from npwheel.core import process
from npwheel.core.errors import NotChecked
from npwheel.core.tags import compatible_platforms

_TIMEOUT = 900
# What pip says of an index that does not answer, before it says that nothing matches.
_UNREACHED = re.compile(
    r"timed out after|connection broken by"
    r"|Could not fetch URL|not a trusted or secure host|HTTP error \d+"
)


def wheels(
    requirement: str, platforms: Sequence[str], python: str | None, folder: Path
) -> list[Path]:
    """The wheel of a release for a platform and a Python; for all platforms given.

    python: "3.12", None for the running one. Raises NotChecked when no such wheel
    can be had. Only a wheel is taken, so nothing of it runs.
    """
    found = []
    for index, platform in enumerate(platforms or [""]):
        place = folder / str(index)
        place.mkdir()
        arguments = [*_pip(), "download", "--no-deps", "--only-binary=:all:", "--quiet"]
        arguments += ["--dest", str(place), "--disable-pip-version-check", "--no-input"]
        for tag in compatible_platforms(platform) if platform else ():
            arguments += ["--platform", tag]
        if python:
            arguments += ["--python-version", python.rstrip("t"), "--implementation", "cp"]
            arguments += _abis(python)
        where = f" for {platform}" if platform else ""
        wanted = f"{requirement}{where}" + (f", Python {python}" if python else "")
        done = process.run([*arguments, requirement], timeout=_TIMEOUT)
        got = sorted(place.glob("*.whl"))
        if done.code or not got:
            raise _not_fetched(wanted, done.err)
        found += got
    return found


def _not_fetched(wanted: str, said: str) -> NotChecked:
    lines = said.strip().splitlines() or ["it said nothing"]
    silent = next((line for line in lines if _UNREACHED.search(line)), "")
    if silent:
        return NotChecked(
            f"{wanted} could not be fetched: the package index does not answer",
            why=f"pip: {silent}",
            next="look at the network and at pip's settings (`pip config list`), or name a file",
        )
    return NotChecked(
        f"no wheel of {wanted}",
        why=f"pip: {lines[-1]}",
        next="look at the release's files for a platform and a Python that it has",
    )


def _pip() -> list[str]:
    """Pip of this environment; else pip run by uv, which reads uv's and pip's settings."""
    if process.run(process.python("pip", "--version")).code == 0:
        return process.python("pip")
    uv = shutil.which("uv")
    if uv:
        return [uv, "tool", "run", "--quiet", "pip"]
    raise NotChecked("neither pip nor uv is there to fetch a wheel", next="install pip")


def _abis(python: str) -> list[str]:
    number = python.replace(".", "")
    if python.endswith("t"):
        return ["--abi", f"cp{number}"]
    suffix = "m" if re.fullmatch(r"3\.[0-7]", python) else ""
    tags = parse_tag(f"cp{number}-cp{number}{suffix}.abi3.none-any")
    return [word for tag in sorted(tags, key=str) for word in ("--abi", tag.abi)]
