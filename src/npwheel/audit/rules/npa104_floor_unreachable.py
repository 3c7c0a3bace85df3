"""NPA104: the declared floor is too low, but no installer can get there."""

from __future__ import annotations

from collections.abc import Iterator

from npwheel.audit.model import Finding, Rule
from npwheel.audit.numpy_verdicts import floor_of
from npwheel.audit.subject import Subject
from npwheel.numpy_releases import table


def check(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """One note for the wheel."""
    floors = {m.path: floor_of(m.numpy) for m in subject.modules if floor_of(m.numpy)}
    if not floors or not subject.verdicts or any(v.refused or v.outliers for v in subject.verdicts):
        return
    worst = max(floors, key=lambda path: table.key(floors[path]))
    below = [r for r in table.API.values() if table.key(r) < table.key(floors[worst])]
    if any(v.declared is not None and r in v.declared for v in subject.verdicts for r in below):
        verdict = subject.verdicts[0]
        oldest = verdict.available[0] if verdict.available else "none"
        yield rule.found(
            f"metadata declares numpy{verdict.declared or ' without a bound'}, the module is built "
            "for "
            f"{floors[worst]} or later; harmless, since the oldest NumPy wheel on "
            f"{verdict.environment} is {oldest}",
            worst,
        )


RULE = Rule(
    id="NPA104",
    title="the declared floor is lower than the compiled one, out of reach",
    severity="note",
    what="Requires-Dist admits releases that the modules would refuse and that have no wheel here.",
    why=(
        "The floor that counts is the highest of three: declared, compiled, and the oldest NumPy "
        "wheel for that Python and platform. Who builds NumPy from source can still get there."
    ),
    fix="none is needed; a floor as compiled would be exact",
    check=check,
)
