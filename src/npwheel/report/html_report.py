"""Render `report.html`: one page without network access, scripts or meaning in colours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element

from npwheel import __version__
from npwheel.core import package_data
from npwheel.prove.matrix import PlannedProof
from npwheel.prove.proof import NOT_RUN, PASS, Proof
from npwheel.prove.result import ProveResult
from npwheel.report.html_elements import render, table, tag
from npwheel.report.html_proofs import missing_section, proof_sections
from npwheel.report.html_wheel_sections import speed_section, wheel_sections
from npwheel.report.matrix_report import HEADINGS, numpy_text, on_cpus, rows
from npwheel.report.outcome_badge import badge, outcome

# Forbids loading, running and sending anything.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def html_report(result: ProveResult, made: str, missing: Sequence[Mapping[str, Any]] = ()) -> str:
    """Return the page.

    Args:
        made: the date and time to print.
        missing: the record's items of targets without a proven wheel.
    """
    style = package_data.read_text(__package__, "report.css")
    projects = list(dict.fromkeys(entry.wheel.project for entry in result.wheels))
    title = f"Where {', '.join(projects)} runs" if projects else "Where these wheels run"
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        tag("title", title),
        tag("style", style),
    )
    main = tag("main", *_summary(result, title, made))
    for project in projects:
        many = f" of {project}" if len(projects) > 1 else ""
        main.extend(_answers(result, project, many))
        main.extend(_matrix(result, project, many))
        main.extend(_cpus(result, project, many))
    main.extend(missing_section(missing))
    main.extend(proof_sections(result))
    main.extend(wheel_sections(result))
    main.extend(speed_section(result))
    main.extend(_systems(result))
    return render(tag("html", head, tag("body", main), lang="en"))


def _summary(result: ProveResult, title: str, made: str) -> list[Element]:
    count = result.count()
    for entry in result.wheels:
        for proof in result.of_build(entry):
            count[proof["outcome"]] += 1
    items = [
        tag("li", tag("span", str(number), class_="number"), " ", badge(name), data_outcome=name)
        for name, number in count.items()
    ]
    note = (
        "Each proof is one new environment in one image or system: the wheel with that NumPy, "
        "every extension module imported, and the project's own test run. “Not run” never means "
        "“fine”: the reason is given."
    )
    return [
        tag("h1", title),
        tag("p", f"Made {made} by npwheel {__version__}.", class_="soft"),
        tag("ul", *items, class_="counts"),
        tag("p", note),
    ]


def _answers(result: ProveResult, project: str, many: str) -> list[Element]:
    answers = [(case, proof) for case, own, proof in result.answers if own == project]
    if not answers:
        return []
    lines: list[list[Element | str]] = [
        [
            tag("span", case.question, tag("small", case.name)),
            _result(proof, case.answer if proof.outcome == PASS else ""),
            f"numpy {proof.numpy or case.numpy}",
            proof.where,
        ]
        for case, proof in answers
    ]
    return [
        tag("h2", f"Questions{many}"),
        table("Questions that users ask, as proofs with a name", _ANSWER_HEADINGS, lines),
    ]


_ANSWER_HEADINGS = ("question", "outcome", "with", "in")


def _result(proof: Proof, text: str = "") -> Element:
    return outcome(proof.outcome, proof.reason, text)


def _matrix(result: ProveResult, project: str, many: str) -> list[Element]:
    if not any(cell.project == project for cell, _ in result.cells):
        return []
    lines: list[list[Element | str]] = []
    systems = {system.name: system.os for system in result.systems}
    for row in rows(result, project):
        name = tag(
            "span",
            row.system,
            tag("small", f"Python {row.python}, {systems.get(row.system, '')}".rstrip(", ")),
        )
        outcomes = {(proof.outcome, proof.reason) for _, proof in row.cells}
        if len(outcomes) == 1 and row.cells[0][1].outcome == NOT_RUN:
            lines.append([name, _result(row.cells[0][1])])  # one reason for the whole row
        else:
            lines.append([name, *(_result(p, _numpy(c, p)) for c, p in row.cells)])
    headings = ("system", *(HEADINGS[column] for column in result.columns()))
    caption = "Systems and their Pythons, each with the NumPy versions available to it"
    return [tag("h2", f"Systems{many}"), table(caption, headings, lines, class_="matrix")]


def _numpy(cell: PlannedProof, proof: Proof) -> str:
    return numpy_text(cell, proof) if proof.numpy else ""


def _cpus(result: ProveResult, project: str, many: str) -> list[Element]:
    cells = on_cpus(result, project)
    if not cells:
        return []
    stands = {cpu.name: cpu.stands_for for cpu in result.cpus}
    lines: list[list[Element | str]] = [
        [
            tag("span", cell.cpu or "", tag("small", stands.get(cell.cpu or "", ""))),
            _result(proof),
            f"numpy {cell.numpy or '–'}",
            f"{cell.system}, Python {cell.python}",
        ]
        for cell, proof in cells
    ]
    headings = ("CPU", "outcome", "with", "in")
    return [
        tag("h2", f"CPUs{many}"),
        table("Emulated CPUs: no illegal instruction, right results", headings, lines),
    ]


def _systems(result: ProveResult) -> list[Element]:
    if not result.systems:
        return []
    lines: list[list[Element | str]] = [
        [
            system.name,
            f"{system.os}, {system.platform}",
            ", ".join(system.pythons),
            system.stands_for,
        ]
        for system in result.systems
    ]
    headings = ("system", "platform", "Pythons", "stands for")
    return [
        tag("h2", "Systems used"),
        table("From ci/systems.toml", headings, lines),
    ]
