"""What one child process said and how it ended, as facts."""

import ast
import re
import signal
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

LINE, HALF = 1000, 65536  # characters that are kept of a line, and of both ends of a text


class Link(NamedTuple):
    """One exception of a chain."""

    type: str
    text: str
    name: Optional[str]
    path: Optional[str]
    file: str
    line: int

    def __str__(self) -> str:
        first = self.text.strip().splitlines()
        return "{}: {}".format(self.type, first[0]) if first else self.type


class Trial(NamedTuple):
    """One run of `child.py`, or a text that a user saved (then returncode is None)."""

    subject: str
    command: Tuple[str, ...]
    records: Tuple[Tuple[str, Any], ...]
    stderr: str
    returncode: Optional[int]
    timed_out: bool
    seconds: float
    error: str = ""  # why no child could be started at all

    def record(self, name: str) -> Any:
        """The last record of that name, or None."""
        values = [value for key, value in self.records if key == name]
        return values[-1] if values else None

    @property
    def ok(self) -> bool:
        """Every stage was reached without an exception, and Python ended by itself."""
        whole = self.record("done") is True and self.record("raised") is None
        return whole and self.returncode == 0

    @property
    def chain(self) -> List[Link]:
        """The exceptions, the one that was seen first, the root last; may be empty."""
        raised = self.record("raised")
        links = raised.get("chain", []) if isinstance(raised, dict) else []
        return [
            Link(x["type"], x["text"], x["name"], x["path"], x["file"], x["line"]) for x in links
        ]

    @property
    def root(self) -> Optional[Link]:
        """The exception that all others came from. Never judge by the last line shown."""
        chain = self.chain
        return chain[-1] if chain else None

    @property
    def failed_module(self) -> str:
        """The module whose import was asked for and failed."""
        raised = self.record("raised")
        return str(raised.get("module", "")) if isinstance(raised, dict) else ""

    @property
    def signal(self) -> int:
        """The number of the signal that ended it, 0 if none; a shell's 128+n counts."""
        code = self.returncode
        if code is None or self.timed_out:
            return 0
        if code < 0:
            return -code
        return code - 128 if 128 < code < 160 else 0

    @property
    def signal_name(self) -> str:
        """SIGILL and the like, or an empty string."""
        try:
            return signal.Signals(self.signal).name if self.signal else ""
        except ValueError:
            return "signal {}".format(self.signal)

    @property
    def said(self) -> str:
        """All texts, stderr included: the reason may be on stderr alone."""
        parts = ["{}: {}".format(link.type, link.text) for link in reversed(self.chain)]
        return "\n".join([*parts, self.stderr])

    def search(self, pattern: str) -> Optional["re.Match[str]"]:
        """The first place where the pattern occurs in what was said."""
        return re.search(pattern, self.said)

    @property
    def outcome(self) -> str:
        """One line: how it ended."""
        if self.error:
            return self.error
        if self.ok:
            return "works"
        if self.timed_out:
            return "did not end within {:.0f} s".format(self.seconds)
        if self.root is not None:
            return str(self.root)
        if self.signal:
            stage = self.record("stage")
            return "killed by {}{}".format(
                self.signal_name, " while {}".format(stage) if stage else ""
            )
        last = [line for line in self.stderr.splitlines() if line.strip()]
        return last[-1] if last else "ended with exit code {}".format(self.returncode)


def records(data: bytes) -> Tuple[Tuple[str, Any], ...]:
    """Parse what the child wrote; a line that was cut short or forged is dropped."""
    found: List[Tuple[str, Any]] = []
    for line in data.split(b"\n"):
        try:
            value = ast.literal_eval(line.decode("ascii"))
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            continue
        if isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], str):
            found.append((value[0], value[1]))
    return tuple(found)


def bounded(text: str) -> str:
    """The beginning and the end of a text, long lines cut.

    Signatures are searched in it, at a cost that grows with the square of a line.
    """
    lines = [line[:LINE] for line in text.splitlines()]
    cut = "\n".join(lines)
    return cut if len(cut) <= 2 * HALF else cut[:HALF] + "\n[...]\n" + cut[-HALF:]


def from_text(subject: str, text: str) -> Trial:
    """A trial made of a saved traceback or log: only signatures can be judged."""
    return Trial(subject, (), (), bounded(text), None, False, 0.0)


def survey(trial: Trial) -> Optional[Dict[str, Any]]:
    """What the interpreter said it is, or None."""
    facts = trial.record("survey")
    return facts if isinstance(facts, dict) else None
