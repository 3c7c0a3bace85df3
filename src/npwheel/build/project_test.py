"""A project's own test, found by cibuildwheel's own reader: overrides and environment count."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from cibuildwheel.errors import FatalError
from cibuildwheel.options import CommandLineArguments, compute_options

from npwheel.build.project import Project
from npwheel.core.errors import PlanError

# A path below the project in a test command; what a pattern or a variable makes of one is unknown.
_NAMED = re.compile(r"\{(?:project|package)\}/([\w./+-]*[\w+-])(?![\w./+*?\[${-])")


@dataclass(frozen=True)
class Test:
    """What runs after the import of every module, on one Python and target.

    command: one shell command, "" for none. requires: what it needs beside the wheel.
    extras: of the wheel, as "[a,b]" or "". sources: paths in the project, copied to
    where it runs. reason: why a test that the project has is not run, else "".
    """

    command: str = ""
    requires: tuple[str, ...] = ()
    extras: str = ""
    sources: tuple[str, ...] = ()
    reason: str = ""

    @property
    def needs_project(self) -> bool:
        """True where files of the project are part of it."""
        named = any(name in self.command for name in ("{project}", "{package}"))
        return named or bool(self.sources)


def of_project(project: Project, python: str, target: str) -> Test:
    """The test of a project for a Python ("3.14t") on a target. Raises PlanError."""
    identifier = f"cp{python.replace('.', '')}-{target}"
    arguments = CommandLineArguments.defaults()
    arguments.platform = "linux"
    arguments.package_dir = project.folder
    arguments.config_file = str(project.config or "")
    try:
        options = compute_options("linux", arguments, dict(os.environ))
        found = options.build_options(identifier)
        wanted = found.test_selector(identifier)
    except (FatalError, OSError, ValueError, LookupError) as error:
        raise PlanError(
            f"cibuildwheel refuses {project.name}: {error}",
            next="fix [tool.cibuildwheel] in its pyproject.toml",
        ) from error
    if not wanted or not found.test_command:
        return Test()
    if found.before_test:
        # What it would fetch is not pinned, and proofs have no network.
        return Test(reason="a before-test is not run here")
    named = [*found.test_sources, *_NAMED.findall(found.test_command)]
    missing = [name for name in named if not Path(project.folder, name).exists()]
    if missing:
        where = f"the sdist {project.source['file']}" if project.source else "the project"
        return Test(reason=f"{missing[0]} is not in {where}")
    # Evaluated by the shell that runs the test, never here: values can hold commands.
    exports = [f"export {entry!r}" for entry in found.test_environment.assignments]
    return Test(
        command="; ".join([*exports, found.test_command]),
        requires=tuple(found.test_requires),
        extras=found.test_extras,
        sources=tuple(found.test_sources),
    )
