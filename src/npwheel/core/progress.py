"""What a long operation reports while it works; the command line shows it."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Receives steps and notes, from any thread."""

    def step(self, target: str, text: str) -> None:
        """A step of a target (or of "" for all) began."""

    def note(self, text: str) -> None:
        """A fact worth a line of its own."""
