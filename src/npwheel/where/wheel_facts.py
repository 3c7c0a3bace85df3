"""What a wheel's content shows for a machine, by the audit: on which NumPy it loads, and whether.

A wheel of which only the name is known shows nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from npwheel.audit.collect_facts import collect_facts
from npwheel.audit.environments import Environment
from npwheel.audit.loading import LoadingSystem, Obstacles, obstacles
from npwheel.audit.subject import Subject
from npwheel.wheel import open_wheel
from npwheel.where.candidates import Candidate
from npwheel.where.machines import PlaceMachine

_SHOWN = 3  # reasons for one machine


@cache
def subject_of(path: Path) -> Subject:
    """Return the facts of a wheel that the audit reads."""
    with open_wheel(path) as source:
        return collect_facts(source, lambda _done, _total: None)


def loads(candidate: Candidate, machine: PlaceMachine, release: str) -> bool:
    """Does the wheel load on this NumPy release there, as far as its modules tell?"""
    if candidate.path is None:
        return True
    there = Environment(machine.minor, machine.libc, machine.arch)
    verdict = next((v for v in subject_of(candidate.path).verdicts if v.environment == there), None)
    return verdict is None or release not in verdict.refused


def doubt(candidate: Candidate) -> str:
    """Why nobody can say on which NumPy it loads; "" where it was read or is not at hand."""
    if candidate.path is None:
        return ""
    unread = subject_of(candidate.path).unclear
    return f"{unread[0]} could not be read" if unread else ""


def heed(candidate: Candidate, machine: PlaceMachine) -> Sequence[str]:
    """Why a wheel that installs there does not import."""
    return _obstacles(candidate, machine, min(machine.place.page_kib, default=0)).fatal[:_SHOWN]


def sometimes(candidate: Candidate, machine: PlaceMachine) -> Sequence[str]:
    """Why a part of it does not import, or all on the machines with the larger pages."""
    found = _obstacles(candidate, machine, max(machine.place.page_kib, default=0))
    return (*found.fatal, *found.partly)[:_SHOWN]


def _obstacles(candidate: Candidate, machine: PlaceMachine, page_kib: int) -> Obstacles:
    if candidate.path is None:
        return Obstacles()
    there = LoadingSystem(
        machine.minor, machine.libc, machine.libc_version, machine.arch, page_kib * 1024
    )
    return _on(candidate.path, there)


@cache
def _on(path: Path, system: LoadingSystem) -> Obstacles:
    return obstacles(subject_of(path), system)
