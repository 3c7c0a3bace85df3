"""NPA109: tags for which it is not known which NumPy an installer would choose."""

from __future__ import annotations

from collections.abc import Iterator

from npwheel.audit.environments import environments
from npwheel.audit.model import Finding, Rule
from npwheel.audit.subject import Subject
from npwheel.core.tags import parse_platform
from npwheel.numpy_releases import table


def check(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """One finding for the wheel, where its modules use NumPy."""
    using = [m.path for m in subject.modules if m.numpy.binding != "none"]
    if not using:
        return
    python = subject.metadata.requires_python
    unknown = [
        str(tag)
        for tag in sorted(subject.tags, key=str)
        if not any(table.is_served(e.libc, e.arch) for e in environments([tag], python))
        and not _is_of_other_system(tag.platform)
    ]
    if unknown and not any(v.available for v in subject.verdicts):
        yield rule.found(
            f"uses NumPy, and it is not known which NumPy wheels there are for "
            f"{', '.join(unknown[:3])}{' …' if unknown[3:] else ''}",
            using[0],
        )


def _is_of_other_system(platform: str) -> bool:
    """Is it what NPA110 reports?"""
    return platform != "any" and parse_platform(platform) is None


RULE = Rule(
    id="NPA109",
    title="a Python or machine whose NumPy wheels are not known",
    severity="unchecked",
    what="The wheel is for PyPy, or for a machine for which the index has no NumPy wheels.",
    why=(
        "Whether the metadata admits a NumPy that the modules refuse is decided by the releases "
        "that an installer finds. The table that comes with npwheel lists them for CPython on the "
        "machines that NumPy itself serves."
    ),
    fix="import the package there under the oldest and the newest NumPy that its metadata admits",
    check=check,
)
