"""Progress on stderr: one live line a target on a terminal, plain lines elsewhere."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from types import TracebackType

from npwheel.build.options import Outcome
from npwheel.build.plan import Plan
from npwheel.core import terminal
from npwheel.report.outcomes import outcomes_text
from npwheel.report.plan_text import plan_text


class ConsoleProgress:
    """Shows steps with elapsed time. Used as a context manager; safe from any thread."""

    def __init__(self) -> None:
        self._live = terminal.is_live()
        self._begun = time.monotonic()
        self._steps: dict[str, tuple[str, float]] = {}
        self._drawn = 0
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> ConsoleProgress:
        if self._live:
            self._thread = threading.Thread(target=self._redraw, daemon=True)
            self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        if self._thread:
            self._thread.join()
        with self._lock:
            self._erase()

    def step(self, target: str, text: str) -> None:
        """A step began."""
        with self._lock:
            if target:
                self._steps.pop("", None)
            self._steps[target] = (text, time.monotonic())
            if self._live:
                self._draw()
            else:
                terminal.err(f"[{_clock(time.monotonic() - self._begun)}] {_label(target)}{text}")

    def note(self, text: str) -> None:
        """A line that stays."""
        with self._lock:
            self._erase()
            terminal.err(text)
            if self._live:
                self._draw()

    def plan(self, plan: Plan) -> None:
        """The plan, before anything starts."""
        self.note(plan_text(plan))

    def outcomes(self, outcomes: Sequence[Outcome]) -> None:
        """What came of each target, where there are several."""
        with self._lock:
            self._erase()
            self._steps.clear()
        if len(outcomes) > 1:
            self.note(outcomes_text(outcomes))

    def _redraw(self) -> None:
        while not self._stop.wait(0.5):
            with self._lock:
                self._draw()

    def _draw(self) -> None:
        self._erase()
        now = time.monotonic()
        for target, (text, since) in self._steps.items():
            line = f"[{_clock(now - self._begun)}] {_label(target)}{text} {now - since:.0f}s"
            terminal.err(terminal.plain(line)[:100].replace("\n", " "))
        self._drawn = len(self._steps)

    def _erase(self) -> None:
        if self._drawn:
            terminal.erase(self._drawn)
            self._drawn = 0


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60:d}:{int(seconds) % 60:02d}"


def _label(target: str) -> str:
    return f"{target}: " if target else ""
