"""The real cibuildwheel, given only what it cannot know: images, engine, Pythons."""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from npwheel.build import causes
from npwheel.build.plan import TargetPlan
from npwheel.build.project import Project
from npwheel.containers.engine import Engine
from npwheel.containers.images import ReadyImage
from npwheel.core import process
from npwheel.core.errors import AuditError, BuildError, NpwheelError, RepairError

# cibuildwheel's exit codes with a meaning (its errors.py); the step decides the rest.
_AUDIT_CODE = 9
_REPAIR_CODE = 8
_STEPS = {
    "Copying project into container": "copying the project",
    "Running before_all": "before-all",
    "Setting up build environment": "build environment",
    "Running before_build": "before-build",
    "Building wheel": "building",
    "Repairing wheel": "repairing",
    "Auditing wheel": "auditing",
    "Testing wheel": "testing",
}
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
# As uv and pip tell what they installed into the build environment, and `uv build -v`.
_NUMPY_BUILT = re.compile(
    r"(?:^[<\s]*\+ numpy==|Successfully installed .*\bnumpy-|^DEBUG Install\w+ .*\bnumpy==)"
    r"(\d[\w.]*)"
)
_BEGUN = re.compile(r"Building \S+linux_\S+ wheel$")
# Our audit runs on every wheel that is new, so that cibuildwheel names it after its build.
_AUDITED = re.compile(r"Running audit command: .* npwheel audit .*/([^/\s']+\.whl)")
_CAUSE = re.compile(
    r"(?:^|\s)(?:fatal error:|error:|ERROR:|CMake Error|undefined reference"
    r"|(?:\w+\.)*[A-Z]\w*Error:)|^(?:\w+\.)+[A-Z]\w+: "
    r"|^\S*sh: .*: (?:command )?not found$"  # a command of before-all that the image lacks
    r"|^\S+\.whl: .*\b\d+ errors?\b"  # our audit's verdict
)
_FIX = "    fix: "
_AUDIT_ERROR = re.compile(r"  error NPA\d+")
# "CMake Error at some/folder/CMakeLists.txt:12 (message):"; the file's name tells enough.
_CMAKE = re.compile(r"CMake Error (?:at|in) (?:\S*/)?([^/\s:]+(?::\d+)?)(?: \(\w+\))?:$")
_OURSELVES = re.compile(r"npwheel(?![\w.-])", re.IGNORECASE)


@dataclass(frozen=True)
class Built:
    """What cibuildwheel left. numpys: wheel name -> the NumPy it was built against, where told."""

    wheels: tuple[Path, ...]
    numpys: Mapping[str, str]


def build(
    project: Project,
    plan: TargetPlan,
    image: ReadyImage,
    engine: Engine,
    output: Path,
    log: IO[str],
    progress: Callable[[str], None],
) -> Built:
    """Build, repair and audit one target into `output`.

    Raises BuildError, RepairError or AuditError with the first cause of the log.
    """
    command = [sys.executable, "-m", "cibuildwheel", "--platform", "linux"]
    command += ["--archs", plan.target.arch, "--output-dir", str(output), str(project.folder)]
    reader = _Reader(progress)
    code = process.logged(
        command,
        log,
        env=_environment(project, plan, image, engine),
        cwd=project.folder,
        on_line=reader.line,
    )
    wheels = tuple(sorted(output.glob("*.whl")))
    if code or not wheels:
        raise _error(code, reader, plan)
    return Built(wheels, reader.numpys)


def _environment(
    project: Project,
    plan: TargetPlan,
    image: ReadyImage,
    engine: Engine,
) -> dict[str, str]:
    env = dict(os.environ)
    variable = plan.target.image_option.upper().replace("-", "_")
    env[f"CIBW_{variable}"] = image.reference
    env["CIBW_BUILD"] = " ".join(plan.build)
    env["CIBW_SKIP"] = ""
    env["CIBW_CONTAINER_ENGINE"] = engine.cibuildwheel()
    # The repaired wheel is tested afterwards, on the lowest and the newest NumPy.
    env["CIBW_TEST_SKIP"] = "*"
    env["CIBW_AUDIT_COMMAND"] = " && ".join([*_project_audit(project), _own_audit()])
    # An `npwheel audit` of the project's own is run by this npwheel, which is on PATH.
    required = _words(project.option("audit-requires"), shlex.split)
    required = [text for text in required if not _OURSELVES.match(text)]
    if required in ([], ["abi3audit"]):
        # cibuildwheel pins exactly that to certificates that an index may lack.
        required = ["abi3audit>=0.0.26"]
    env["CIBW_AUDIT_REQUIRES"] = shlex.join(required)
    if project.option("build-frontend") is None:
        # The default frontend fetches virtualenv from outside the index.
        env["CIBW_BUILD_FRONTEND"] = "build[uv]"
    if not project.option("build-verbosity"):
        env["CIBW_BUILD_VERBOSITY"] = "2"  # the versions that a build installs
    env["SOURCE_DATE_EPOCH"] = project.epoch()
    env["PATH"] = str(Path(sys.executable).parent) + os.pathsep + env.get("PATH", os.defpath)
    return env


def _project_audit(project: Project) -> list[str]:
    """Its audit commands, without the one that `npwheel init` writes: a fuller one follows."""
    own = project.option("audit-command")
    if own is None:
        return ["abi3audit --strict --report {abi3_wheel}"]
    commands = _words(own, lambda text: text.split(" && "))
    return [command for command in commands if command.strip() != "npwheel audit {wheel}"]


def _words(value: Any, split: Callable[[str], list[str]]) -> list[str]:
    """An option that is a list, or a string that cibuildwheel splits."""
    if isinstance(value, str):
        return split(value) if value.strip() else []
    return [str(word) for word in value or ()]


def _own_audit() -> str:
    return f"{shlex.quote(sys.executable)} -m npwheel audit --full {{wheel}}"


class _Reader:
    """Follows cibuildwheel's output: the step, the first cause, the NumPy of each wheel."""

    def __init__(self, progress: Callable[[str], None]) -> None:
        self.progress = progress
        self.step = "starting"
        self.cause = ""
        self.told = False  # the cause is a heading of CMake's, and what it says follows
        self.fix, self.seeks = "", False  # what the audit advises on its first error
        self.numpy = ""  # of the build that runs
        self.numpys: dict[str, str] = {}
        self.tail: list[str] = []

    def line(self, raw: str) -> None:
        text = _ANSI.sub("", raw).rstrip()
        for prefix, step in _STEPS.items():
            if text.startswith((prefix, f"::group::{prefix}")):
                if step != self.step:
                    self.step, self.cause, self.told = step, "", False
                    self.progress(step)
                return
        found = _NUMPY_BUILT.search(text)
        if found and self.step == "building":
            self.numpy = found[1]
        if _BEGUN.match(text):
            self.numpy = ""
        audited = _AUDITED.match(text)
        if audited and self.numpy:
            self.numpys[audited[1]] = self.numpy
        if self.told and text.strip():
            self.told = text.startswith("  ")  # CMake indents its messages
            self.cause += f" {text.strip()}" if self.told else ""
        if not self.cause and _CAUSE.search(text) and not text.startswith("cibuildwheel:"):
            heading = _CMAKE.match(text)
            self.told = heading is not None
            # uv marks what a build backend's installer said.
            said = text.strip().removeprefix("< ")
            self.cause = f"CMake Error in {heading[1]}:" if heading else said
        self._advice(text)
        if text.strip():
            self.tail = [*self.tail[-19:], text]

    def _advice(self, text: str) -> None:
        """The fix of the audit's first error, which may take several lines."""
        if self.fix and self.seeks:
            self.seeks = text.startswith("    ")
            self.fix += f" {text.strip()}" if self.seeks else ""
        elif self.seeks and text.startswith(_FIX):
            self.fix = text.removeprefix(_FIX)
        elif not self.fix and _AUDIT_ERROR.match(text):
            self.seeks = True


def _error(code: int, reader: _Reader, plan: TargetPlan) -> NpwheelError:
    cause = reader.cause or (reader.tail[-1].strip() if reader.tail else "it printed nothing")
    kinds: dict[str, type[NpwheelError]] = {"repairing": RepairError, "auditing": AuditError}
    kind = kinds.get(reader.step, BuildError)
    if code == _AUDIT_CODE:
        kind = AuditError
    elif code == _REPAIR_CODE:
        kind = RepairError
    error = kind(
        f"{plan.target.name}: failed while {reader.step} (cibuildwheel exit code {code})",
        why=cause,
        next=reader.fix if kind is AuditError else causes.next_step(cause, reader.step, plan.image),
    )
    error.tail = tuple(reader.tail)
    return error
