"""NPA402: members that could not be read, so that nothing is known of them."""

from __future__ import annotations

from collections.abc import Iterator

from npwheel.audit.model import Finding, Rule
from npwheel.audit.subject import Subject


def check(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """One finding for each of them."""
    for path, why in subject.unread:
        yield rule.found(why, path)


RULE = Rule(
    id="NPA402",
    title="a member that could not be read",
    severity="unchecked",
    what="A file of the wheel that may be a library could not be unpacked.",
    why="Its checksum is wrong, it is cut short, encrypted or compressed in an unknown way.",
    fix="fetch the wheel again and compare its hash with the index; else build it again",
    check=check,
)
