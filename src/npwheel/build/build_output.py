"""What cibuildwheel prints: the step, what failed in it, the NumPy of each wheel."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable

from npwheel.core.tags import python_of
from npwheel.sbom.build_log import installed_in

KEPT = 5000  # lines of a step
TAIL = 20
_STEPS = {
    "Copying project into container": "copying the project",
    "Running before_all": "before-all",
    "Setting up build environment": "build environment",
    "Running before_build": "before-build",
    "Building wheel": "building",
    "Repairing wheel": "repairing",
    "Auditing wheel": "auditing",
    "Testing wheel": "testing",
}
# The build frontend's own words on a failure; what the project printed stands before them.
_FRONTEND = re.compile(r"ERROR Backend subprocess exited|error: subprocess-exited-with-error")
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_BEGUN = re.compile(r"Building (\S+linux_\S+) wheel$")
_MADE = re.compile(r"\s+(\S+linux_\S+): (\S+\.whl) ")  # a line of cibuildwheel's summary
_CAUSE = re.compile(
    r"(?:^|\s)(?:fatal error:|error:|ERROR:|CMake Error|undefined reference"
    r"|(?:\w+\.)*[A-Z]\w*Error:|(?:\w+\.)*[A-Z]?\w*Exception:)|^(?:\w+\.)+[A-Z]\w+: "
    r"|^\S*sh: .*: (?:command )?not found$"  # a command of before-all that the image lacks
)
# "CMake Error at some/folder/CMakeLists.txt:12 (message):"; the file's name tells enough.
_CMAKE = re.compile(r"(\s*)CMake (Error|Warning)[^:]*? (?:at|in) (?:\S*/)?([^/\s:]+(?::\d+)?).*:$")
_STATUS = re.compile(r"\s*-- ")  # CMake's own progress, which fails nothing
_UV = re.compile(r"^< ?")  # uv marks what a build backend's installer printed


class BuildOutput:
    """Follows the output of one run. progress: called with each step."""

    def __init__(self, progress: Callable[[str], None]) -> None:
        self.progress = progress
        self.step = "starting"
        self.building = ""  # the identifier of the build that runs
        self.numpys: dict[str, str] = {}  # of each identifier
        self.made: dict[str, str] = {}  # wheel -> identifier
        self._lines: deque[str] = deque(maxlen=KEPT)  # of the step

    def built_with(self) -> dict[str, str]:
        """Wheel -> the NumPy that it was built with, where the log shows it."""
        return {wheel: self.numpys[i] for wheel, i in self.made.items() if i in self.numpys}

    def line(self, raw: str) -> None:
        """Take one line."""
        text = _ANSI.sub("", raw).rstrip()
        for prefix, step in _STEPS.items():
            if text.startswith((prefix, f"::group::{prefix}")):
                if step != self.step:
                    self.step = step
                    self._lines.clear()
                    self.progress(self._named(step))
                return
        numpy = installed_in(text).get("numpy") if self.step == "building" else None
        if numpy:
            self.numpys[self.building] = numpy
        begun, made = _BEGUN.match(text), _MADE.match(text)
        if begun:
            self.building = begun[1]
        if made:
            self.made[made[2]] = made[1]
        if text.strip():
            self._lines.append(_UV.sub("", text))

    def _named(self, step: str) -> str:
        """A step with the Python that it builds for."""
        python = python_of(self.building)
        return f"{step} for Python {python}" if python and step != "before-all" else step

    def lines(self) -> list[str]:
        """The lines of the step in which a cause may stand.

        An error of CMake's is one line; its warnings and its progress are left out.
        """
        return list(_joined(self._lines))

    def first_error(self) -> str:
        """The first line that looks like an error, else the last one; "" where there is none."""
        lines = self.lines()
        own = [line for line in lines if not line.startswith("cibuildwheel:")]
        marked = next((x for x in own if _CAUSE.search(x) and not _FRONTEND.search(x)), "")
        last = next((i for i, line in enumerate(own) if _FRONTEND.search(line)), len(own))
        return (marked or next(reversed(own[:last]), "") or next(iter(lines), "")).strip()

    def tail(self) -> tuple[str, ...]:
        """The last lines, as they were printed."""
        return tuple(self._lines)[-TAIL:]


def _joined(lines: Iterable[str]) -> Iterable[str]:
    """Lines with each message of CMake's as one."""
    message: list[str] = []
    indent: str | None = None  # of the heading whose message is being read
    kind = ""
    for line in lines:
        heading = _CMAKE.match(line)
        if indent is not None:
            if not heading and line.startswith(f"{indent}  "):
                message.append(line.strip())
                continue
            if kind == "Error":
                yield " ".join(message)
            indent = None
        if heading:
            indent, kind, message = heading[1], heading[2], [f"CMake Error in {heading[3]}:"]
        elif not _STATUS.match(line):
            yield line
    if indent is not None and kind == "Error":
        yield " ".join(message)
