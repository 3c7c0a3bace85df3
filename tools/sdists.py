"""Builds real sdists of every kind: `python tools/sdists.py [REQUIREMENT...]`.

Runs `npwheel build` on each project of tools/sdists.toml, as anybody would, and writes
docs/sdists.md from what came of it. Exit 1 where a project ends otherwise than expected.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "docs" / "sdists.md"


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
    """What one `npwheel build` did. cause: its error, as a person reads it."""

    project: Project
    exit_code: int
    seconds: float
    wheels: tuple[dict[str, Any], ...]
    cause: str

    @property
    def as_expected(self) -> bool:
        """Did it end as sdists.toml says?"""
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
    return Outcome(project, run.returncode, seconds, tuple(wheels), error)


def table(outcomes: Sequence[Outcome], made: str) -> str:
    """docs/sdists.md."""
    lines = [
        "# Real projects, built and proven",
        "",
        "Sdists of every kind, straight from the index, with nothing added to them. Made by",
        "`nox -s sdists`, which anyone can run again; the projects stand in `tools/sdists.toml`.",
        "",
        made,
        "",
        "| project | kind | target | wheels | proofs | with numpy |",
        "|---|---|---|---|---|---|",
    ]
    for outcome in outcomes:
        for target in outcome.project.targets:
            lines.append(_row(outcome, target))
    failed = [outcome for outcome in outcomes if outcome.exit_code]
    if failed:
        lines += ["", "## Those that failed, and what was said", ""]
    for outcome in failed:
        told = outcome.project.because or "this was not expected"
        lines += [
            f"**{outcome.project.requirement}**: {told}.",
            "",
            "```text",
            outcome.cause,
            "```",
        ]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _row(outcome: Outcome, target: str) -> str:
    name, kind = outcome.project.requirement, outcome.project.kind
    if outcome.exit_code:
        return f"| {name} | {kind} | {target} | none: exit code {outcome.exit_code} | | |"
    wheels = [wheel for wheel in outcome.wheels if wheel["target"] == target]
    proofs = [proof for wheel in wheels for proof in wheel["proofs"]]
    counted = Counter(proof["outcome"] for proof in proofs)
    told = ", ".join(f"{number} {outcome}" for outcome, number in sorted(counted.items()))
    ran = {proof["numpy"] for proof in proofs if proof["outcome"] == "pass" and proof["numpy"]}
    ordered = sorted(ran, key=lambda text: [int(part) for part in text.split(".")])
    numpys = f"{ordered[0]} to {ordered[-1]}" if ordered else ""
    return f"| {name} | {kind} | {target} | {len(wheels)} | {told} | {numpys} |"


def main() -> int:
    """Build, write the page; exit 1 where one did not end as expected."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("requirements", nargs="*", help="only these of sdists.toml")
    parser.add_argument("--images", choices=("auto", "official", "local"), default="auto")
    options = parser.parse_args()
    known = projects()
    chosen = [p for p in known if not options.requirements or p.requirement in options.requirements]
    outcomes = []
    for project in chosen:
        sys.stderr.write(f"== {project.requirement}: {project.kind}\n")
        outcomes.append(build(project, options.images))
        last = outcomes[-1]
        sys.stderr.write(f"== exit code {last.exit_code} after {last.seconds:.0f} s\n")
    kinds = Counter(wheel["image"]["kind"] for o in outcomes for wheel in o.wheels)
    made = (
        f"Made on {time.strftime('%Y-%m-%d')} in {' and '.join(sorted(kinds)) or 'no'} images, "
        f"with cibuildwheel {metadata.version('cibuildwheel')}."
    )
    page = table(outcomes, made)
    if len(chosen) == len(known):
        PAGE.write_text(page, "utf-8")
    print(page)
    return 0 if all(outcome.as_expected for outcome in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
