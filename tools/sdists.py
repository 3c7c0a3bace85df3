"""Builds real sdists of every kind: `python tools/sdists.py [REQUIREMENT...]`.

Runs `npwheel build` on each project of tools/sdists.toml, as anybody would, keeps what came of
it in docs/sdists.json and writes docs/sdists.md from that. With names only those run again.
Exit 1 where a project ends otherwise than expected.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "docs" / "sdists.md"
KEPT = PAGE.with_suffix(".json")


@dataclass(frozen=True)
class Project:
    """A project of sdists.toml."""

    requirement: str
    kind: str
    targets: tuple[str, ...]
    expected: int
    because: str


@dataclass(frozen=True)
class Outcome:
    """What one `npwheel build` did.

    cells: target -> its cells of the table (wheels, proofs, NumPys). cause: its error, as a
    person reads it. made: the day, the images and cibuildwheel.
    """

    project: Project
    exit_code: int
    seconds: float
    cells: dict[str, list[str]]
    cause: str
    made: str

    @property
    def as_expected(self) -> bool:
        """Whether it ended as sdists.toml expects."""
        return self.exit_code == self.project.expected


def projects(path: Path = HERE / "sdists.toml") -> list[Project]:
    """The projects that are built."""
    data = tomllib.loads(path.read_text("utf-8"))
    return [
        Project(
            entry["requirement"],
            entry["kind"],
            tuple(entry.get("targets", data["targets"])),
            entry.get("expected", 0),
            entry.get("because", ""),
        )
        for entry in data["projects"]
    ]


def build(project: Project, images: str) -> Outcome:
    """Run `npwheel build` on one project."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="npwheel-sdists-") as folder:
        output = Path(folder) / "wheelhouse"
        command = [sys.executable, "-m", "npwheel", "build", project.requirement]
        command += ["--images", images, "--output", str(output)]
        command += [word for target in project.targets for word in ("--target", target)]
        said = []
        with subprocess.Popen(
            command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        ) as run:
            for line in run.stderr or ():
                sys.stderr.write(line)
                said.append(line)
        record = output / "npwheel.json"
        wheels = json.loads(record.read_text("utf-8"))["wheels"] if record.is_file() else []
    seconds = time.monotonic() - begun
    text = "\n" + "".join(said)
    error = text[text.rfind("\nnpwheel build: ") :].strip() if run.returncode else ""
    cells = {target: cells_of(wheels, target) for target in project.targets}
    # A build that failed has no record, but has said which images it took.
    kinds = {wheel["image"]["kind"] for wheel in wheels} or {
        "local" if found.startswith("localhost/") else "official"
        for found in re.findall(r": image (\S+)", text)
    }
    made = f"{time.strftime('%Y-%m-%d')}, {'/'.join(sorted(kinds)) or 'no'} images"
    return Outcome(project, run.returncode, round(seconds), cells, error, made)


def cells_of(wheels: Sequence[dict[str, Any]], target: str) -> list[str]:
    """[how many wheels, outcomes of their proofs, lowest and newest NumPy that passed]."""
    own = [wheel for wheel in wheels if wheel["target"] == target]
    proofs = [proof for wheel in own for proof in wheel["proofs"]]
    counted = Counter(proof["outcome"] for proof in proofs)
    counts = ", ".join(f"{number} {outcome}" for outcome, number in sorted(counted.items()))
    ran = {proof["numpy"] for proof in proofs if proof["outcome"] == "pass" and proof["numpy"]}
    ordered = sorted(ran, key=lambda text: [int(part) for part in text.split(".")])
    return [str(len(own)), counts, f"{ordered[0]} to {ordered[-1]}" if ordered else ""]


def kept() -> dict[str, Outcome]:
    """Requirement -> its last outcome, of the projects that still stand in sdists.toml."""
    if not KEPT.is_file():
        return {}
    data = json.loads(KEPT.read_text("utf-8"))
    return {
        p.requirement: Outcome(p, **data[p.requirement])
        for p in projects()
        if p.requirement in data
    }


def keep(outcomes: dict[str, Outcome]) -> None:
    """Write docs/sdists.json and the page."""
    data = {}
    for name, outcome in outcomes.items():
        data[name] = {k: v for k, v in vars(outcome).items() if k != "project"}
    KEPT.write_text(json.dumps(data, indent=1) + "\n", "utf-8")
    known = [outcomes[p.requirement] for p in projects() if p.requirement in outcomes]
    PAGE.write_text(table(known), "utf-8")


def table(outcomes: Sequence[Outcome]) -> str:
    """docs/sdists.md."""
    lines = [
        "# Real projects, built and proven",
        "",
        "Sdists of every kind, straight from the index, with nothing added to them. Made by",
        "`nox -s sdists`, which anyone can run again; the projects stand in `tools/sdists.toml`.",
        "",
        "| project | kind | target | wheels | proofs | with numpy | made |",
        "|---|---|---|---|---|---|---|",
    ]
    for outcome in outcomes:
        for target in outcome.project.targets:
            lines.append(_row(outcome, target))
    failed = [outcome for outcome in outcomes if outcome.exit_code]
    if failed:
        lines += ["", "## Those that failed, and what was said", ""]
    for outcome in failed:
        reason = outcome.project.because or "this was not expected"
        lines += [
            f"**{outcome.project.requirement}**: {reason}.",
            "",
            "```text",
            outcome.cause,
            "```",
        ]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _row(outcome: Outcome, target: str) -> str:
    name, kind = outcome.project.requirement, outcome.project.kind
    cells = outcome.cells[target]
    if outcome.exit_code:
        cells = [f"none: exit code {outcome.exit_code}", "", ""]
    return f"| {name} | {kind} | {target} | {' | '.join(cells)} | {outcome.made} |"


def main() -> int:
    """Build, write the page; exit 1 where one did not end as expected."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("requirements", nargs="*", help="only these of sdists.toml")
    parser.add_argument("--images", choices=("auto", "official", "local"), default="auto")
    options = parser.parse_args()
    known = projects()
    chosen = [p for p in known if not options.requirements or p.requirement in options.requirements]
    outcomes = kept()
    for project in chosen:
        sys.stderr.write(f"== {project.requirement}: {project.kind}\n")
        last = build(project, options.images)
        sys.stderr.write(f"== exit code {last.exit_code} after {last.seconds:.0f} s\n")
        outcomes[project.requirement] = last
        keep(outcomes)
    print(PAGE.read_text("utf-8"))
    return 0 if all(outcomes[p.requirement].as_expected for p in chosen) else 1


if __name__ == "__main__":
    sys.exit(main())
