"""NPA601: what auditwheel finds (`--full`)."""

from __future__ import annotations

from collections.abc import Iterator

from npwheel.audit.model import Finding, Rule
from npwheel.audit.subject import Subject


def check(rule: Rule, subject: Subject) -> Iterator[Finding]:  # noqa: ARG001
    """Nothing from the file alone: `npwheel.audit.outside.auditwheel` asks auditwheel."""
    yield from ()


RULE = Rule(
    id="NPA601",
    title="auditwheel does not find the tag that the wheel carries",
    severity="error",
    what="With --full, `auditwheel show` is run, and its verdict is compared with the tags.",
    why=(
        "auditwheel knows every policy's libraries, symbol versions and forbidden symbols. A wheel "
        "that needs more than its tag promises is installed where it cannot be loaded."
    ),
    fix="build in an image of that policy, or let `auditwheel repair` set the tag",
    check=check,
    sources=("https://peps.python.org/pep-0600/",),
)
