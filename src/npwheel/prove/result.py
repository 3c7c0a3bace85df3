"""What a run of proofs gives: every cell with its proof, and the answers of the cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from npwheel.prove import candidates, record
from npwheel.prove.candidates import CandidateWheel
from npwheel.prove.matrix import COLUMNS, NEXT, PlannedProof
from npwheel.prove.proof import FAIL, NOT_RUN, PASS, Proof
from npwheel.prove.questions import Question
from npwheel.prove.systems import Cpu, System

SCHEMA_VERSION = 2  # 2: `system` and `systems` were `home` and `homes`


@dataclass(frozen=True)
class ProvenWheel:
    """A wheel with its entry in the record, where there is one."""

    wheel: CandidateWheel
    record: dict[str, Any] | None


@dataclass(frozen=True)
class ProveResult:
    """The whole matrix. `cells` holds each planned cell once, in the order of the plan."""

    systems: tuple[System, ...]
    cpus: tuple[Cpu, ...]
    wheels: tuple[ProvenWheel, ...]
    cells: tuple[tuple[PlannedProof, Proof], ...]
    answers: tuple[tuple[Question, str, Proof], ...]  # case, project, proof
    logs: Path | None = None
    benchmarks: Mapping[str, Any] = field(default_factory=dict)  # bench.json, if there is one

    def columns(self) -> tuple[str, ...]:
        """The columns of the matrix: COLUMNS, and NEXT where it was asked for."""
        asked = any(cell.column == NEXT for cell, _ in self.cells)
        return (*COLUMNS, NEXT) if asked else COLUMNS

    def proofs(self) -> list[Proof]:
        """Of every cell of matrix and CPUs, of what cases need beyond them, of every answer."""
        own = [(c, p) for c, p in self.cells if c.column in (*COLUMNS, NEXT) or c.cpu]
        keys = {cell.key for cell, _ in own}
        more = {c.key: p for c, p in self.cells if c.key not in keys}
        return [p for _, p in own] + [*more.values()] + [p for *_, p in self.answers]

    def of_build(self, entry: ProvenWheel) -> list[dict[str, Any]]:
        """The recorded proofs of a wheel that are no cell of the matrix: those of its build."""
        places = {cell.where for cell, _ in self.cells}
        recorded = (entry.record or {}).get("proofs", ())
        return [p for p in recorded if p["where"] not in places and not p.get("name")]

    def count(self) -> dict[str, int]:
        """Outcome -> how many cells and answers have it."""
        outcomes = [proof.outcome for proof in self.proofs()]
        return {outcome: outcomes.count(outcome) for outcome in (PASS, FAIL, NOT_RUN)}

    def idle(self, systems: Sequence[str], cpus: Sequence[str]) -> list[tuple[str, str]]:
        """(name, reason) of those systems and CPUs in which nothing could run."""
        found = []
        for name, cells in [
            *(
                (name, [p for c, p in self.cells if c.system == name and not c.cpu])
                for name in systems
            ),
            *((name, [p for c, p in self.cells if c.cpu == name]) for name in cpus),
        ]:
            if all(proof.outcome == NOT_RUN for proof in cells):
                found.append((name, cells[0].reason if cells else "nothing is planned there"))
        return found

    def as_json(self) -> dict[str, Any]:
        """What `npwheel prove --json` prints."""
        return {
            "schema_version": SCHEMA_VERSION,
            "count": self.count(),
            "wheels": [
                {"file": entry.wheel.path.name, "sha256": entry.wheel.sha256}
                for entry in self.wheels
            ],
            "cells": [_cell(cell, proof) for cell, proof in self.cells],
            "cases": [
                {
                    "project": project,
                    "question": case.question,
                    "answer": case.answer if proof.outcome == PASS else None,
                    **proof.as_json(),
                }
                for case, project, proof in self.answers
            ],
        }


def recorded(folder: Path) -> ProveResult:
    """Return what the record of a folder says of its wheels, without any system."""
    entries = record.read(folder).wheels
    wheels = [(candidates.load(folder / entry["file"]), entry) for entry in entries]
    return ProveResult((), (), tuple(ProvenWheel(*pair) for pair in wheels), (), ())


def _cell(cell: PlannedProof, proof: Proof) -> dict[str, Any]:
    return {
        "system": cell.system,
        "column": cell.column,
        "project": cell.project,
        "wheel": cell.wheel.path.name if cell.wheel else None,
        "cpu": cell.cpu,
        "scipy": cell.scipy,
        **proof.as_json(),
    }
