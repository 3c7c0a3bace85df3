"""sdists and the pure wheel, built in isolated environments from hashed constraints."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from npwheel.core import paths, process
from npwheel.core.errors import BuildError

LOCK = Path("locks") / "package.txt"


def build(project: Path, output: Path, env: Mapping[str, str], *, pure: bool) -> None:
    """The sdist of a project folder, and its wheel where that is pure. Raises BuildError.

    env: with SOURCE_DATE_EPOCH, that the same commit may give the same bytes.
    """
    kinds = ["--sdist", "--wheel"] if pure else ["--sdist"]
    command = process.python("uv", "build", "--quiet", *kinds, str(project.absolute()))
    command += ["--out-dir", str(output.absolute())]
    # Backends come from the lock or not at all.
    command += ["--build-constraints", str(paths.ci() / LOCK), "--require-hashes"]
    command += ["--no-create-gitignore", "--no-config"]
    done = process.run(command, env=env)
    if done.code:
        if "No module named uv" in done.err:
            raise BuildError("uv is not installed beside npwheel", next="pip install uv")
        lines = [line.strip() for line in done.err.splitlines() if line.strip()]
        raise BuildError(f"{project} does not build", why=" ".join(lines)[-600:])
