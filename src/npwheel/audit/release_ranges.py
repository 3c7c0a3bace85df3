"""Releases and environments as a person reads them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from npwheel.audit.numpy_verdicts import NumpyVerdict


def ranges(chosen: Iterable[str], among: Sequence[str]) -> str:
    """ "1.20.0 to 1.22.4, 2.0.0": neighbours in `among` are drawn together."""
    wanted = frozenset(chosen)
    pieces: list[str] = []
    start = last = ""
    for release in (*among, ""):
        if release in wanted:
            start, last = start or release, release
        elif start:
            pieces.append(start if start == last else f"{start} to {last}")
            start = ""
    return ", ".join(pieces)


def by_environment(refused: Mapping[NumpyVerdict, Sequence[str]]) -> str:
    """ "on Python 3.9 (glibc x86_64) 2.0.0 to 2.0.2; on Python 3.10 …", equal ones together."""
    groups: dict[tuple[str, str], list[str]] = {}
    for verdict, releases in refused.items():
        environment = verdict.environment
        where = f"{environment.libc} {environment.arch}"
        key = (ranges(releases, verdict.available), where)
        groups.setdefault(key, []).append(environment.python)
    return "; ".join(
        f"{text} on Python {', '.join(pythons)} ({where})"
        for (text, where), pythons in groups.items()
    )


def reasons(verdict: NumpyVerdict, releases: Sequence[str], most: int = 3) -> str:
    """Which modules refuse, and why, by the first of the releases."""
    why = verdict.refusals[releases[0]]
    named = [f"{path}: {reason}" for path, reason in sorted(why.items())]
    more = f"; and {len(named) - most} more" if len(named) > most else ""
    return "; ".join(named[:most]) + more
