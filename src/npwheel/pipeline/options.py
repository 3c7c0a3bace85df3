"""What a run is asked for, and how it tells what it does."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from npwheel.pipeline.project import Project
from npwheel.pipeline.targets import Target

if TYPE_CHECKING:
    from npwheel.pipeline.plan import Plan


@dataclass(frozen=True)
class Options:
    """The command line of `npwheel build`, understood."""

    project: Project
    targets: tuple[Target, ...]
    images: str = "auto"  # "auto", "official" or "local"
    output: Path = Path("wheelhouse")
    setup: bool = False
    engine: str | None = None  # "docker", "podman"; None: whichever works
    jobs: int = 0  # targets side by side; 0: as many as there are cores
    force: bool = False


class Progress(Protocol):
    """What a run says while it works; the command line shows it. Called from any thread."""

    def step(self, target: str, text: str) -> None:
        """A step of a target (or of "" for all) began."""

    def note(self, text: str) -> None:
        """A fact worth a line of its own."""

    def plan(self, plan: Plan) -> None:
        """The plan is made; nothing has started."""
