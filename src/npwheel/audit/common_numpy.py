"""The NumPy releases on which all pinned distributions load, and those that exclude each other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from packaging.utils import canonicalize_name

from npwheel.audit import fetch
from npwheel.audit.collect_facts import collect_facts
from npwheel.audit.environments import Environment
from npwheel.audit.lock_files import Pin
from npwheel.audit.numpy_verdicts import OUTLIER_OF, declared_for, refusal
from npwheel.audit.subject import Subject
from npwheel.core.errors import NotChecked, NpwheelError
from npwheel.core.tags import parse_platform
from npwheel.numpy_releases import table
from npwheel.wheel import open_wheel


@dataclass(frozen=True)
class Need:
    """One pinned wheel that requires or uses NumPy: on which releases it loads."""

    pin: str
    file: str
    releases: tuple[str, ...]
    reason: str = ""


@dataclass(frozen=True)
class CommonNumpy:
    """environment: for which it was asked. locked: the pinned NumPy, "" for none.

    releases: those on which all load. conflicts: pairs of pins without a common release.
    unread: (pin, why) of what could not be judged.
    """

    environment: str
    locked: str
    needs: tuple[Need, ...]
    releases: tuple[str, ...]
    available: tuple[str, ...]
    conflicts: tuple[tuple[str, str], ...]
    unread: tuple[tuple[str, str], ...]

    @property
    def constraint(self) -> str:
        """A line for a constraints file; "" where no release is left."""
        return constraint(self.releases, self.available)


def judged(pins: Iterable[Pin], platform: str, python: str) -> CommonNumpy:
    """Fetch the pinned wheels by their hashes, and read them. Nothing of them runs."""
    target = parse_platform(platform)
    if target is None:
        raise NotChecked(f"{platform} is not a platform tag of Linux")
    where = Environment(python, target.libc, target.arch)
    available = tuple(table.releases(python, target.libc, target.arch))
    needs: list[Need] = []
    unread: list[tuple[str, str]] = []
    locked = ""
    for pin in pins:
        if not pin.applies(python, target.arch):
            continue
        if pin.release is None:
            unread.append((pin.name, "not pinned to one version"))
        elif canonicalize_name(pin.name) == "numpy":
            locked = str(pin.release.version)
        else:
            try:
                need, doubt = _need(pin, platform, where, available)
            except NpwheelError as error:
                need, doubt = None, error.what
            needs += [need] if need else []
            unread += [(str(pin.release), doubt)] if doubt else []
    left = [r for r in available if all(r in need.releases for need in needs)]
    if not available:
        unread.append((str(where), "no NumPy wheels are known for it"))
    pairs = [
        (a.pin, b.pin)
        for a, b in combinations(needs, 2)
        if a.releases and b.releases and not set(a.releases) & set(b.releases)
    ]
    alone = [(need.pin, need.reason or "no NumPy") for need in needs if not need.releases]
    return CommonNumpy(
        str(where), locked, tuple(needs), tuple(left), available, (*pairs, *alone), tuple(unread)
    )


def _need(
    pin: Pin, platform: str, where: Environment, available: Sequence[str]
) -> tuple[Need | None, str]:
    assert pin.release is not None
    (path,) = fetch.wheels(pin.release, [platform], where.python, pin.hashes)
    with open_wheel(path) as source:
        subject = collect_facts(source, lambda *_: None)
    return needed(str(pin.release), path, subject, where, available)


def needed(
    pin: str, path: Path, subject: Subject, where: Environment, available: Sequence[str]
) -> tuple[Need | None, str]:
    """Return (the releases on which a wheel loads and that its metadata admits, what is unread).

    What could not be read may refuse more of them. None where it has nothing to do with NumPy.
    """
    using = [m for m in subject.modules if m.numpy.binding != "none"]
    declared, optional = declared_for(subject.metadata, where)
    if optional:
        declared = None
    unclear = [*subject.unclear, *{"numpy"} & subject.metadata.unclear]
    doubt = f"{unclear[0]} could not be read" if unclear else ""
    if not using and declared is None:
        return None, doubt
    checking = sum(m.numpy.checks for m in using)
    releases, first = [], ""
    for release in available:
        refused = [f"{m.file}: {why}" for m in using if (why := refusal(m.numpy, release))]
        if refused and not (checking >= OUTLIER_OF and len(refused) == 1):
            first = first or refused[0]
        elif declared is None or declared.contains(release):
            releases.append(release)
    reason = first or (f"metadata requires numpy{declared}" if declared else "")
    return Need(pin, path.name, tuple(releases), reason), doubt


def constraint(releases: Sequence[str], available: Sequence[str]) -> str:
    """Return "numpy>=1.26.0,<2.3": the releases as bounds, holes among them excluded."""
    if not releases:
        return ""
    known = [r for r in available if table.key(releases[0]) <= table.key(r)]
    above = [r for r in known if table.key(r) > table.key(releases[-1])]
    if above:
        upper = above[0]
    else:  # releases of the newest minor keep its ABI; what comes later is not known
        major, minor = table.key(releases[-1])[:2]
        upper = f"{major}.{minor + 1}"
    holes = [r for r in known if r not in releases and r not in above]
    return f"numpy>={releases[0]},<{upper}" + "".join(f",!={release}" for release in holes)
