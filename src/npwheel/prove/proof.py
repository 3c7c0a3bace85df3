"""Proofs: a repaired wheel, installed beside a NumPy in an image or a system, works there."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import IO, Any

from npwheel.containers.engine import Engine
from npwheel.core import paths, process
from npwheel.core.errors import EngineError

PASS, FAIL, NOT_RUN = "pass", "fail", "not run"
TOOLS = "/npwheel/tools"
SECONDS = 900  # for one step of one proof; emulation is slow
# A module of the interpreter itself lacks a library: bare Alpine has no libffi for ctypes.
_LACKING = re.compile(r"Error loading shared library .*\(needed by \S*/lib-dynload/")


@dataclass(frozen=True)
class Proof:
    """One cell of the matrix."""

    python: str
    numpy: str | None
    where: str
    outcome: str
    reason: str = ""
    seconds: float = 0.0
    step: str = ""  # where a failing one stopped: ci/inside/prove.py names the steps
    name: str = ""  # of a case that it proves
    facts: Mapping[str, Any] = field(default_factory=dict)  # what the test said, as JSON

    def as_json(self) -> dict[str, Any]:
        """The `proofs` item of the record's schema."""
        data = asdict(self)
        del data["step"]
        return {key: value for key, value in data.items() if key not in ("name", "facts") or value}


@dataclass(frozen=True)
class Wanted:
    """A proof to run: which Python (its executable there), which files are installed."""

    python: str
    executable: str
    numpy: str | None
    wheel: Path
    modules: tuple[str, ...]
    requirements: tuple[str, ...]  # exact names, or file names among `files`
    files: tuple[Path, ...]  # wheels that are installed beside it, numpy first
    test: str = ""  # a shell command, after every module was imported
    sources: tuple[str, ...] = ()  # of the project, copied to where the test runs
    project: Path | None = None  # what {project} stands for
    note: str = ""  # what a proof that holds does not show
    environment: Mapping[str, str] = field(default_factory=dict)  # on top of the run's
    launcher: tuple[str, ...] = ()  # what starts Python: an emulator of a CPU


def beside(numpy: str | None) -> str:
    """What a proof ran beside, in words: a wheel need not ask for NumPy."""
    return f"with numpy {numpy}" if numpy else "without numpy"


def run(
    wanted: Sequence[Wanted],
    *,
    where: str,
    engine: Engine,
    reference: str,
    arch: str,
    python: str,
    log: IO[str],
    progress: Callable[[str], None],
    environment: Mapping[str, str] | None = None,
    flags: Sequence[str] = (),
    tools: Sequence[Path] = (),
) -> tuple[Proof, ...]:
    """Run proofs in one container of `reference`, one after the other.

    python: an executable of the image that runs ci/inside/prove.py (3.9 or newer).
    tools: files that tests and launchers find in the folder TOOLS.
    A container that dies leaves the proofs that it did not reach as failures.
    """
    if not wanted:
        return ()
    found: list[Proof] = []

    def line(text: str) -> None:
        if not text.startswith("{"):
            return
        try:
            event = json.loads(text)
        except ValueError:
            return
        if event.get("event") == "start":
            progress(f"Python {event['python']} {beside(event['numpy'])}")
        elif event.get("event") == "proof":
            keys = ("python", "numpy", "outcome", "reason", "seconds", "step", "facts")
            proof = Proof(where=where, **{key: event[key] for key in keys})
            found.append(_judged(proof, wanted[len(found)].note))

    with tempfile.TemporaryDirectory(prefix="npwheel-proof-") as folder:
        bundle = Path(folder) / "npwheel"
        _lay_out(bundle, wanted, environment or {})
        for tool in tools:
            (bundle / "tools").mkdir(exist_ok=True)
            shutil.copy(tool, bundle / "tools")
        name = f"npwheel-{engine.label[:8]}-{Path(folder).name.rsplit('-', 1)[-1]}"
        create = [engine.name, "create", "--pull=never", f"--name={name}"]
        create += [*engine.create_args(arch), *flags, reference]
        create += [python, "/npwheel/prove.py", "/npwheel/plan.json"]
        code, _, err = process.output(create, 120)
        if code:
            raise EngineError(f"no container of {reference} can be made", why=err.strip()[-300:])
        try:
            code, _, err = process.output([engine.name, "cp", str(bundle), f"{name}:/"], 300)
            if code:
                raise EngineError(f"nothing can be copied into {name}", why=err.strip()[-300:])
            code = process.logged([engine.name, "start", "--attach", name], log, on_line=line)
        finally:
            process.output([engine.name, "rm", "-f", name], 60)
    missing = wanted[len(found) :]
    reason = f"the container ended with exit code {code} before this proof"
    found += [Proof(w.python, w.numpy, where, FAIL, reason) for w in missing]
    return tuple(found)


def _judged(proof: Proof, note: str) -> Proof:
    """A result as it is recorded: what a pass does not show, and whose fault a failure is."""
    if proof.outcome == PASS:
        notes = (note, proof.reason)
        return replace(proof, reason="; ".join(text for text in notes if text))
    if proof.outcome == FAIL and _LACKING.search(proof.reason):
        reason = f"this Python lacks what a module of its own needs: {proof.reason}"
        return replace(proof, outcome=NOT_RUN, reason=reason)
    return proof


def _lay_out(
    bundle: Path,
    wanted: Sequence[Wanted],
    environment: Mapping[str, str],
) -> None:
    """The folder that is copied into the container: script, plan, wheels, project."""
    wheels = bundle / "wheels"
    wheels.mkdir(parents=True)
    shutil.copy(paths.ci() / "inside" / "prove.py", bundle)
    plan: dict[str, Any] = {
        "timeout": SECONDS,
        "environment": dict(environment),
        "proofs": [],
    }
    for entry in wanted:
        for file in (entry.wheel, *entry.files):
            if not (wheels / file.name).exists():
                shutil.copy(file, wheels)
        proof = asdict(entry)
        proof["wheel"] = entry.wheel.name
        for name in ("files", "project", "note"):
            del proof[name]
        plan["proofs"].append(proof)
    project = next((entry.project for entry in wanted if entry.project), None)
    if project is not None:
        ignore = shutil.ignore_patterns(".git", ".nox", ".venv", "__pycache__", "wheelhouse")
        shutil.copytree(project, bundle / "project", ignore=ignore, symlinks=True)
    (bundle / "plan.json").write_text(json.dumps(plan), "utf-8")
