"""Keeps what fuzzing found: `python tests/fuzz/keep.py TARGET FOLDER`.

Of the inputs in FOLDER, smallest first, those that run a jump between lines of
npwheel that no kept input ran are copied into the target's corpus.
"""

from __future__ import annotations

import hashlib
import importlib
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import npwheel

HERE = Path(__file__).parent
SOURCE = str(Path(npwheel.__file__).parent)


def jumps(one: Any, data: bytes) -> set[tuple[str, int, int]]:
    """The (file, line, line) that reading the input runs."""
    found: set[tuple[str, int, int]] = set()
    before: dict[int, int] = {}

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        name = frame.f_code.co_filename
        if not name.startswith(SOURCE):
            return None
        found.add((name, before.get(id(frame), 0), frame.f_lineno))
        before[id(frame)] = frame.f_lineno if event != "return" else 0
        return trace

    sys.settrace(trace)
    try:
        one(data)
    finally:
        sys.settrace(None)
    return found


def main(target: str, folder: Path) -> None:
    """Copy what is new."""
    sys.path.insert(0, str(HERE))
    one = importlib.import_module(f"{target}_target").one
    corpus = HERE / "corpus" / target
    seen: set[tuple[str, int, int]] = set()
    for path in sorted(corpus.iterdir()):
        seen |= jumps(one, path.read_bytes())
    for path in sorted(folder.iterdir(), key=lambda p: (p.stat().st_size, p.name)):
        data = path.read_bytes()
        new = jumps(one, data) - seen
        if new:
            seen |= new
            name = hashlib.sha256(data).hexdigest()[:16]
            (corpus / name).write_bytes(data)
            sys.stdout.write(f"{name}: {len(new)} new of {len(data)} bytes\n")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
