"""What a proof installs beside the wheel and NumPy: its runtime dependencies, exact files.

uv resolves them for the Python and platform of the proof; only wheels count, so
that the proof needs neither network nor compiler.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.tags import Tag
from packaging.utils import canonicalize_name
from packaging.version import Version

from npwheel.core import credentials, index, process, requirements, wheel_selection
from npwheel.core.index import IndexFile
from npwheel.core.tags import SystemPlatform, installable
from npwheel.prove import packaged_numpy
from npwheel.wheel import declared_requirements

LOWEST, HIGHEST = "lowest", "highest"
SECONDS = 300
_BOUNDED = ("==", "===", ">=", ">", "~=")  # operators that bound from below
_WANTED = re.compile(r"Wheels are required for `([\w.-]+)`")
# uv names these glibc releases; a machine takes the newest that it reaches.
# uv knows no armv7l; the files are chosen by tag afterwards.
_UV_ARCH = {"armv7l": "aarch64"}
_UV_GLIBC = ((2, 17), (2, 28), *((2, minor) for minor in range(31, 41)))


@dataclass(frozen=True)
class ProofEnvironment:
    """Where a wheel is installed. packaged: that NumPy is the distribution's own."""

    python: str  # "3.12", "3.14t"
    system: SystemPlatform
    numpy: str | None  # None: the wheel needs none
    packaged: bool = False  # it need not be on the index


@dataclass(frozen=True)
class Dependencies:
    """Wheels for one Python, platform and NumPy; NumPy is not among them.

    resolution: LOWEST or HIGHEST, "" where nothing resolves.
    reason: why it is not what was asked for, "" where it is.
    """

    requirements: tuple[str, ...]
    files: tuple[IndexFile, ...]
    resolution: str
    reason: str = ""


def requires(wheel: Path) -> tuple[Requirement, ...]:
    """Requires-Dist of a wheel, extras left out. Raises NotChecked when it cannot be read."""
    return declared_requirements.read(wheel).requires


def numpy_bound(wheel: Path, python: str, arch: str = "x86_64") -> SpecifierSet:
    """What the wheel's own metadata admits of NumPy on a Linux Python ("3.12", "3.14t").

    This is what a dynamic requirement became; the empty set where NumPy is not required.
    """
    return requirements.bound_on("numpy", requires(wheel), python, arch)


def resolve(
    wheel: Path, environment: ProofEnvironment, *, want: str, also: tuple[str, ...] = ()
) -> Dependencies:
    """Return the dependencies that a wheel gets in an environment.

    want: LOWEST takes what the project bounds from below at just that bound (what it
    does not bound promises nothing, and is taken as installers do: newest); HIGHEST
    takes the newest of all. Where LOWEST does not resolve, HIGHEST is given, with the
    reason. also: what its test needs, always taken newest. Raises NotChecked or PlanError
    when metadata or index cannot be read.
    """
    direct = [r for r in requires(wheel) if canonicalize_name(r.name) != "numpy"]
    if not direct and not also:
        return Dependencies((), (), want)
    python, system = environment.python, environment.system
    platform = uv_platform(system.libc, system.libc_version, system.arch)
    tags = installable(python, system.tags)
    bounded = [str(r) for r in direct if any(s.operator in _BOUNDED for s in r.specifier)]
    itself = f"{_name(wheel)} @ {wheel.resolve().as_uri()}"
    asked = (python.rstrip("t"), platform, environment.numpy, environment.packaged)
    reasons: dict[str, str] = {}  # why -> the resolution
    for resolution in dict.fromkeys((want, HIGHEST)):
        # The wheel stands for what it requires; what is named beside it is "direct" to uv,
        # so that `lowest-direct` lowers just that.
        lines = (itself, *bounded) if resolution == LOWEST else (itself,)
        pins, reason = _compile(lines, resolution == LOWEST, *asked)
        if also and not reason:
            pins, reason = _compile((itself, *pins, *also), False, *asked)
        if reason:
            reason = _without_wheel(reason, tags, python, platform) or _cause(reason)
        files: tuple[IndexFile, ...] = ()
        if not reason:
            files, reason = _files(pins, tags, python)
        if not reason:
            return Dependencies(pins, files, resolution, _told(reasons))
        reasons.setdefault(reason, resolution)
    return Dependencies((), (), "", _told(reasons))


def _told(reasons: Mapping[str, str]) -> str:
    return "; ".join(
        f"its dependencies do not resolve at their {resolution}: {reason}"
        for reason, resolution in reasons.items()
    )


def _without_wheel(said: str, tags: tuple[Tag, ...], python: str, platform: str) -> str:
    """The projects that uv misses wheels of, where the index has none that fits; else ""."""
    names = dict.fromkeys(_WANTED.findall(said))
    lacking = [name for name in names if not wheel_selection.by_preference(index.files(name), tags)]
    if not lacking:
        return ""
    verb = "has" if len(lacking) == 1 else "have"
    return f"{', '.join(lacking)} {verb} no wheel for Python {python} on {platform}"


def uv_platform(libc: str, version: str, arch: str) -> str:
    """uv's name of a platform: the newest that it knows and this libc reaches."""
    arch = _UV_ARCH.get(arch, arch)
    if libc == "musl":
        return f"{arch}-unknown-linux-musl"
    reached = tuple(int(part) for part in version.split(".")[:2])
    major, minor = max((v for v in _UV_GLIBC if v <= reached), default=_UV_GLIBC[0])
    return f"{arch}-manylinux_{major}_{minor}"


@cache
def _compile(
    lines: tuple[str, ...],
    lowest: bool,
    python: str,
    platform: str,
    numpy: str | None,
    packaged: bool,
) -> tuple[tuple[str, ...], str]:
    """(exact requirements, "") or ((), what uv said)."""
    with tempfile.TemporaryDirectory(prefix="npwheel-resolve-") as name:
        folder = Path(name)
        if numpy and packaged:
            itself = packaged_numpy.placeholder(folder, numpy)
            lines = (*lines, f"numpy @ {itself.as_uri()}")
        (folder / "in.txt").write_text("\n".join(lines) + "\n", "utf-8")
        constraint = f"numpy=={numpy}\n" if numpy else ""
        (folder / "constraints.txt").write_text(constraint, "utf-8")
        command = process.python("uv", "pip", "compile", "--quiet", "--no-config")
        command += ["--resolution", "lowest-direct" if lowest else "highest"]
        # Nothing is built, so any Python serves; a search for the right one takes many seconds.
        command += ["--python", sys.executable, "--no-python-downloads", "--only-binary", ":all:"]
        command += ["--python-version", requirements.full_version(python)]
        command += ["--python-platform", platform]
        command += ["--no-header", "--no-annotate", "--constraints", "constraints.txt", "in.txt"]
        env = process.environment({"UV_DEFAULT_INDEX": index.main_index().full_url})
        done = process.run(command, cwd=folder, env=env, timeout=SECONDS)
    if done.code:
        return (), done.err or "uv gave no reason"
    pins = [line.strip() for line in done.out.splitlines() if "==" in line]
    return tuple(p for p in pins if not p.startswith("numpy==")), ""


def _name(wheel: Path) -> str:
    return canonicalize_name(wheel.name.split("-", 1)[0])


def _cause(text: str) -> str:
    """uv's explanation as one line, without its drawing."""
    words = re.sub(r"[×╰─▶│]", " ", text.split("hint:", 1)[0])
    return credentials.mask(" ".join(words.split()))[:300]


def _files(
    pins: tuple[str, ...], tags: tuple[Tag, ...], python: str
) -> tuple[tuple[IndexFile, ...], str]:
    """The file of each pin that an installer would take, or why there is none."""
    found = []
    for pin in pins:
        name, version = pin.split("==")
        file = wheel_selection.of_release(index.files(name), str(Version(version)), tags)
        if file is None:
            return (), f"{name} {version} has no wheel for Python {python} there"
        found.append(file)
    return tuple(found), ""
