"""Running another auditor in this environment."""

from __future__ import annotations

import subprocess
import sys

_TIMEOUT = 1800  # seconds; auditwheel takes ten on the largest wheels


class ToolFailed(Exception):
    """The tool is not installed, or gave no answer; the text says which."""


def run(module: str, *arguments: str) -> str:
    """What `python -m module …` prints. Raises ToolFailed when it prints nothing."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", module, *arguments],
            capture_output=True, text=True, check=False, timeout=_TIMEOUT,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise ToolFailed(f"{module} gave no answer in {_TIMEOUT} s") from error
    if not done.stdout.strip():
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise ToolFailed(f"{module} gave no answer (exit {done.returncode}): {last}")
    return done.stdout
