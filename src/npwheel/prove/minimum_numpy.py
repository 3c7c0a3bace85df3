"""Where the lowest NumPy that a wheel promises fails: what to blame, the lowest that passes."""

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


def broken_promise(proofs: Sequence[Proof]) -> Proof | None:
    """Return the proof of a Python that fails at its lowest NumPy and passes at its newest."""
    ends: dict[str, list[Proof]] = {}
    for proof in proofs:
        if proof.numpy is not None:
            ends.setdefault(proof.python, []).append(proof)
    for own in ends.values():
        own.sort(key=lambda proof: Version(proof.numpy or "0"))
        if len(own) == 2 and own[0].outcome != PASS and own[1].outcome == PASS:
            return own[0]
    return None


def other_requirements(
    candidate: ProvableWheel, failed: Proof, run: Callable[[ProofRequest], Proof]
) -> tuple[str, ...]:
    """Return the lowest of its other requirements, where these are to blame, not NumPy.

    They are, if the same NumPy passes with their newest.
    """
    low = candidate.wanted(failed.python, failed.numpy, dependencies.LOWEST)
    high = candidate.wanted(failed.python, failed.numpy, dependencies.HIGHEST)
    if not (isinstance(low, ProofRequest) and isinstance(high, ProofRequest)):
        return ()
    differ = tuple(name for name in low.requirements if name not in high.requirements)
    return differ if differ and run(high).outcome == PASS else ()


def search(
    candidate: ProvableWheel, failed: Proof, newest: str, run: Callable[[ProofRequest], Proof]
) -> str:
    """Return the lowest NumPy that passes on the Python of a broken promise.

    By bisection over the first releases of each minor series, with the newest of all other
    requirements: a NumPy that passes is taken to mean that all newer ones do.
    newest: the one that is known to pass.
    """
    python = failed.python
    known = minors(candidate.admitted(python), python, candidate.tags(python))
    low, high = -1, len(known)  # known[low] fails, known[high] passes
    while high - low > 1:
        middle = (low + high) // 2
        wanted = candidate.wanted(python, known[middle], dependencies.HIGHEST)
        passes = isinstance(wanted, ProofRequest) and run(wanted).outcome == PASS
        low, high = (low, middle) if passes else (middle, high)
    return known[high] if high < len(known) else newest
