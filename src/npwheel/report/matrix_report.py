"""The matrix of proofs: its rows, for all renderers, and as text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from npwheel.prove.matrix import PlannedProof
from npwheel.prove.proof import FAIL, NOT_RUN, PASS, Proof
from npwheel.prove.questions import Question
from npwheel.prove.result import ProveResult

# Text and sign together: neither colour nor a font decides.
SIGNS = {PASS: "✓", FAIL: "✗", NOT_RUN: "–"}
HEADINGS = {
    "lowest": "lowest numpy",
    "1.20.3": "numpy 1.20.3",
    "newest": "newest numpy",
    "with scipy": "with SciPy",
    "distribution": "distribution's numpy",
    "next": "next numpy",
}


@dataclass(frozen=True)
class MatrixRow:
    """A Python of a system (or of a CPU): one cell a column."""

    system: str
    python: str
    cells: tuple[tuple[PlannedProof, Proof], ...]


def rows(result: ProveResult, project: str) -> list[MatrixRow]:
    """Systems x Pythons, each with a cell a column, in their order."""
    found: dict[tuple[str, str], dict[str, tuple[PlannedProof, Proof]]] = {}
    for cell, proof in result.cells:
        if cell.project == project and cell.column in result.columns():
            found.setdefault((cell.system, cell.python), {})[cell.column] = (cell, proof)
    return [
        MatrixRow(system, python, tuple(cells[column] for column in result.columns()))
        for (system, python), cells in found.items()
    ]


def on_cpus(result: ProveResult, project: str) -> list[tuple[PlannedProof, Proof]]:
    """Return the cells of emulated CPUs."""
    return [(c, p) for c, p in result.cells if c.project == project and c.cpu]


def numpy_text(cell: PlannedProof, proof: Proof) -> str:
    """Return "1.26.4", or "2.4.6 + scipy 1.17.0"."""
    text = proof.numpy or ""
    return f"{text} + scipy {cell.scipy}" if cell.scipy else text


def matrix_text(result: ProveResult) -> str:
    """Return the matrix for a terminal, with numbered reasons below. No final newline."""
    notes: dict[str, int] = {}
    blocks: list[str] = []
    projects = list(dict.fromkeys(cell.project for cell, _ in result.cells))
    for project in projects:
        table = [["system", "Python", *(HEADINGS[column] for column in result.columns())]]
        for row in rows(result, project):
            cells = [_short(cell, proof, notes) for cell, proof in row.cells]
            table.append([row.system, row.python, *cells])
        blocks.append(f"{project}: systems\n" + _table(table))
        cpus = on_cpus(result, project)
        if cpus:
            table = [["CPU", "system", "Python", "outcome"]]
            for cell, proof in cpus:
                table.append([cell.cpu or "", cell.system, cell.python, _short(cell, proof, notes)])
            blocks.append(f"{project}: CPUs, emulated\n" + _table(table))
        answers = [(case, proof) for case, own, proof in result.answers if own == project]
        table = [[c.name, _outcome(p, notes), _answer(c, p)] for c, p in answers]
        if table:
            blocks.append(f"{project}: questions\n" + _table(table))
        blocks.append(f"{project}: what passing proofs show\n" + "\n".join(_shown(result, project)))
    if notes:
        blocks.append("\n".join(f"  [{n}] {_printable(why)}" for why, n in notes.items()))
    count = result.count()
    blocks.append(", ".join(f"{number} {outcome}" for outcome, number in count.items()))
    return "\n\n".join(blocks)


def _shown(result: ProveResult, project: str) -> list[str]:
    """What was imported, and how many of the proofs had a test."""
    passed = [p for cell, p in result.cells if cell.project == project and p.outcome == PASS]
    names = dict.fromkeys(name for proof in passed for name in proof.modules or ())
    tests = Counter(_printable(proof.test) for proof in passed)
    counts = [f"{number} {test}" for test, number in tests.items()]
    return [
        f"  imported  {', '.join(names) or 'nothing recorded'}",
        f"  test      {', '.join(counts) or 'none'}",
    ]


def _answer(case: Question, proof: Proof) -> str:
    answer = case.answer if proof.outcome == PASS else ""
    return f"{case.question} {answer}".rstrip()


def _short(cell: PlannedProof, proof: Proof, notes: dict[str, int]) -> str:
    return f"{_outcome(proof, notes)} {numpy_text(cell, proof)}".rstrip()


def _outcome(proof: Proof, notes: dict[str, int]) -> str:
    if not proof.reason:
        return proof.outcome
    number = notes.setdefault(proof.reason, len(notes) + 1)
    return f"{proof.outcome.upper() if proof.outcome == FAIL else proof.outcome} [{number}]"


def _table(lines: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(_line(line, widths) for line in lines)


def _line(line: Iterable[str], widths: Sequence[int]) -> str:
    return "  " + "  ".join(w.ljust(n) for w, n in zip(line, widths, strict=True)).rstrip()


def _printable(text: str) -> str:
    """Replace control characters: reasons contain output of tests."""
    return "".join(c if c.isprintable() else "�" for c in text)
