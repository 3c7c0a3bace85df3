"""Run read-only git commands without executing anything from the repository's settings.

`.git/config` can name commands for `core.fsmonitor`, hooks, pagers, signature checks and
remotes, and an unpacked archive may contain that file.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import IO

from npwheel.core import process
from npwheel.core.process import Done

_OPTIONS = (
    "core.fsmonitor=false",
    f"core.hooksPath={os.devnull}",
    f"core.sshCommand={os.devnull}",
    "core.pager=cat",
    "credential.helper=",
    "diff.external=",
    "log.showSignature=false",
    "protocol.allow=never",  # objects that a partial clone left out are not fetched
    "submodule.recurse=false",
    "uploadpack.packObjectsHook=",
)


def run(folder: Path, *arguments: str, stdout: int | IO[bytes] = subprocess.PIPE) -> Done:
    """Run `git ARGUMENTS` in a folder. The exit code is -1 if git is not installed.

    Args:
        folder: of the repository, or below it.
        arguments: a command that only reads, and its arguments.
        stdout: a file for its output.
    """
    # A hook (pre-commit) runs with variables that name another repository's index.
    env: dict[str, str | None] = {name: None for name in os.environ if name.startswith("GIT_")}
    env.update(GIT_NO_LAZY_FETCH="1", GIT_OPTIONAL_LOCKS="0", GIT_TERMINAL_PROMPT="0")
    options = [word for option in _OPTIONS for word in ("-c", option)]
    command = ["git", "--no-pager", *options, "-C", str(folder.absolute()), *arguments]
    # File names need not be UTF-8.
    return process.run(
        command, env=process.environment(env), stdout=stdout, errors="surrogateescape"
    )


def text(folder: Path, *arguments: str) -> str | None:
    """Return what git prints; None if it fails or is not installed."""
    done = run(folder, *arguments)
    return done.out if done.code == 0 else None
