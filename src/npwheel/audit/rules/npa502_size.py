"""NPA502: a wheel that the index does not take, or that is large for no good reason."""

from __future__ import annotations

from collections.abc import Iterator

from npwheel.audit.model import Finding, Rule
from npwheel.audit.subject import Subject

_LIMIT = 104_857_600  # bytes that a file may have on the package index without asking
_RATIO = 50  # times its packed size that a wheel may unpack to,
_FROM = 64 * 1024 * 1024  # where it unpacks to so many bytes


def check(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """One finding for a file above the limit, one for a wheel that unpacks to too much."""
    if subject.installed:
        return
    if subject.size > _LIMIT:
        yield rule.found(
            f"{subject.size:,} bytes, the package index takes {_LIMIT:,} unless asked for more"
        )
    unpacked = sum(subject.members.values())
    if unpacked >= _FROM and unpacked > _RATIO * subject.size:
        yield rule.found(
            f"{subject.size:,} bytes unpack to {unpacked:,}; the package index refuses more than "
            f"{_RATIO} times the size"
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
