"""The repository: its commit, what in it is not committed, a copy of just what is."""

from __future__ import annotations

import os
import tarfile
import tempfile
from pathlib import Path

from npwheel.core import git, tar_extraction
from npwheel.core.errors import UsageError
from npwheel.core.process import Done


def dirty(repository: Path) -> tuple[str, ...]:
    """Files that differ from HEAD or are not in it, as `git status` names them."""
    return tuple(_git(repository, "status", "--porcelain", "--untracked-files=all").splitlines())


def commit(repository: Path) -> str:
    """The full hash of HEAD."""
    return _git(repository, "rev-parse", "HEAD").strip()


def tags(repository: Path) -> tuple[str, ...]:
    """The tags that name HEAD."""
    return tuple(_git(repository, "tag", "--points-at", "HEAD").split())


def epoch(repository: Path) -> int:
    """The time of HEAD, in seconds: SOURCE_DATE_EPOCH of everything that is made of it."""
    return int(_git(repository, "log", "-1", "--format=%ct"))


def copy(repository: Path, folder: Path, mask: int) -> None:
    """Put the files of HEAD, and nothing else, into a new folder, as a clone made now would.

    mask: permissions that the files lack, as umask takes them away.
    """
    folder.mkdir(parents=True)
    with tempfile.TemporaryFile() as archive:
        _checked(repository, git.run(repository, "archive", "--format=tar", "HEAD", stdout=archive))
        archive.seek(0)
        with tarfile.open(fileobj=archive) as tar:
            tar_extraction.extract(tar, folder)
    for path in folder.rglob("*"):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode & 0o777 & ~mask)
            os.utime(path)


def _git(repository: Path, *arguments: str) -> str:
    return _checked(repository, git.run(repository, *arguments))


def _checked(repository: Path, done: Done) -> str:
    if done.code == -1:
        raise UsageError("git cannot be run", why=done.err)
    if done.code:
        raise UsageError(
            f"{repository} is not a git repository with a commit",
            why=done.err.strip()[-300:],
            next="run this in a clone of the project",
        )
    return done.out
