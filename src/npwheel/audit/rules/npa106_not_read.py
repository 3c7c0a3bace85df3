"""NPA106: how a module binds NumPy could not be read."""

from __future__ import annotations

from collections.abc import Iterator

from npwheel.audit.model import Finding, Rule
from npwheel.audit.subject import Subject


def check(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """One finding a module."""
    for module in subject.modules:
        if module.numpy.unread:
            yield rule.found(f"could not read: {module.numpy.unread}", module.path)


RULE = Rule(
    id="NPA106",
    title="the NumPy that a module requires could not be read",
    severity="unchecked",
    what="A module holds NumPy's version check, but the version it requires was not found in it.",
    why=(
        "Headers before 2.0 leave the version only as a constant in machine code. It is read on "
        "x86_64, aarch64 and i686, in the forms that compilers are known to give it. Anything else "
        "is reported as unread, never guessed."
    ),
    fix="import the module under the oldest NumPy that the metadata admits (`npwheel prove`)",
    check=check,
)
