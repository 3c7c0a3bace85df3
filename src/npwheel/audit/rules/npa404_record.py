"""NPA404: RECORD and the members disagree."""

from __future__ import annotations

from collections.abc import Iterator

from npwheel.audit.model import Finding, Rule
from npwheel.audit.subject import Subject

_SHOWN = 5
_NOT_LISTED = ("/RECORD.jws", "/RECORD.p7s")


def check(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """One finding for what is listed and absent, one for what is there and not listed."""
    record = subject.metadata.record
    if record is None or subject.installed:
        return
    members = {path for path in subject.members if not path.endswith(_NOT_LISTED)}
    for what, paths in (
        ("listed in RECORD, not in the wheel", record - members),
        ("in the wheel, not listed in RECORD", members - record),
    ):
        files = sorted(p for p in paths if not p.endswith((*_NOT_LISTED, "/")))
        if files:
            more = f" and {len(files) - _SHOWN} more" if len(files) > _SHOWN else ""
            yield rule.found(f"{what}: {', '.join(files[:_SHOWN])}{more}", files[0])


RULE = Rule(
    id="NPA404",
    title="RECORD and the archive disagree",
    severity="warning",
    what="A file is listed in RECORD and absent, or present and not listed.",
    why=(
        "The package index has announced to refuse such wheels, and what is not listed is left "
        "behind when the package is removed. It comes from changing a wheel with zip tools."
    ),
    fix="change wheels with `wheel unpack` and `wheel pack`, which write RECORD anew",
    check=check,
    sources=(
        "https://packaging.python.org/en/latest/specifications/recording-installed-packages/",
    ),
)
