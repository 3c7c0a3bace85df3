"""sdists and the pure wheel, built in isolated environments from hashed constraints."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from npwheel.core import paths
from npwheel.core.errors import BuildError

LOCK = Path("locks") / "package.txt"


def build(project: Path, output: Path, env: Mapping[str, str], *, pure: bool) -> None:
    """The sdist of a project folder, and its wheel where that is pure. Raises BuildError.

    env: with SOURCE_DATE_EPOCH, that the same commit may give the same bytes.
    """
    kinds = ["--sdist", "--wheel"] if pure else ["--sdist"]
    command = [
        sys.executable,
        "-m",
        "uv",
        "build",
        "--quiet",
        *kinds,
        str(project),
        "--out-dir",
        str(output),
    ]
    # Backends come from the lock or not at all.
    command += ["--build-constraints", str(paths.ci() / LOCK), "--require-hashes"]
    command += ["--no-create-gitignore", "--no-config"]
    done = subprocess.run(
        command, env=dict(env), capture_output=True, text=True, errors="replace", check=False
    )
    if done.returncode:
        if "No module named uv" in done.stderr:
            raise BuildError("uv is not installed beside npwheel", next="pip install uv")
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        raise BuildError(f"{project} does not build", why=" ".join(lines)[-600:])
