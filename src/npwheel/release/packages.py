"""sdists and the pure wheel, built in isolated environments."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from npwheel.core import process
from npwheel.core.errors import BuildError


def build(
    project: Path, output: Path, env: Mapping[str, str], *, pure: bool, constraints: Path | None
) -> None:
    """The sdist of a project folder, and its wheel where that is pure. Raises BuildError.

    env: with SOURCE_DATE_EPOCH, that the same commit may give the same bytes; constraints: a
    hashed lock, from which backends come or not at all.
    """
    kinds = ["--sdist", "--wheel"] if pure else ["--sdist"]
    command = process.python("uv", "build", "--quiet", *kinds, str(project.absolute()))
    command += ["--out-dir", str(output.absolute())]
    if constraints:
        command += ["--build-constraints", str(constraints.absolute()), "--require-hashes"]
    command += ["--no-create-gitignore", "--no-config"]
    done = process.run(command, env=env)
    if done.code:
        if "No module named uv" in done.err:
            raise BuildError("uv is not installed beside npwheel", next="pip install uv")
        lines = [line.strip() for line in done.err.splitlines() if line.strip()]
        raise BuildError(f"{project} does not build", why=" ".join(lines)[-600:])
