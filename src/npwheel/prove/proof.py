"""Proofs: a repaired wheel, installed with a NumPy in an image or a system, works there."""

from __future__ import annotations

import json
import re
import secrets
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

from npwheel.containers import emulation
from npwheel.containers.engine import Engine
from npwheel.core import paths, process
from npwheel.core.errors import EngineError
from npwheel.prove import record_format
from npwheel.prove.wheel_contents import Contents

PASS, FAIL, NOT_RUN = "pass", "fail", "not run"
NO_TEST, TESTED, UNKNOWN = "none", "passed", "unknown"  # or "failed", or "not run: REASON"
INDEX, DISTRIBUTION = "index", "distribution"  # kinds of `numpy_source`
TOOLS = "/npwheel/tools"
DEPTH = 32  # of nested facts; a record takes twice as many
SECONDS = 900  # for one step of one proof; emulation is slow
# A module of the interpreter itself lacks a library: bare Alpine has no libffi for ctypes.
_LACKING = re.compile(r"Error loading shared library .*\(needed by \S*/lib-dynload/")


@dataclass(frozen=True)
class Proof:
    """One install-and-run test of a wheel: one Python, one NumPy, one system."""

    python: str
    numpy: str | None
    where: str
    outcome: str
    reason: str = ""
    seconds: float = 0.0
    step: str = ""  # where a failing one stopped: ci/inside/prove.py names the steps
    name: str = ""  # of a case that it proves
    facts: Mapping[str, Any] = field(default_factory=dict)  # what the test printed, as JSON
    modules: tuple[str, ...] | None = ()  # imported; None where the record does not tell
    test: str = NO_TEST
    interpreter: Mapping[str, str] = field(default_factory=dict)  # version and source
    libc: str = ""  # of that interpreter: "glibc 2.41"
    gil: str = ""  # "enabled" or "disabled" after all imports; "" where a Python has no other
    numpy_source: Mapping[str, Any] = field(default_factory=dict)  # kind, and package and version

    def as_json(self) -> dict[str, Any]:
        """Return the `proofs` item of the record's schema."""
        data = asdict(self)
        del data["step"]
        optional = ("name", "facts", "interpreter", "libc", "gil", "numpy_source")
        return {key: value for key, value in data.items() if key not in optional or value}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Proof:
        """Return the proof of a record's item, which its schema has accepted."""
        modules = data["modules"]
        return cls(**{**data, "modules": None if modules is None else tuple(modules)})


@dataclass(frozen=True)
class ProofRequest:
    """A proof to run: which Python (its executable there), which files are installed."""

    python: str
    executable: str
    numpy: str | None
    wheel: Path
    contents: Contents
    requirements: tuple[str, ...]  # exact names, or file names among `files`
    files: tuple[Path, ...]  # wheels that are installed with it, numpy first
    test: str = ""  # a shell command, after every module was imported
    not_tested: str = ""  # why a test that the project has is not run
    sources: tuple[str, ...] = ()  # of the project, copied to where the test runs
    project: Path | None = None  # what {project} stands for
    note: str = ""  # what a passing proof does not show
    environment: Mapping[str, str] = field(default_factory=dict)  # on top of the run's
    launcher: tuple[str, ...] = ()  # what starts Python: an emulator of a CPU
    interpreter: str = ""  # where its Python came from, in words
    numpy_source: Mapping[str, Any] = field(default_factory=lambda: {"kind": INDEX})


def with_numpy(numpy: str | None) -> str:
    """Return which NumPy a proof ran with, in words: a wheel need not require any."""
    return f"with numpy {numpy}" if numpy else "without numpy"


@dataclass(frozen=True)
class ProofContainer:
    """The container that proofs run in.

    tools: what their tests and launchers find in TOOLS. uv: what installs, a program of this
    machine; None for the installer of the image.
    """

    engine: Engine
    reference: str  # of its image
    arch: str
    python: str  # an executable of the image that runs ci/inside/prove.py (3.9 or newer)
    tools: tuple[Path, ...] = ()
    uv: Path | None = None


def run(
    wanted: Sequence[ProofRequest],
    container: ProofContainer,
    where: str,
    log: IO[str],
    progress: Callable[[str], None],
) -> tuple[Proof, ...]:
    """Run proofs in one container, one after the other; `where` names it in their results.

    Where the architecture is emulated, the emulator gets the CPU on which it computes rightly.
    A container that dies leaves the proofs that it did not reach as failures.
    """
    if not wanted:
        return ()
    found: list[Proof] = []
    engine, reference = container.engine, container.reference
    env = emulation.environment(container.arch)
    token = secrets.token_hex(16)

    def line(text: str) -> None:
        if not text.startswith("{"):
            return
        try:
            event = record_format.cleaned(json.loads(text), DEPTH)
        except (ValueError, RecursionError):
            return
        if event.get("token") != token:
            return  # a wheel's own output
        if event.get("event") == "start":
            progress(f"Python {event['python']} {with_numpy(event['numpy'])}")
        elif event.get("event") == "proof" and len(found) < len(wanted):
            found.append(_judged(event, wanted[len(found)], where))

    with tempfile.TemporaryDirectory(prefix="npwheel-proof-") as folder:
        bundle = Path(folder) / "npwheel"
        _lay_out(bundle, wanted, env, container.uv, token)
        for tool in (*container.tools, *([container.uv] if container.uv else [])):
            (bundle / "tools").mkdir(exist_ok=True)
            shutil.copy(tool, bundle / "tools")
        name = f"npwheel-{engine.label[:8]}-{Path(folder).name.rsplit('-', 1)[-1]}"
        create = [engine.name, "create", "--pull=never", f"--name={name}"]
        create += [*engine.create_args(container.arch), *(f"--env={k}={v}" for k, v in env.items())]
        create += [reference, container.python, "/npwheel/prove.py", "/npwheel/plan.json"]
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


def _judged(event: Mapping[str, Any], entry: ProofRequest, where: str) -> Proof:
    """A result as it is recorded: what a pass does not show, and whose fault a failure is."""
    outcome, reason = event["outcome"], event["reason"]
    if outcome == PASS:
        reason = "; ".join(text for text in (entry.note, reason) if text)
    elif outcome == FAIL and _LACKING.search(reason):
        outcome = NOT_RUN
        reason = f"this Python lacks what a module of its own needs: {reason}"
    version, source = event.get("version", ""), entry.interpreter
    return Proof(
        **{key: event[key] for key in ("python", "numpy", "seconds", "step", "facts")},
        where=where,
        outcome=outcome,
        reason=reason,
        modules=tuple(event["imported"]),
        test=event.get("test") or _untested(entry, outcome),
        interpreter={"version": version, "source": source} if version and source else {},
        libc=event.get("libc", ""),
        gil=event.get("gil", ""),
        numpy_source=entry.numpy_source if entry.numpy else {},
    )


def _untested(entry: ProofRequest, outcome: str) -> str:
    if entry.not_tested:
        return f"not run: {entry.not_tested}"
    if not entry.test:
        return NO_TEST
    return "not run: the imports came first" if outcome == FAIL else "not run: nothing imported"


def _lay_out(
    bundle: Path,
    wanted: Sequence[ProofRequest],
    environment: Mapping[str, str],
    uv: Path | None,
    token: str,
) -> None:
    """The folder that is copied into the container: script, plan, wheels, project.

    token: by which the results are known from what wheels print.
    """
    wheels = bundle / "wheels"
    wheels.mkdir(parents=True)
    for name in ("prove.py", "imports.py"):
        shutil.copy(paths.ci() / "inside" / name, bundle)
    plan: dict[str, Any] = {
        "token": token,
        "timeout": SECONDS,
        "environment": dict(environment),
        **({"uv": f"{TOOLS}/{uv.name}"} if uv else {}),
        "proofs": [],
    }
    for entry in wanted:
        for file in (entry.wheel, *entry.files):
            if not (wheels / file.name).exists():
                shutil.copy(file, wheels)
        names = ("python", "executable", "numpy", "requirements", "test", "sources")
        proof = {name: getattr(entry, name) for name in (*names, "environment", "launcher")}
        proof["wheel"] = entry.wheel.name
        proof.update(packages=entry.contents.packages, modules=entry.contents.modules)
        proof["libraries"] = len(entry.contents.libraries)
        proof["packaged"] = entry.numpy_source.get("kind") == DISTRIBUTION
        plan["proofs"].append(proof)
    project = next((entry.project for entry in wanted if entry.project), None)
    if project is not None:
        ignore = shutil.ignore_patterns(".git", ".nox", ".venv", "__pycache__", "wheelhouse")
        shutil.copytree(project, bundle / "project", ignore=ignore, symlinks=True)
    (bundle / "plan.json").write_text(json.dumps(plan), "utf-8")
