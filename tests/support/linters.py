"""Linters of workflows, as installed next to the Python that runs the tests."""

import shutil
import subprocess
import sys
from pathlib import Path


def tool(*command, cwd):
    """Run a linter; return the finished process."""
    found = shutil.which(command[0], path=str(Path(sys.executable).parent))
    assert found, f"{command[0]} is not installed; it is listed in ci/locks/tests.in"
    return subprocess.run(
        [found, *command[1:]], cwd=cwd, capture_output=True, text=True, check=False
    )


def actionlint(cwd):
    """Run actionlint with shellcheck, without which it leaves `run:` lines unchecked."""
    shellcheck = Path(sys.executable).with_name("shellcheck")
    assert shellcheck.is_file()
    return tool("actionlint", "-no-color", "-shellcheck", str(shellcheck), cwd=cwd)


def zizmor(cwd):
    """Run zizmor in its strictest persona on `.github`."""
    return tool(
        "zizmor", "--offline", "--no-progress", "--no-ignores", "--strict-collection",
        "--persona=auditor", "--format=json", ".github", cwd=cwd,
    )  # fmt: skip
