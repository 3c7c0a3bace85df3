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

from cibuildwheel.oci_container import OCIContainer
from packaging.utils import InvalidWheelFilename, parse_wheel_filename
from packaging.version import InvalidVersion

from npwheel.build import causes
from npwheel.build.build_output import BuildOutput
from npwheel.build.plan import TargetPlan
from npwheel.build.project import Project, config_option
from npwheel.containers.engine import Engine, with_variant
from npwheel.containers.images import ReadyImage
from npwheel.core import process
from npwheel.core.errors import AuditError, BuildError, NpwheelError, RepairError

# cibuildwheel's exit codes with a meaning (its errors.py); the step decides the rest.
_AUDIT_CODE = 9
_REPAIR_CODE = 8
UTILITY_PYTHON = str(OCIContainer.UTILITY_PYTHON)  # every build image has it
_OURSELVES = re.compile(r"npwheel(?![\w.-])", re.IGNORECASE)


@dataclass(frozen=True)
class Built:
    """What cibuildwheel left. numpys: wheel name -> the NumPy it was built against, where told."""

    wheels: tuple[Path, ...]
    numpys: Mapping[str, str]


@dataclass(frozen=True)
class BuildRequest:
    """What is built where. official: the command that builds it in the official image."""

    project: Project
    plan: TargetPlan
    image: ReadyImage
    engine: Engine
    official: str


def build(
    request: BuildRequest, output: Path, log: IO[str], progress: Callable[[str], None]
) -> Built:
    """Build and repair one target into `output`; a folder's own audit commands run too.

    Raises BuildError, RepairError or AuditError with the cause that the log shows.
    """
    project, plan = request.project, request.plan
    image, engine = request.image, request.engine
    command = process.python("cibuildwheel", "--platform", "linux", "--archs", plan.target.arch)
    command += [*config_option(project.config), "--output-dir", str(output), str(project.folder)]
    reader = BuildOutput(progress)
    env = _environment(project, plan, image, engine)
    if image.kind == "local":
        first = with_variant(engine, image.reference, plan.target.arch, output.parent / "engine")
        env["PATH"] = f"{first}{os.pathsep}{env['PATH']}" if first else env["PATH"]
    code = process.logged(
        command,
        log,
        env=env,
        cwd=project.folder,  # which cibuildwheel copies into the container
        on_line=reader.line,
    )
    wheels = _wheels(output, plan) if not code else ()
    if not wheels:
        raise _error(code, reader, plan, request.official)
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


def _error(code: int, output: BuildOutput, plan: TargetPlan, official: str) -> NpwheelError:
    kinds: dict[str, type[NpwheelError]] = {"repairing": RepairError, "auditing": AuditError}
    kind = kinds.get(output.step, BuildError)
    if code == _AUDIT_CODE:
        kind = AuditError
    elif code == _REPAIR_CODE:
        kind = RepairError
    image = plan.image
    apt = image.kind == "local" and plan.target.libc == "glibc"
    cause = causes.find(
        output.lines(),
        causes.FailureContext(output.step, image.kind, image.reference, official, apt),
    )
    error = kind(
        f"{plan.target.name}: failed while {output.step} (cibuildwheel exit code {code})",
        why=cause.why if cause else output.first_error() or "it printed nothing",
        next=cause.next if cause else "",
    )
    error.tail = output.tail()
    return error
