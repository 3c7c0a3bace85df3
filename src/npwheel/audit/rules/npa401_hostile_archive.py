"""NPA401: members that no honest wheel has."""

from __future__ import annotations

from collections.abc import Iterator

from npwheel.audit.model import Finding, Rule
from npwheel.audit.subject import Subject


def check(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """One finding for each problem of the container."""
    for problem in subject.problems:
        yield rule.found(problem.message, problem.where)


RULE = Rule(
    id="NPA401",
    title="a container that is not honest",
    severity="error",
    what=(
        "The archive has paths that leave it, links, one name twice, overlapping or "
        "unpackable data."
    ),
    why=(
        "What one tool sees in such an archive is not what another installs, or where. Some are "
        "attacks (path traversal, zip bombs), some come from broken tools."
    ),
    fix="do not install it; build it again with a maintained build backend",
    check=check,
    sources=(
        "https://cwe.mitre.org/data/definitions/22.html",
        "https://www.bamsoftware.com/hacks/zipbomb/",
    ),
)
