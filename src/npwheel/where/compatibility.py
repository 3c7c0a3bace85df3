"""Wheels × machines -> answers: it runs, it runs with care, it does not, or nobody can say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from packaging.specifiers import SpecifierSet
from packaging.tags import Tag
from packaging.version import Version

from npwheel.core.requirements import admits_python
from npwheel.core.tags import NEWEST_LIBC
from npwheel.core.wheel_selection import by_preference
from npwheel.where import pips
from npwheel.where.candidates import Candidate
from npwheel.where.installed_numpy import InstalledNumpy, there
from npwheel.where.machines import PlaceMachine, foreign, renewed, tags, taken

RUNS, CARE, NO, UNKNOWN = "runs", "with care", "no", "unknown"


class Content(Protocol):
    """What is known of wheels beyond names and metadata: `npwheel.where.wheel_facts`."""

    def loads(self, candidate: Candidate, machine: PlaceMachine, release: str) -> bool:
        """Does it load beside that NumPy release there?"""

    def doubt(self, candidate: Candidate) -> str:
        """Why that cannot be said, or ""."""

    def heed(self, candidate: Candidate, machine: PlaceMachine) -> Sequence[str]:
        """Reasons why a wheel that installs there does not import."""

    def sometimes(self, candidate: Candidate, machine: PlaceMachine) -> Sequence[str]:
        """Reasons why it does not import on some machines of that place."""


@dataclass(frozen=True)
class Answer:
    """What one machine does with the wheels. reasons: why not, or what to heed."""

    machine: PlaceMachine
    outcome: str
    file: str = ""
    reasons: tuple[str, ...] = ()
    numpy: InstalledNumpy | None = None


def answer(
    candidates: Sequence[Candidate], machines: Iterable[PlaceMachine], content: Content
) -> list[Answer]:
    """An answer for each machine.

    The candidates are wheels of one project; each machine takes the one that its pip
    ranks first.
    """
    return [_one(candidates, machine, content) for machine in machines]


def _one(candidates: Sequence[Candidate], machine: PlaceMachine, content: Content) -> Answer:  # noqa: PLR0911  (one return a reason)
    if not machine.libc:
        # What is missing under every libc is missing here.
        every = [_one(candidates, replace(machine, libc=kind), content) for kind in NEWEST_LIBC]
        if all(found.outcome == NO for found in every):
            return replace(every[0], machine=machine)
        return Answer(machine, UNKNOWN, reasons=("the libc of this place is not known",))
    if not machine.libc_version:
        at_best = _one(candidates, renewed(machine), content)
        if at_best.outcome == NO:
            return replace(at_best, machine=machine)
        reason = f"which {machine.libc} this place has is not known"
        return Answer(machine, UNKNOWN, at_best.file, (reason,))
    best = _best(candidates, taken(machine), machine)
    if best is None:
        return Answer(machine, NO, reasons=(_why_not(candidates, machine),))
    broken = tuple(content.heed(best, machine))
    if broken:
        return Answer(machine, NO, best.file, broken)
    doubt = content.doubt(best)
    if doubt:
        return Answer(machine, UNKNOWN, best.file, (doubt,))
    if best.project == "numpy" or not any(r.name.lower() == "numpy" for r in best.requires):
        reasons = tuple(content.sometimes(best, machine))
        return Answer(machine, CARE if reasons else RUNS, best.file, reasons)
    return _with_numpy(best, machine, content)


def _with_numpy(best: Candidate, machine: PlaceMachine, content: Content) -> Answer:
    """The answer for a wheel that installs: which NumPy comes beside it?"""
    bound = best.bound(machine.full_python, machine.arch)
    numpy = there(machine, bound, lambda release: content.loads(best, machine, release))
    plain = there(machine, bound)
    if not numpy.wheel:
        reason = f"no NumPy that it admits ({bound or 'any'}) has a wheel there"
        if plain.wheel:
            reason = f"its metadata admits NumPy {bound or 'of any release'}, but it loads on none"
        return Answer(machine, NO, best.file, (reason,), numpy)
    reasons = [*content.sometimes(best, machine)]
    if plain.wheel != numpy.wheel:
        reasons.append(
            f"pip installs NumPy {plain.chosen}, on which it does not load; "
            f"`numpy=={numpy.wheel}` works"
        )
    elif plain.compiled:
        reasons.append(
            f"pip compiles NumPy {plain.chosen}; `--only-binary numpy` gets {numpy.wheel}"
        )
    return Answer(machine, CARE if reasons else RUNS, best.file, tuple(reasons), numpy)


def _best(
    candidates: Iterable[Candidate], accepted: Sequence[Tag], machine: PlaceMachine
) -> Candidate | None:
    """The wheel that an installer with these tags takes, by Requires-Python too."""
    admitted = [c for c in candidates if admits_python(c.requires_python, machine.full_python)]
    return next(iter(by_preference(admitted, accepted)), None)


def _why_not(candidates: Sequence[Candidate], machine: PlaceMachine) -> str:
    """The one thing whose change would help most: pip, libc release, Python, or the machine."""
    found = _best(candidates, tags(machine), machine)
    if found:
        fitting = found.tags & frozenset(tags(machine))
        needed = min((pips.first(tag.platform, foreign(machine)) for tag in fitting), key=Version)
        return f"pip {machine.pip} is too old for its tag: pip {needed} or newer takes it"
    found = _best(candidates, tags(renewed(machine)), machine)
    if found:
        return f"needs {machine.libc} {_libc_of(found, machine)}, this is {machine.libc_version}"
    for candidate in candidates:
        if not admits_python(candidate.requires_python, machine.full_python):
            lax = [replace(c, requires_python=SpecifierSet()) for c in candidates]
            if _best(lax, tags(renewed(machine)), machine):
                return f"requires Python {candidate.requires_python}, this is {machine.python}"
    platforms = {tag.platform for candidate in candidates for tag in candidate.tags}
    accepted = {tag.platform for tag in tags(renewed(machine))}
    if platforms & accepted:
        fitting = frozenset(t for c in candidates for t in c.tags if t.platform in accepted)
        return f"no wheel for Python {machine.minor} (it has {_pythons(fitting)})"
    if not any(p.endswith(f"_{machine.arch}") for p in platforms):
        bits = ", which is 32-bit" if machine.is_32bit else ""
        return f"no wheel for {machine.arch}{bits}"
    kind = "musllinux" if machine.libc == "musl" else "manylinux"
    return f"no {kind} wheel for {machine.arch}"


def _libc_of(candidate: Candidate, machine: PlaceMachine) -> str:
    """The oldest libc release that one of its platform tags asks for on this architecture."""
    accepted = [
        tag.platform.removesuffix(f"_{machine.arch}")
        for tag in tags(renewed(machine))
        if tag in candidate.tags
    ]
    return accepted[-1].split("_", 1)[-1].replace("_", ".") if accepted else "of a newer release"


def _pythons(fitting: Iterable[Tag]) -> str:
    """ "cp39 cp310-abi3": what wheels with these tags are for."""
    found = {
        tag.interpreter + ("-abi3" if tag.abi == "abi3" else "t" if tag.abi.endswith("t") else "")
        for tag in fitting
        if not tag.interpreter.startswith("pp")
    }
    return " ".join(sorted(found, key=lambda text: (len(text.rstrip("t")), text)))
