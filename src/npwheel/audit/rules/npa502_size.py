"""NPA502: a wheel that the index does not take, or that is large for no good reason."""

from __future__ import annotations

from collections.abc import Iterator

from npwheel.audit.model import Finding, Rule
from npwheel.audit.subject import Subject

_LIMIT = 100 * 1000 * 1000  # bytes that a file may have on the package index without asking


def check(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """One finding for a file above the limit."""
    if not subject.installed and subject.size > _LIMIT:
        yield rule.found(
            f"{subject.size / 1e6:.0f} MB, the package index takes {_LIMIT / 1e6:.0f} MB unless "
            "asked for more"
        )


RULE = Rule(
    id="NPA502",
    title="size",
    severity="note",
    what="The wheel is larger than the package index takes by default.",
    why=(
        "The upload is refused; and small machines need that much memory and disk twice to install."
    ),
    fix="strip the libraries (-Wl,-s), split off data, or ask the index for a higher limit",
    check=check,
    sources=("the index: its documentation of storage limits",),
)
