"""How much work one wheel may cost, in bytes that are searched.

Counted, not timed, so that a wheel gets the same answer on every machine. A search goes
through about 3 GB a second; what is slower by the byte is charged as more bytes.
"""

from __future__ import annotations

from npwheel.elf import ElfError

BASE = 4 << 30  # about two seconds
PER_BYTE = 2000  # of the wheel's file; real wheels need 30 to 700 in all
STEP = 4096  # one step of Python, as the finding of one match
WINDOW = 16 * STEP  # the code around one place
INFLATED = 20  # a byte that is unpacked, and looked through for symbols
PATTERN = 16  # a byte that a regular expression looks at
CODE = 1024  # a byte of code that is followed instruction by instruction
OVER = "not read: reading this wheel costs more than any real one"


class OverBudgetError(ElfError):
    """The wheel has cost as much as one may; what is left of it stays unchecked."""


class Budget:
    """The work that is left for a wheel of so many bytes."""

    def __init__(self, file_size: int) -> None:
        self._all = self._left = BASE + PER_BYTE * file_size

    @property
    def spent(self) -> int:
        """The work that was done."""
        return self._all - self._left

    @property
    def is_spent(self) -> bool:
        """Is nothing left?"""
        return self._left < 0

    def spend(self, work: int) -> None:
        """Take work off the budget. Raises OverBudgetError when nothing is left."""
        self._left -= work
        if self._left < 0:
            raise OverBudgetError(OVER)
