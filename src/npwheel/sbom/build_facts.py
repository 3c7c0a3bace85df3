"""Collect the facts that only the build knows, from its log, its image and the index."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path, PurePosixPath

from packaging.tags import compatible_tags

from npwheel import __version__
from npwheel.containers.engine import Engine
from npwheel.core import download, index, package_data, process, wheel_selection
from npwheel.core.errors import NpwheelError
from npwheel.core.tags import SystemPlatform
from npwheel.sbom import build_log
from npwheel.sbom.claims import BuildFacts, LibrarySource
from npwheel.wheel import open_wheel

_VERSION = re.compile(r"\b(\d+\.\d+(?:\.\d+)?)\b")


def build_facts(
    log: Path,
    image: Mapping[str, str],
    platform: SystemPlatform,
    engine: Engine,
    *,
    epoch: int,
) -> BuildFacts:
    """Return the facts of one target's build after cibuildwheel has ended.

    Looks up OpenBLAS's package on the index and runs auditwheel in the image for its version.

    Args:
        log: the build log.
        image: reference, digest, kind (and release), as in the record.
        epoch: SOURCE_DATE_EPOCH, seconds.
    """
    with log.open(encoding="utf-8", errors="replace") as lines:
        packages = build_log.installed(lines)
    return BuildFacts(
        numpy=packages.get("numpy"),
        image=image,
        libc=platform.libc,
        libc_version=platform.libc_version,
        tools=tools(engine, image["reference"], platform.arch),
        sources=sources(packages, platform.tags),
        epoch=epoch,
    )


def library_packages() -> tuple[str, ...]:
    """Return the packages whose shared libraries are copied into wheels (data/sources.toml)."""
    text = package_data.read_text(__package__, "sources.toml")
    return tuple(tomllib.loads(text)["packages"])


def sources(packages: Mapping[str, str], platforms: Sequence[str]) -> tuple[LibrarySource, ...]:
    """Return the installed packages that vendored libraries may have been copied from.

    If the index does not have a file any more, its hashes are unknown; that is not an error.

    Args:
        packages: name -> version, as returned by `installed`.
        platforms: the image's platform tags, best first.
    """
    tags = tuple(compatible_tags((3, 99), platforms=platforms))
    found = []
    for name in library_packages():
        version = packages.get(name)
        if version is None:
            continue
        try:
            file = wheel_selection.of_release(index.files(name), version, tags)
            if file is None:
                found.append(LibrarySource(name, version))
                continue
            wheel = download.wheel(file)
        except NpwheelError:
            found.append(LibrarySource(name, version))
            continue
        with open_wheel(wheel) as source:
            libraries = {
                PurePosixPath(member.path).name: hashlib.sha256(source.read(member)).hexdigest()
                for member in source.members
                if ".so" in PurePosixPath(member.path).suffixes
            }
        found.append(LibrarySource(name, version, file.filename, file.hashes["sha256"], libraries))
    return tuple(found)


def tools(engine: Engine, reference: str, arch: str) -> dict[str, str]:
    """Return the versions of npwheel and cibuildwheel here, and of auditwheel in the image."""
    found = {"npwheel": __version__, "cibuildwheel": metadata.version("cibuildwheel")}
    command = [engine.name, "run", "--rm", "--pull=never", *engine.create_args(arch), reference]
    code, out, _ = process.output([*command, "auditwheel", "--version"], 120)
    version = _VERSION.search(out) if code == 0 else None
    if version:
        found["auditwheel"] = version[1]
    return found
