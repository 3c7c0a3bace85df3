"""All that `npwheel init` would do to a project."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from npwheel.build.project import identifiers
from npwheel.core.errors import PlanError
from npwheel.core.targets import Target
from npwheel.init import pyproject, workflow
from npwheel.init.changes import Change, text_of
from npwheel.init.facts import Facts, gather
from npwheel.init.settings import wanted


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
    settings = wanted(facts, targets)
    after, notes = pyproject.edited(before or "", settings)
    changes = [Change(path, before, after)]
    advice = [*notes, *settings.advice, *_refused(facts.project.folder, after)]
    file, why = workflow.change(facts)
    if file:
        changes.append(file)
    elif why:
        advice.append(why)
    return InitPlan(facts, tuple(c for c in changes if c.needed), tuple(advice))


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
