"""What is read from a call: a text, and the constant passed right after it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Argument:
    """One call that is given a text.

    text: its address. position: which argument it is, 0 the first.
    offset: where in the file the text is loaded. constant: the next argument,
    None where it is no constant or is not found.
    """

    text: int
    position: int
    offset: int
    constant: int | None
