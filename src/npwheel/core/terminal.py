"""The one way to stdout and stderr: no secret and no control character passes.

Names in wheels, records, projects and answers of servers may have any character in them:
escapes that a terminal obeys, and letters that turn the direction of what follows.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from typing import IO, Any

from npwheel.core.credentials import mask, mask_all


def plain(text: str) -> str:
    """Return a text with control characters, escapes and undecodable bytes written out."""
    if text.isprintable():
        return text
    kept = text.replace("\r\n", "\n")  # of a file with such line ends
    return "".join(
        letter if letter.isprintable() or letter in "\n\t" else _written(letter) for letter in kept
    )


def out(text: str, end: str = "\n") -> None:
    """Write a text to stdout."""
    _write(sys.stdout, plain(mask(text)) + end)


def document(value: Any) -> None:
    """Write a JSON document to stdout: ASCII, with an end of line."""
    text = json.dumps(mask_all(value), indent=2).replace("\x7f", "\\u007f")
    _write(sys.stdout, text + "\n")


def err(text: str, end: str = "\n") -> None:
    """Write a text to stderr. Nothing happens where nobody reads it."""
    with contextlib.suppress(OSError, ValueError):
        _write(sys.stderr, plain(mask(text)) + end)


def is_live() -> bool:
    """Is stderr a terminal that can move its cursor?"""
    return sys.stderr is not None and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


def erase(lines: int) -> None:
    """Remove the last lines of stderr, which is_live(); 0: what stands in the current line."""
    with contextlib.suppress(OSError, ValueError):
        _write(sys.stderr, f"\x1b[{lines}A\x1b[J" if lines else "\r\x1b[K")


def discard_stdout() -> None:
    """Have nothing more written to stdout, also when Python ends."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _write(stream: IO[str] | None, text: str) -> None:
    if stream is None:  # closed by whoever started this
        return
    encoding = getattr(stream, "encoding", None) or "utf-8"
    stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
    stream.flush()


def _written(letter: str) -> str:
    return letter.encode("unicode_escape", "backslashreplace").decode("ascii")
