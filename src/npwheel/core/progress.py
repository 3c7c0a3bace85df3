"""The interface by which long operations report progress to the command line."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Receives steps and notes, from any thread."""

    def step(self, target: str, text: str) -> None:
        """Report that a step of a target began; "" for all targets."""

    def note(self, text: str) -> None:
        """Report a line that stays visible."""
