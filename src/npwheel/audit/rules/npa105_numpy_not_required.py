"""NPA105: modules bind NumPy, the metadata does not require it."""

from __future__ import annotations

from collections.abc import Iterator

from npwheel.audit.model import Finding, Rule
from npwheel.audit.subject import Subject


def check(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """One finding for the wheel; a note where an extra requires it."""
    binding = [m.path for m in subject.modules if m.numpy.binding != "none"]
    if not binding or subject.project == "numpy" or not subject.verdicts:
        return
    if "numpy" in subject.metadata.unclear:
        yield rule.found(
            "its Requires-Dist on numpy cannot be understood (NPA403), so which NumPy it admits is "
            "not known",
            severity="unchecked",
            fix="correct that line; until then, refused releases are only possible ones",
        )
        return
    others = f" and {len(binding) - 1} more modules bind" if len(binding) > 1 else " binds"
    if all(v.declared is None for v in subject.verdicts):
        yield rule.found(
            f"{binding[0]}{others} NumPy; expected a Requires-Dist on numpy, found none"
        )
    elif all(v.declared is None or v.optional for v in subject.verdicts):
        yield rule.found("NumPy is required by an extra only", severity="note")


RULE = Rule(
    id="NPA105",
    title="NumPy is bound but not required",
    severity="warning",
    what="A module uses NumPy's C-API, and no Requires-Dist asks for NumPy.",
    why=(
        "Nothing is then installed for it, and nothing keeps an unfit NumPy away. Some projects "
        "mean it so, since they use NumPy only where it is there."
    ),
    fix="add numpy to the project's dependencies, with the compiled floor",
    check=check,
)
