"""The only place that writes: what goes to stdout and stderr has no secret and no control code."""

import json
import os
import sys
from typing import Any, Dict

from npwheel.core.errors import NotChecked
from npwheel.doctor.privacy import Privacy


class Output:
    """Cleans and writes. The report goes to stdout, everything else to stderr."""

    def __init__(self, privacy: Privacy) -> None:
        self.privacy = privacy

    def report(self, text: str) -> None:
        """Write to stdout, whatever its encoding. Raises NotChecked if it cannot be written."""
        self._write(self.privacy.clean(text))

    def document(self, value: Dict[str, Any]) -> None:
        """Write a JSON document to stdout: ASCII, indented, one newline at the end."""
        clean = self.privacy.deep(value)
        self._write(json.dumps(clean, indent=2, ensure_ascii=True) + "\n")

    def _write(self, clean: str) -> None:
        encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
        try:
            sys.stdout.write(clean.encode(encoding, "backslashreplace").decode(encoding))
            sys.stdout.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            discard_stdout()
            raise NotChecked(
                "the report cannot be written: {}".format(error.strerror),
                next="write it to another file or a terminal",
            ) from error

    def say(self, text: str, name: str = "npwheel doctor: ") -> None:
        """Write one message to stderr."""
        encoding = getattr(sys.stderr, "encoding", None) or "utf-8"
        clean = name + self.privacy.clean(text) + "\n"
        try:
            sys.stderr.write(clean.encode(encoding, "backslashreplace").decode(encoding))
            sys.stderr.flush()
        except OSError:
            pass  # nobody reads it


def open_closed_streams() -> None:
    """Open what the caller closed of 0, 1 and 2: a pipe to the child must not get their numbers."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: SIM115
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: SIM115


def discard_stdout() -> None:
    """Send what is still to be written nowhere, so that Python ends in silence."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
