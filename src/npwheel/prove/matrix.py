"""Which cells the matrix has, and which of them cannot run: decided before anything starts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from npwheel.core.index import IndexFile
from npwheel.core.tags import installable, platform_tags, python_tags
from npwheel.core.wheel_selection import admitted, newest_prerelease, range_for
from npwheel.prove import packaged_numpy
from npwheel.prove.candidates import CandidateWheel, best
from npwheel.prove.dependencies import numpy_bound
from npwheel.prove.questions import Question
from npwheel.prove.systems import Cpu, System

# What users pin to this day: the NumPy of the Dataproc generation of images.
PINNED = "1.20.3"
LOWEST, NEWEST, WITH_SCIPY = "lowest", "newest", "with scipy"
DISTRIBUTION = "distribution"  # the NumPy that the system ships
COLUMNS = (LOWEST, PINNED, NEWEST, WITH_SCIPY, DISTRIBUTION)
NEXT = "next"  # the newest pre-release, a column that is asked for


@dataclass(frozen=True)
class PlannedProof:
    """A wheel under one Python and one NumPy in a system; `reason` where it cannot run."""

    system: str
    python: str
    column: str  # of COLUMNS; or the name of a CPU or of a case
    project: str
    numpy: str | None = None
    wheel: CandidateWheel | None = None
    scipy: str | None = None
    package: str = ""  # of the distribution's NumPy, in its column
    cpu: str | None = None
    case: Question | None = None  # where it needs more than a cell of the matrix gives
    reason: str = ""

    @property
    def where(self) -> str:
        """The `where` of its proof in the record."""
        if self.cpu:
            return f"{self.system} on {self.cpu}"
        if self.column == WITH_SCIPY:
            return f"{self.system} {WITH_SCIPY} {self.scipy or ''}".rstrip()
        if self.package:
            return f"{self.system} with {self.package}"
        return f"{self.system} for {self.case.name}" if self.case else self.system

    @property
    def key(self) -> tuple[str | None, ...]:
        """What one proof serves: cells with the same key run once."""
        # SciPy's own bound may lower its NumPy when the cell runs, and a distribution may
        # have updated its own.
        numpy = None if self.column in (WITH_SCIPY, DISTRIBUTION) else self.numpy
        return (self.project, self.where, self.python, numpy)


@dataclass(frozen=True)
class IndexFiles:
    """The files of NumPy and SciPy on the index, and what distributions package.

    packaged: system -> version of its NumPy package ("1:2.2.4+ds-1"), as far as it is known.
    following: those among which NEXT is looked for; None where the column is not asked for.
    """

    numpy: Sequence[IndexFile]
    scipy: Sequence[IndexFile]
    following: Sequence[IndexFile] | None = None
    packaged: Mapping[str, str] = field(default_factory=dict)


def plan(
    systems: Sequence[System],
    cpus: Sequence[Cpu],
    cases: Sequence[Question],
    wheels: Sequence[CandidateWheel],
    index: IndexFiles,
) -> tuple[PlannedProof, ...]:
    """Every cell of every system, each project's wheels apart; none is left out."""
    cells: list[PlannedProof] = []
    for project in dict.fromkeys(wheel.project for wheel in wheels):
        own = [wheel for wheel in wheels if wheel.project == project]
        for system in systems:
            for python in system.pythons:
                base = _Base(system, python, project, own, index)
                cells += base.columns()
                cells += (cell for cpu in cpus for cell in base.on(cpu))
                cells += (cell for case in cases for cell in base.of(case))
    return tuple(cells)


class _Base:
    """One Python of one system: its wheel and the NumPys that it can have."""

    def __init__(
        self,
        system: System,
        python: str,
        project: str,
        wheels: Sequence[CandidateWheel],
        index: IndexFiles,
    ) -> None:
        self.system, self.python = system, python
        self.index = index
        platforms = platform_tags(system.libc, system.libc_version, system.arch)
        self.tags = python_tags(python, platforms)
        self.wheel = best(wheels, python, installable(python, platforms))
        self.empty = PlannedProof(system.name, python, "", project, wheel=self.wheel)
        self.range: tuple[str, str] | None = None
        if self.wheel is None:
            held = ", ".join(wheel.platforms for wheel in wheels)
            self.reason = f"no wheel that this Python and system take; there are {held}"
            return
        self.bound = numpy_bound(self.wheel.path, python, system.arch)
        self.numpys = admitted(index.numpy, self.bound)
        self.range = range_for(self.numpys, python, self.tags)
        asked = f" {self.bound}" if str(self.bound) else ""
        self.reason = "" if self.range else f"no NumPy{asked} wheel for this Python and system"

    def columns(self) -> Iterator[PlannedProof]:
        """The cells of COLUMNS, and of NEXT."""
        yield from self.of_index()
        yield self.distribution()

    def of_index(self) -> Iterator[PlannedProof]:
        """Those whose NumPy comes from the index."""
        if self.range is None:
            asked = () if self.index.following is None else (NEXT,)
            for column in (LOWEST, PINNED, NEWEST, WITH_SCIPY, *asked):
                numpy = PINNED if column == PINNED else None
                yield replace(self.empty, column=column, numpy=numpy, reason=self.reason)
            return
        lowest, newest = self.range
        yield replace(self.empty, column=LOWEST, numpy=lowest)
        yield self._numpy(PINNED, PINNED)
        yield replace(self.empty, column=NEWEST, numpy=newest)
        scipy = range_for(self.index.scipy, self.python, self.tags)
        yield replace(
            self.empty,
            column=WITH_SCIPY,
            numpy=newest,
            scipy=scipy[1] if scipy else None,
            reason="" if scipy else "no SciPy wheel for this Python and system",
        )
        if self.index.following is not None:
            yield self._next(self.index.following, newest)

    def _next(self, files: Sequence[IndexFile], newest: str) -> PlannedProof:
        """The cell of the newest pre-release."""
        numpy = newest_prerelease(files, self.python, self.tags, newest)
        reason = ""
        if numpy is None:
            reason = f"no pre-release of NumPy newer than {newest} for this Python and system"
        elif not self.bound.contains(numpy, prereleases=True):
            reason = f"the wheel requires numpy{self.bound}"
        return replace(self.empty, column=NEXT, numpy=numpy, reason=reason)

    def distribution(self) -> PlannedProof:
        """The cell with the NumPy that the system ships."""
        own = self.system.numpy
        empty = replace(self.empty, column=DISTRIBUTION, package=own.package if own else "")
        if self.wheel is None:
            return replace(empty, reason=self.reason)
        if own is None:
            return replace(empty, reason="this system ships no NumPy for its Pythons")
        if own.python != self.python:
            return replace(empty, reason=f"{own.package} is for Python {own.python}")
        version = self.index.packaged.get(self.system.name, "")
        numpy = packaged_numpy.release(version) or None
        reason = packaged_numpy.refused(own.package, version, self.bound)
        return replace(empty, numpy=numpy, reason=reason)

    def on(self, cpu: Cpu) -> Iterator[PlannedProof]:
        """The cells of an emulated CPU: lowest and newest NumPy, since baselines differ."""
        if cpu.system != self.system.name or self.python != self.system.pythons[0]:
            return
        numpys: tuple[str | None, ...] = tuple(dict.fromkeys(self.range or (None,)))
        for numpy in numpys:
            yield replace(
                self.empty, column=cpu.name, cpu=cpu.name, numpy=numpy, reason=self.reason
            )

    def of(self, case: Question) -> Iterator[PlannedProof]:
        """The cell that a case needs of this Python."""
        if (
            self.system.name not in case.systems
            or self.python not in (case.pythons or self.system.pythons)
            or self.empty.project not in (case.projects or (self.empty.project,))
        ):
            return
        numpy = case.numpy
        if self.range and numpy in (LOWEST, NEWEST):
            numpy = self.range[0 if numpy == LOWEST else 1]
        cell = self._numpy(case.name, numpy)
        yield replace(cell, case=case if case.apart else None)

    def _numpy(self, column: str, numpy: str) -> PlannedProof:
        """A cell with one release of NumPy, or why it cannot be had."""
        reason = self.reason
        if not reason:
            files = [file for file in self.index.numpy if str(file.version) == numpy]
            if not self.bound.contains(numpy):
                reason = f"the wheel asks for numpy{self.bound}"
            elif range_for(files, self.python, self.tags) is None:
                reason = f"numpy {numpy} has no wheel for this Python and system"
        return replace(self.empty, column=column, numpy=numpy, reason=reason)
