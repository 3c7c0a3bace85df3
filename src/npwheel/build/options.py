"""The options of a build, and what it reports while it works."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from npwheel.build.project import Project
from npwheel.core.progress import Progress
from npwheel.core.targets import Target

if TYPE_CHECKING:
    from npwheel.build.plan import Plan
    from npwheel.core.errors import NpwheelError
    from npwheel.prove.record import WheelRecord


@dataclass(frozen=True)
class BuildOptions:
    """The command line of `npwheel build`, understood."""

    project: Project
    targets: tuple[Target, ...]
    images: str = "auto"  # "auto", "official" or "local"
    output: Path = Path("wheelhouse")
    setup: bool = False
    engine: str | None = None  # "docker", "podman"; None: whichever works
    jobs: int = 0  # targets side by side; 0: as many as there are cores
    force: bool = False
    argument: str = ""  # PROJECT, as it was given
    named: bool = True  # the targets are those of the command line, not the default ones
    all_or_nothing: bool = False  # publish no wheel unless every target is proven


@dataclass(frozen=True)
class Outcome:
    """What came of a target: wheels that are proven, or the error that ended it."""

    target: str
    wheels: tuple[WheelRecord, ...] = ()
    error: NpwheelError | None = None


class BuildProgress(Progress, Protocol):
    """What a build reports while it works."""

    def plan(self, plan: Plan) -> None:
        """The plan is made; nothing has started."""

    def outcomes(self, outcomes: Sequence[Outcome]) -> None:
        """Every target has ended."""
