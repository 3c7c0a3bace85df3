"""All that `npwheel init` would do to a project."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from npwheel.build.project import identifiers
from npwheel.core.errors import PlanError
from npwheel.core.targets import Target, choose
from npwheel.init import pyproject, workflow
from npwheel.init.changes import Change, text_of
from npwheel.init.facts import Facts, gather
from npwheel.init.settings import wanted
from npwheel.init.source import find

_WHEELHOUSE = re.compile(r"^/?wheelhouse/?\s*$", re.MULTILINE)


@dataclass(frozen=True)
class InitPlan:
    """Files to change, and what only a person can decide."""

    facts: Facts
    changes: tuple[Change, ...]
    advice: tuple[str, ...]


def make(folder: Path, targets: Sequence[Target]) -> InitPlan:
    """Look at a project. Raises UsageError when it cannot be read or edited safely."""
    facts = gather(folder)
    path = facts.project.folder / "pyproject.toml"
    before = text_of(path, facts.repository)
    source = find()
    settings = wanted(facts, choose([]), source)
    after, notes = pyproject.edited(before or "", settings)
    changes = [Change(path, before, after)]
    advice = [
        *notes,
        *settings.advice,
        *([] if facts.ci.is_old else _refused(facts.project.folder, after)),
    ]
    file, why = workflow.change(facts, source, _targets(facts, targets))
    if file:
        # Only a workflow of ours makes the folder; what others make is the project's choice.
        changes += [change for change in (_ignored(facts), file) if change]
    advice += why
    return InitPlan(facts, tuple(c for c in changes if c.needed), tuple(advice))


def _ignored(facts: Facts) -> Change | None:
    """The folder of built wheels among what git ignores."""
    path = facts.repository / ".gitignore"
    old = text_of(path, facts.repository)
    if old is None and (facts.ci.builds or not (facts.repository / ".git").exists()):
        return None
    before = old or ""
    if _WHEELHOUSE.search(before):
        return None
    newline = "\r\n" if "\r\n" in before else "\n"
    ended = before if not before or before.endswith("\n") else before + newline
    return Change(path, old, f"{ended}wheelhouse/{newline}")


def _targets(facts: Facts, targets: Sequence[Target]) -> tuple[str, ...]:
    """The chosen targets that the project's own settings leave; empty for the default ones.

    One that is not built by default was named: no setting of the project says anything of it.
    """
    if find_spec("cibuildwheel") is None:
        return () if targets == choose([]) else tuple(target.name for target in targets)
    try:
        built = identifiers(facts.project.folder, tuple({target.arch for target in choose([])}))
    except PlanError:
        return ()
    defaults = choose([])
    left = [
        t.name for t in targets if t not in defaults or any(i.endswith(f"-{t.name}") for i in built)
    ]
    return () if left == [t.name for t in defaults] else tuple(left)


def _refused(folder: Path, text: str) -> list[str]:
    """Why cibuildwheel would stop at the new pyproject.toml, in its own words."""
    if find_spec("cibuildwheel") is None:
        return []
    with tempfile.TemporaryDirectory(prefix="npwheel-init-") as name:
        trial = Path(name)
        (trial / "pyproject.toml").write_text(text, "utf-8")
        for other in ("setup.py", "setup.cfg"):
            if (folder / other).is_file():
                shutil.copy(folder / other, trial)
        try:
            identifiers(trial, ("x86_64", "aarch64"))
        except PlanError as error:
            return [error.what.replace(trial.name, folder.name)]
    return []
