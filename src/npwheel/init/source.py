"""Where a project can install npwheel from: the index, else a commit of the repository."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from urllib.parse import unquote, urlsplit

from npwheel import __version__
from npwheel.core import git, index
from npwheel.core import repository as hosting
from npwheel.core.errors import PlanError

_COMMIT = re.compile(r"[0-9a-f]{40}")
_RELEASE = f"npwheel=={__version__}"


@dataclass(frozen=True)
class InstallSource:
    """A requirement that installs this npwheel.

    hashes: sha256 of its files on the index; why: what is missing, "" where it is available.
    """

    requirement: str
    hashes: tuple[str, ...] = ()
    why: str = ""

    @property
    def available(self) -> bool:
        """Can it be installed today?"""
        return not self.why

    @property
    def line(self) -> str:
        """The requirement with its hashes, as a requirements file has it."""
        return " ".join([self.requirement, *(f"--hash=sha256:{digest}" for digest in self.hashes)])


def find() -> InstallSource:
    """Ask the index for this release; else name the commit that is running."""
    try:
        files = index.files("npwheel")
    except index.UnknownProject:
        files = ()
    except PlanError as error:
        return _of_commit(f"the index could not be asked for {_RELEASE} ({error.what})")
    return from_index(files) or _of_commit(f"{_RELEASE} is not on the index")


def from_index(files: Iterable[index.IndexFile]) -> InstallSource | None:
    """Return this release pinned by hash; None where the index lacks it or its hashes."""
    names = (f"npwheel-{__version__}-", f"npwheel-{__version__}.tar.gz")
    mine = [file for file in files if file.filename.startswith(names) and not file.yanked]
    hashes = sorted(file.hashes["sha256"] for file in mine if "sha256" in file.hashes)
    return InstallSource(_RELEASE, tuple(hashes)) if hashes else None


def _of_commit(why: str) -> InstallSource:
    address, commit = hosting.address(), running_commit()
    if address and commit:
        return InstallSource(f"npwheel@git+{address}@{commit}")
    missing = (
        "the commit of this npwheel is unknown: install it from a clean checkout"
        if address
        else f"the address of its repository is not set ({hosting.FILE})"
    )
    return InstallSource(_RELEASE, why=f"{why}, and {missing}")


def running_commit() -> str:
    """Return the commit that this npwheel was installed from (PEP 610); "" where unknown."""
    try:
        text = metadata.distribution("npwheel").read_text("direct_url.json")
        data = json.loads(text or "{}")
        commit = str(data.get("vcs_info", {}).get("commit_id", ""))
        folder = urlsplit(str(data.get("url", "")))
    except (metadata.PackageNotFoundError, ValueError, AttributeError):
        return ""
    if not commit and folder.scheme == "file" and "dir_info" in data:
        place = Path(unquote(folder.path))
        if place.is_dir() and git.text(place, "status", "--porcelain") == "":
            commit = (git.text(place, "rev-parse", "HEAD") or "").strip()
    return commit if _COMMIT.fullmatch(commit) else ""
