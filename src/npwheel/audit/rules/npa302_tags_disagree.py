"""NPA302: the file's name and its WHEEL file promise different things."""

from __future__ import annotations

from collections.abc import Iterator

from npwheel.audit.model import Finding, Rule
from npwheel.audit.subject import Subject

_SHOWN = 6


def check(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """One finding where the sets of tags differ."""
    named, inside = subject.tags, subject.metadata.wheel_tags
    if not named or not inside or named == inside:
        return
    only_name = sorted(map(str, named - inside))
    only_inside = sorted(map(str, inside - named))
    parts = []
    if only_name:
        parts.append(f"only the file's name has {', '.join(only_name[:_SHOWN])}")
    if only_inside:
        parts.append(f"only WHEEL has {', '.join(only_inside[:_SHOWN])}")
    yield rule.found("; ".join(parts))


RULE = Rule(
    id="NPA302",
    title="file name and WHEEL disagree",
    severity="warning",
    what="The tags in the wheel's file name are not those in its WHEEL file.",
    why=(
        "Installers choose by the name and record WHEEL, so later tools (`pip check`, `pip debug`, "
        "this audit of what is installed) judge by other tags. It comes from renaming a wheel."
    ),
    fix="change tags with `python -m wheel tags`, never by renaming the file",
    check=check,
    sources=("https://packaging.python.org/en/latest/specifications/binary-distribution-format/",),
)
