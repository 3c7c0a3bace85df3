"""Running another auditor in this environment."""

from __future__ import annotations

from npwheel.core import process

_TIMEOUT = 1800  # seconds; auditwheel takes ten on the largest wheels
_LIMITS = process.Limits(memory=8 << 30, cpu=_TIMEOUT)


class ToolFailed(Exception):
    """The tool is not installed, or gave no answer; the text says which."""


def run(module: str, *arguments: str) -> str:
    """What `python -m module …` prints. Raises ToolFailed when it prints nothing."""
    done = process.run(process.python(module, *arguments), timeout=_TIMEOUT, limits=_LIMITS)
    if not done.out.strip():
        last = (done.err.strip().splitlines() or ["it said nothing"])[-1]
        raise ToolFailed(f"{module} gave no answer (exit {done.code}): {last}")
    return done.out
