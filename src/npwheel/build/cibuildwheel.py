"""The real cibuildwheel, given only what it cannot know: images, engine, Pythons."""

from __future__ import annotations

import os
import re
import shlex
import stat
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from packaging.utils import InvalidWheelFilename, parse_wheel_filename
from packaging.version import InvalidVersion

from npwheel.build import causes
from npwheel.build.plan import TargetPlan
from npwheel.build.project import Project, config_option
from npwheel.containers.engine import Engine
from npwheel.containers.images import ReadyImage
from npwheel.core import process
from npwheel.core.errors import AuditError, BuildError, NpwheelError, RepairError
from npwheel.sbom.build_log import installed_in

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
_BEGUN = re.compile(r"Building (\S+linux_\S+) wheel$")
_MADE = re.compile(r"\s+(\S+linux_\S+): (\S+\.whl) ")  # a line of cibuildwheel's summary
_CAUSE = re.compile(
    r"(?:^|\s)(?:fatal error:|error:|ERROR:|CMake Error|undefined reference"
    r"|(?:\w+\.)*[A-Z]\w*Error:)|^(?:\w+\.)+[A-Z]\w+: "
    r"|^\S*sh: .*: (?:command )?not found$"  # a command of before-all that the image lacks
)
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
    """Build and repair one target into `output`; a folder's own audit commands run too.

    Raises BuildError, RepairError or AuditError with the first cause of the log.
    """
    command = process.python("cibuildwheel", "--platform", "linux", "--archs", plan.target.arch)
    command += [*config_option(project.config), "--output-dir", str(output), str(project.folder)]
    reader = _Reader(progress)
    code = process.logged(
        command,
        log,
        env=_environment(project, plan, image, engine),
        cwd=project.folder,  # which cibuildwheel copies into the container
        on_line=reader.line,
    )
    wheels = _wheels(output, plan) if not code else ()
    if not wheels:
        raise _error(code, reader, plan)
    return Built(wheels, reader.built_with())


def _wheels(output: Path, plan: TargetPlan) -> tuple[Path, ...]:
    """The wheels that the container left. What is not a plain file is not touched."""
    found = tuple(sorted(output.glob("*.whl")))
    for wheel in found:
        try:
            parse_wheel_filename(wheel.name)
        except (InvalidWheelFilename, InvalidVersion) as error:
            raise BuildError(
                f"{plan.target.name}: the build left a wheel without a wheel's name", why=str(error)
            ) from error
        if not stat.S_ISREG(wheel.lstat().st_mode):
            raise BuildError(
                f"{plan.target.name}: the build left {wheel.name}, which is not a regular file"
            )
    return found


def _environment(
    project: Project,
    plan: TargetPlan,
    image: ReadyImage,
    engine: Engine,
) -> dict[str, str]:
    set_here = {
        plan.target.image_option: image.reference,
        "build": " ".join(plan.build),
        "skip": "",
        "container-engine": engine.cibuildwheel(),
        # The repaired wheel is tested afterwards, on the lowest and the newest NumPy.
        "test-skip": "*",
        "test-command": "",
        "test-environment": "",
        "test-groups": "",
    }
    if not _overrides(project, "audit-command"):
        set_here["audit-command"] = " && ".join(_audit_commands(project))
        set_here["audit-requires"] = shlex.join(_audit_requires(project))
    if project.option("build-frontend") is None:
        set_here["build-frontend"] = "build[uv]"  # several times faster where it is emulated
    if not project.option("build-verbosity"):
        set_here["build-verbosity"] = "2"  # the versions that a build installs
    changes: dict[str, str | None] = {}
    for name, value in set_here.items():
        variable = "CIBW_" + name.upper().replace("-", "_")
        changes[variable], changes[f"{variable}_LINUX"] = value, None
    changes["CIBW_INHERIT"] = _inherited(os.environ.get("CIBW_INHERIT", ""), set_here)
    changes["SOURCE_DATE_EPOCH"] = project.epoch()
    env = process.environment(changes)
    # A folder's own `npwheel audit` is run by this npwheel.
    env["PATH"] = str(Path(sys.executable).parent) + os.pathsep + env.get("PATH", os.defpath)
    return env


def _inherited(rules: str, without: Iterable[str]) -> str | None:
    """CIBW_INHERIT without the rules of options that are set here."""
    kept = []
    for rule in rules.split(";"):
        name = rule.partition(":")[0].strip().removesuffix("-linux")
        if name and name not in without:
            kept.append(rule.strip())
    return "; ".join(kept) or None


def _overrides(project: Project, option: str) -> bool:
    overrides = project.cibuildwheel.get("overrides", ())
    return any(isinstance(entry, dict) and option in entry for entry in overrides)


def _audit_commands(project: Project) -> list[str]:
    """A folder's own audit commands, without the one that `npwheel init` writes.

    A fuller audit of npwheel's own follows, and an sdist's commands run on no machine.
    """
    commands = _words(project.option("audit-command"), lambda text: text.split(" && "))
    return [command for command in commands if command.strip() != "npwheel audit {wheel}"]


def _audit_requires(project: Project) -> list[str]:
    """What a folder's own audit commands need; npwheel itself is here."""
    required = _words(project.option("audit-requires"), shlex.split)
    required = [text for text in required if not _OURSELVES.match(text)]
    # cibuildwheel pins exactly that to certificates that an index may lack.
    return ["abi3audit>=0.0.26"] if required in ([], ["abi3audit"]) else required


def _words(value: Any, split: Callable[[str], list[str]]) -> list[str]:
    """An option that is a list, or a string that cibuildwheel splits."""
    if isinstance(value, str):
        return split(value) if value.strip() else []
    return [str(word) for word in value or ()]


class _Reader:
    """Follows cibuildwheel's output: the step, the first cause, the NumPy of each wheel."""

    def __init__(self, progress: Callable[[str], None]) -> None:
        self.progress = progress
        self.step = "starting"
        self.cause = ""
        self.told = False  # the cause is a heading of CMake's, and what it says follows
        self.building = ""  # the identifier of the build that runs
        self.numpys: dict[str, str] = {}  # of each identifier
        self.made: dict[str, str] = {}  # wheel -> identifier
        self.tail: list[str] = []

    def built_with(self) -> dict[str, str]:
        """Wheel -> the NumPy that it was built with, where the log shows it."""
        return {wheel: self.numpys[i] for wheel, i in self.made.items() if i in self.numpys}

    def line(self, raw: str) -> None:
        text = _ANSI.sub("", raw).rstrip()
        for prefix, step in _STEPS.items():
            if text.startswith((prefix, f"::group::{prefix}")):
                if step != self.step:
                    self.step, self.cause, self.told = step, "", False
                    self.progress(step)
                return
        numpy = installed_in(text).get("numpy") if self.step == "building" else None
        if numpy:
            self.numpys[self.building] = numpy
        begun, made = _BEGUN.match(text), _MADE.match(text)
        if begun:
            self.building = begun[1]
        if made:
            self.made[made[2]] = made[1]
        if self.told and text.strip():
            self.told = text.startswith("  ")  # CMake indents its messages
            self.cause += f" {text.strip()}" if self.told else ""
        if not self.cause and _CAUSE.search(text) and not text.startswith("cibuildwheel:"):
            heading = _CMAKE.match(text)
            self.told = heading is not None
            # uv marks what a build backend's installer said.
            said = text.strip().removeprefix("< ")
            self.cause = f"CMake Error in {heading[1]}:" if heading else said
        if text.strip():
            self.tail = [*self.tail[-19:], text]


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
        next=causes.next_step(cause, reader.step, plan.image),
    )
    error.tail = tuple(reader.tail)
    return error
