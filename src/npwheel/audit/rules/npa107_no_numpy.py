"""NPA107: no release of NumPy is left that the metadata admits and an installer finds."""

from __future__ import annotations

from collections.abc import Iterator

from npwheel.audit.model import Finding, Rule
from npwheel.audit.subject import Subject


def check(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """One finding for the wheel."""
    if not any(m.numpy.binding != "none" for m in subject.modules):
        return
    empty = [v for v in subject.verdicts if v.declared is not None and not v.admitted]
    if empty:
        pythons = ", ".join(str(v.environment) for v in empty)
        declared = empty[0].declared
        found = sorted({v.available[-1] for v in empty if v.available})
        yield rule.found(
            f"no NumPy wheel satisfies numpy{declared or ' without a bound'} on {pythons}; "
            f"newest there: {', '.join(found) or 'no wheel at all'}"
        )


RULE = Rule(
    id="NPA107",
    title="no NumPy wheel satisfies the metadata",
    severity="note",
    what="On a Python that the tags admit, no NumPy wheel exists that Requires-Dist admits.",
    why="Installers then build NumPy from source, which mostly fails where there is no compiler.",
    fix="narrow Requires-Python or the tags, or widen the requirement",
    check=check,
)
