"""The whole of `npwheel prove`: plan, run, answer, record."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from npwheel.containers import engine, host_requirements
from npwheel.containers.engine import Engine
from npwheel.core import index, paths
from npwheel.core.index import IndexFile
from npwheel.core.progress import Progress
from npwheel.core.regular_files import read_text
from npwheel.core.requirements import Release
from npwheel.prove import (
    candidates,
    matrix,
    packaged_numpy,
    published,
    questions,
    record_update,
    systems,
)
from npwheel.prove.candidates import CandidateWheel
from npwheel.prove.execute import Key, SystemRun, idle, run
from npwheel.prove.matrix import IndexFiles, PlannedProof
from npwheel.prove.proof import Proof
from npwheel.prove.questions import Question
from npwheel.prove.record import NAME
from npwheel.prove.result import ProvenWheel, ProveResult
from npwheel.prove.systems import Cpu, System

_BENCHMARKS = 1 << 20  # bytes of bench.json
NOT_ASKED = "not asked for in this run, and not recorded before"


@dataclass(frozen=True)
class ProveOptions:
    """The command line of `npwheel prove`, understood."""

    wheels: tuple[Path, ...] = ()
    releases: tuple[Release, ...] = ()  # published ones
    systems: tuple[str, ...] = ()  # names; () for all, unless CPUs are named
    cpus: tuple[str, ...] = ()  # names; () for all, unless systems are named
    images: str = "auto"  # "auto", "official" or "local"
    setup: bool = False
    engine: str | None = None
    jobs: int = 0  # systems side by side; 0: as many as there are cores
    test: str = ""  # shell command instead of the project's own
    following: bool = False  # a column with the newest pre-release of NumPy
    nightly: str = ""  # the address of an index with newer ones
    run: bool = True  # False: only what the record has


@dataclass(frozen=True)
class _Asked:
    """Which systems and CPUs a run is for."""

    systems: frozenset[str]
    cpus: frozenset[str]

    def __contains__(self, cell: object) -> bool:
        assert isinstance(cell, PlannedProof)
        return cell.cpu in self.cpus if cell.cpu else cell.system in self.systems


def prove(options: ProveOptions, progress: Progress) -> ProveResult:
    """Run every cell that was asked for and record it; the others come from the record.

    Raises RecordError when a wheel is not the recorded one, EngineError without an
    engine, PlanError when the index cannot be read; no single system's trouble.
    """
    known, cpus = systems.load()
    asked = _asked(options, known, cpus)
    named = questions.cases()
    fetched: list[Path] = []
    if options.releases:
        # Only the wheels of these systems are fetched, so nothing is said of the others.
        used = asked.systems | {cpu.system for cpu in cpus if cpu.name in asked.cpus}
        known = tuple(entry for entry in known if entry.name in used) or known
        names = {entry.name for entry in known}
        cpus = tuple(cpu for cpu in cpus if cpu.system in names)
        named = tuple(case for case in named if names.issuperset(case.systems))
        for release in options.releases:
            progress.step("", f"fetching {release}")
            fetched += published.wheels(release, known)
    proven = tuple(candidates.load(path) for path in (*options.wheels, *fetched))
    folders: dict[Path, list[CandidateWheel]] = {}
    for wheel in proven:
        folders.setdefault(wheel.path.resolve().parent, []).append(wheel)
    entries = _entries(folders)
    progress.step("", "reading the index")
    files = IndexFiles(
        index.files("numpy"),
        index.files("scipy"),
        _following(options),
        packaged_numpy.expected(known),
    )
    planned = matrix.plan(known, cpus, named, proven, files)
    logs = paths.writable_cache("logs", f"prove-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}")
    wanted = [cell for cell in planned if cell in asked]
    fresh = {cell.key: idle(cell, cell.reason) for cell in wanted}
    if not all(cell.reason for cell in wanted):
        working = _engine(options, logs, progress)
        runs = [
            SystemRun(
                system=entry,
                cells=[cell for cell in wanted if cell.system == entry.name],
                cpus={cpu.name: cpu for cpu in cpus},
                index=files,
                engine=working,
                images=options.images,
                setup=options.setup,
                test=options.test,
                log=logs / f"{entry.name}.log",
                progress=progress,
            )
            for entry in known
            if any(cell.system == entry.name for cell in wanted)
        ]
        try:
            fresh = run(runs, options.jobs)
        finally:
            working.remove_containers()
    found = _all(planned, fresh, entries)
    answers = _answers(named, found, entries)
    for folder, own in folders.items():
        if (folder / NAME).exists():
            record_update.add(folder, own, _by_wheel(folder, found, answers, fresh))
    entries = _entries(folders)
    return ProveResult(
        known,
        cpus,
        tuple(ProvenWheel(w, entries.get(w.path.resolve())) for w in proven),
        found,
        tuple((case, project, proof) for case, project, proof, _ in answers),
        logs,
        _benchmarks(proven[0].path.parent),
    )


def _following(options: ProveOptions) -> tuple[IndexFile, ...] | None:
    """The files among which the next NumPy is looked for; None where it was not asked for."""
    if not (options.following or options.nightly):
        return None
    more = index.files("numpy", options.nightly) if options.nightly else ()
    return (*index.files("numpy"), *more)


def _entries(folders: Mapping[Path, Sequence[CandidateWheel]]) -> dict[Path, dict[str, Any]]:
    """Wheel -> its entry in the record of its folder, where it has one. Raises RecordError."""
    return {
        folder / name: entry
        for folder, own in folders.items()
        for name, entry in record_update.recorded(folder, own).items()
    }


def _benchmarks(folder: Path) -> dict[str, Any]:
    """What benchmarks left beside the wheels; {} where there is nothing to be read."""
    try:
        data = json.loads(read_text(folder / "bench.json", _BENCHMARKS))
    except (OSError, ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def _asked(options: ProveOptions, known: Sequence[System], cpus: Sequence[Cpu]) -> _Asked:
    """Naming only systems leaves CPUs out, and the other way round."""
    if not options.run:
        return _Asked(frozenset(), frozenset())
    chosen = {entry.name for entry in systems.choose(known, options.systems, "system")}
    shown = {entry.name for entry in systems.choose(cpus, options.cpus, "CPU")}
    if options.cpus and not options.systems:
        chosen = set()
    if options.systems and not options.cpus:
        shown = set()
    return _Asked(frozenset(chosen), frozenset(shown))


def _engine(options: ProveOptions, logs: Path, progress: Progress) -> Engine:
    with (logs / "setup.log").open("w", encoding="utf-8") as log:
        working = host_requirements.find_engine(
            options.engine, log, partial(progress.step, ""), install=options.setup
        )
    progress.note(f"engine: {engine.describe(working)}")
    return working


def _all(
    planned: Sequence[PlannedProof],
    fresh: Mapping[Key, Proof],
    entries: Mapping[Path, Mapping[str, Any]],
) -> tuple[tuple[PlannedProof, Proof], ...]:
    """Every planned cell with its proof: of this run, else recorded, else not run."""
    found = []
    for cell in planned:
        proof = fresh.get(cell.key)
        if proof is None and cell.wheel is not None:
            entry = entries.get(cell.wheel.path.resolve(), {})
            proof = _recorded(cell, entry.get("proofs", ()))
        found.append((cell, proof or idle(cell, cell.reason or NOT_ASKED)))
    return tuple(found)


def _recorded(cell: PlannedProof, proofs: Sequence[Mapping[str, Any]]) -> Proof | None:
    for data in proofs:
        proof = Proof.from_json(data)
        same = (proof.where, proof.python, proof.name) == (cell.where, cell.python, "")
        # SciPy's own bound may have lowered its NumPy, and a package may have been updated.
        if same and (cell.scipy or cell.package or proof.numpy == cell.numpy):
            return proof
    return None


_Answer = tuple[Question, str, Proof, CandidateWheel | None]


def _answers(
    named: Sequence[Question],
    found: Sequence[tuple[PlannedProof, Proof]],
    entries: Mapping[Path, Mapping[str, Any]],
) -> list[_Answer]:
    answers: list[_Answer] = []
    for project in dict.fromkeys(cell.project for cell, _ in found):
        for case in named:
            if case.projects and project not in case.projects:
                continue
            own = [(c, p) for c, p in found if (c.project, c.column) == (project, case.name)]
            wheel = next((cell.wheel for cell, _ in own if cell.wheel), None)
            built = _built(wheel, [p for _, p in own], entries)
            answers.append(
                (case, project, questions.answer(case, [p for _, p in own], built), wheel)
            )
    return answers


def _built(
    wheel: CandidateWheel | None,
    proofs: Sequence[Proof],
    entries: Mapping[Path, Mapping[str, Any]],
) -> str | None:
    """The NumPy that a wheel was built against: as recorded, else as its own test says."""
    if wheel is None:
        return None
    entry = entries.get(wheel.path.resolve(), {})
    return entry.get("numpy", {}).get("built") or next(filter(None, map(_said, proofs)), None)


def _said(proof: Proof) -> str | None:
    """The NumPy whose headers were compiled in, as npwheel-probe tells it; None for others."""
    api = proof.facts.get("api")
    return str(api["header_release"]) if isinstance(api, dict) and "header_release" in api else None


def _by_wheel(
    folder: Path,
    found: Sequence[tuple[PlannedProof, Proof]],
    answers: Sequence[_Answer],
    fresh: Mapping[Key, Proof],
) -> dict[str, list[Proof]]:
    """Wheel file -> what this run found out about it."""
    proofs: dict[str, dict[tuple[Any, ...], Proof]] = {}

    def keep(wheel: CandidateWheel | None, proof: Proof) -> None:
        if wheel is not None and wheel.path.resolve().parent == folder:
            key = (proof.where, proof.python, proof.numpy, proof.name)
            proofs.setdefault(wheel.path.name, {})[key] = proof

    for cell, proof in found:
        if cell.key in fresh:
            keep(cell.wheel, proof)
    for case, project, proof, wheel in answers:
        mine = [c for c, _ in found if (c.project, c.column) == (project, case.name)]
        if any(cell.key in fresh for cell in mine):
            keep(wheel, proof)
    return {name: list(own.values()) for name, own in proofs.items()}
