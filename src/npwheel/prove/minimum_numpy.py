"""Where the lowest NumPy that a wheel promises does not hold: the lowest that does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from packaging.tags import Tag
from packaging.version import Version

from npwheel.core.index import IndexFile
from npwheel.core.wheel_selection import range_for
from npwheel.prove import dependencies
from npwheel.prove.proof import PASS, Proof, ProofRequest


class ProvableWheel(Protocol):
    """A wheel whose minimum NumPy is searched."""

    def admitted(self, python: str) -> list[IndexFile]:
        """Return the NumPy files that its metadata admits on a Python."""

    def tags(self, python: str) -> tuple[Tag, ...]:
        """Return the tags that a Python installs, best first."""

    def wanted(self, python: str, numpy: str | None, want: str) -> ProofRequest | str:
        """Return a proof to run, or why it cannot be run."""


def minors(files: Sequence[IndexFile], python: str, tags: Sequence[Tag]) -> list[str]:
    """The first release of each minor series that has a wheel, old to new."""
    series: dict[tuple[int, ...], list[IndexFile]] = {}
    for file in files:
        if file.version is not None:
            series.setdefault(file.version.release[:2], []).append(file)
    found = (range_for(entries, python, tags) for _, entries in sorted(series.items()))
    return [first for first, _ in filter(None, found)]


def search(
    candidate: ProvableWheel, proofs: Sequence[Proof], run: Callable[[ProofRequest], Proof]
) -> tuple[Proof, str] | None:
    """(the proof that failed at its lowest NumPy, the lowest NumPy that holds).

    None where no Python holds at its newest and fails at its lowest. By bisection
    over the first releases of each minor series: a NumPy that holds is taken to
    mean that all newer ones do.
    """
    ends: dict[str, list[Proof]] = {}
    for proof in proofs:
        if proof.numpy is not None:
            ends.setdefault(proof.python, []).append(proof)
    for python, own in ends.items():
        own.sort(key=lambda proof: Version(proof.numpy or "0"))
        if len(own) != 2 or own[0].outcome == PASS or own[1].outcome != PASS:
            continue
        known = minors(candidate.admitted(python), python, candidate.tags(python))
        low, high = -1, len(known)  # known[low] fails, known[high] holds
        while high - low > 1:
            middle = (low + high) // 2
            wanted = candidate.wanted(python, known[middle], dependencies.LOWEST)
            holds = isinstance(wanted, ProofRequest) and run(wanted).outcome == PASS
            low, high = (low, middle) if holds else (middle, high)
        return own[0], known[high] if high < len(known) else str(own[1].numpy)
    return None
