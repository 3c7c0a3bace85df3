"""NPA602: what abi3audit finds (`--full`)."""

from __future__ import annotations

from collections.abc import Iterator

from npwheel.audit.model import Finding, Rule
from npwheel.audit.subject import Subject


def check(rule: Rule, subject: Subject) -> Iterator[Finding]:  # noqa: ARG001
    """Nothing from the file alone: `npwheel.audit.outside.abi3audit` asks abi3audit."""
    yield from ()


RULE = Rule(
    id="NPA602",
    title="an abi3 wheel uses more than the stable ABI",
    severity="error",
    what="With --full, abi3audit is run on abi3 wheels.",
    why=(
        "An abi3 wheel promises to work on every later Python. A symbol outside the stable ABI, or "
        "one that came later than the tag's Python, breaks that at import."
    ),
    fix="define Py_LIMITED_API as the tag's Python, or raise the tag",
    check=check,
    sources=("https://docs.python.org/3/c-api/stable.html",),
)
