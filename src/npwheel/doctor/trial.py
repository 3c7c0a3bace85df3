"""What one child process reported and how it ended, as facts."""

import ast
import re
import signal
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple

LINE, HALF = 1000, 65536  # characters that are kept of a line, and of both ends of a text


class Link(NamedTuple):
    """One exception of a chain."""

    type: str
    text: str
    name: Optional[str]
    path: Optional[str]
    file: str
    line: int
    frames: Tuple[
        str, ...
    ] = ()  # the files that the traceback goes through, the last one innermost

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
    steps: Tuple[str, ...] = ()  # what the child was requested to do, in order

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
            Link(x["type"], x["text"], x["name"], x["path"], x["file"], x["line"],
                 tuple(x.get("frames", ())))
            for x in links
        ]  # fmt: skip

    @property
    def loaded(self) -> Dict[str, str]:
        """Module name -> file, of what had been imported when the import failed."""
        found = self.record("loaded")
        return found if isinstance(found, dict) else {}

    @property
    def root(self) -> Optional[Link]:
        """The exception that all others came from. Never judge by the last line shown."""
        chain = self.chain
        return chain[-1] if chain else None

    @property
    def missing_module(self) -> str:
        """The dotted name of the module that the root exception did not find; empty if another."""
        root = self.root
        if root is None or root.type not in ("ModuleNotFoundError", "ImportError"):
            return ""
        match = re.search(r"No module named '?([\w.]+)'?", root.text)
        return root.name or match.group(1) if match else ""

    @property
    def failed_module(self) -> str:
        """The module whose import was requested and failed."""
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
    def output(self) -> str:
        """All texts, stderr included: the reason may be on stderr alone."""
        parts = ["{}: {}".format(link.type, link.text) for link in reversed(self.chain)]
        return "\n".join([*parts, self.stderr])

    def search(self, pattern: str) -> Optional["re.Match[str]"]:
        """The first place where the pattern occurs in the output."""
        return re.search(pattern, self.output)

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

    @property
    def whole_outcome(self) -> str:
        """How it ended, with the innermost exception in full: all lines of its message."""
        root = self.root
        if root is None or self.error or self.ok or self.timed_out:
            return self.outcome
        lines = [line.strip() for line in root.text.strip().splitlines() if line.strip()]
        return "{}: {}".format(root.type, " ".join(lines)[:LINE]) if lines else root.type


def records(data: bytes) -> Tuple[Tuple[str, Any], ...]:
    """Parse what the child wrote; a line that was cut short or forged is dropped."""
    found: List[Tuple[str, Any]] = []
    for line in data.split(b"\n"):
        try:
            value = without_nul(ast.literal_eval(line.decode("ascii")))
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            continue
        pair = isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], str)
        if pair and well_formed(value[0], value[1]):
            found.append((value[0], value[1]))
    return tuple(found)


def without_nul(value: Any) -> Any:
    """The value with U+FFFD for NUL: no call of the system takes a path that contains NUL."""
    if isinstance(value, str):
        return value.replace("\0", "\ufffd")
    if isinstance(value, (list, tuple)):
        return type(value)(without_nul(item) for item in value)
    if isinstance(value, dict):
        return {without_nul(key): without_nul(item) for key, item in value.items()}
    return value


def text_or_none(value: Any) -> bool:
    """A string, or None."""
    return value is None or isinstance(value, str)


def texts(value: Any) -> bool:
    """A sequence of strings."""
    return isinstance(value, (list, tuple)) and all(isinstance(item, str) for item in value)


def named_texts(value: Any) -> bool:
    """A mapping of strings to strings."""
    return isinstance(value, dict) and all(texts(pair) for pair in value.items())


def link_fields(value: Any) -> bool:
    """One exception of a chain, as child.py writes it."""
    return (
        isinstance(value, dict)
        and all(isinstance(value.get(key), str) for key in ("type", "text", "file"))
        and all(key in value and text_or_none(value[key]) for key in ("name", "path"))
        and isinstance(value.get("line"), int)
        and texts(value.get("frames", ()))
    )


def raised_fields(value: Any) -> bool:
    """A failed import."""
    links = value.get("chain") if isinstance(value, dict) else None
    return (
        isinstance(links, list)
        and bool(links)
        and isinstance(value.get("module"), str)
        and all(link_fields(link) for link in links)
    )


def version_fields(value: Any) -> bool:
    """A version of Python: at least two numbers."""
    return (
        isinstance(value, (list, tuple))
        and len(value) >= 2
        and all(isinstance(number, int) for number in value)
    )


def rows_of(width: int) -> Callable[[Any], bool]:
    """A list of tuples of that width."""
    return lambda value: (
        isinstance(value, list)
        and all(isinstance(row, tuple) and len(row) == width for row in value)
    )


def numerics_fields(value: Any) -> bool:
    """What the imported NumPy is linked with."""
    return (
        isinstance(value, dict)
        and all(texts(value.get(key, ())) for key in ("libraries", "blas", "baseline"))
        and isinstance(value.get("threads", 0), int)
        and isinstance(value.get("features", {}), dict)
        and isinstance(value.get("openblas", {}), dict)
        and all(isinstance(answer, dict) for answer in value.get("openblas", {}).values())
    )


SURVEY: Dict[str, Callable[[Any], bool]] = {
    "executable": text_or_none, "implementation": text_or_none, "multiarch": text_or_none,
    "prefix": text_or_none, "base_prefix": text_or_none, "path": texts, "suffixes": texts,
    "machine": text_or_none, "release": text_or_none, "abiflags": text_or_none,
    "flags": lambda value: isinstance(value, dict), "user_site": text_or_none,
    "user_site_enabled": lambda value: value in (None, True, False), "builtin": texts,
    "stdlib": text_or_none, "loaded": named_texts, "libc": text_or_none, "cwd": text_or_none,
    "bits": lambda value: value in (32, 64), "page": lambda value: isinstance(value, int),
    "uid": lambda value: isinstance(value, int), "version": version_fields,
}  # fmt: skip


def survey_fields(value: Any) -> bool:
    """What an interpreter is: every known field has its type, and the version is there."""
    return (
        isinstance(value, dict)
        and "version" in value
        and all(known(value[key]) for key, known in SURVEY.items() if key in value)
    )


# What each record must look like: a module under examination can write into the pipe as well.
RECORDS: Dict[str, Callable[[Any], bool]] = {
    "survey": survey_fields,
    "old": version_fields,
    "stage": lambda value: isinstance(value, str),
    "raised": raised_fields,
    "loaded": named_texts,
    "imported": lambda value: (
        isinstance(value, dict)
        and isinstance(value.get("module"), str)
        and all(text_or_none(value.get(key)) for key in ("file", "version"))
        and texts(value.get("folders", ()))
    ),
    "numerics": numerics_fields,
    "wrong": rows_of(4),
    "flushed": lambda value: isinstance(value, str),
    "damaged": rows_of(2),
    "cpu": lambda value: isinstance(value, dict) and isinstance(value.get("x86", {}), dict),
}


def well_formed(name: str, value: Any) -> bool:
    """Whether a record of that name looks as child.py writes it."""
    return name not in RECORDS or RECORDS[name](value)


def bounded(text: str) -> str:
    """The beginning and the end of a text, long lines cut.

    Signatures are searched in it, at a cost that grows with the square of a line.
    """
    lines = [line[:LINE] for line in without_nul(text).splitlines()]
    cut = "\n".join(lines)
    return cut if len(cut) <= 2 * HALF else cut[:HALF] + "\n[...]\n" + cut[-HALF:]


def survey(trial: Trial) -> Optional[Dict[str, Any]]:
    """What the interpreter reported of itself, or None."""
    facts = trial.record("survey")
    return facts if isinstance(facts, dict) else None
