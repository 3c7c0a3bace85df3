"""What NPA101 and NPA102 share: admitted releases that are refused."""

from __future__ import annotations

from collections.abc import Iterator

from npwheel.audit.model import Finding, Rule
from npwheel.audit.numpy_verdicts import baked
from npwheel.audit.release_ranges import by_environment, reasons
from npwheel.audit.subject import Subject
from npwheel.numpy_releases import table


def findings(rule: Rule, subject: Subject, too_new: bool) -> Iterator[Finding]:
    """The refused releases that are too old, or too new. NumPy not required gives a warning."""
    compiled = baked(m.numpy for m in subject.modules)
    floor = table.key(compiled or "0")
    for required in (True, False):
        refused = {}
        for verdict in subject.verdicts:
            releases = [r for r in verdict.refused if (table.key(r) >= floor) == too_new]
            is_required = verdict.declared is not None and not verdict.optional
            if releases and is_required == required:
                refused[verdict] = releases
        if not refused:
            continue
        verdict, releases = next(iter(refused.items()))
        if verdict.declared is None and "numpy" in subject.metadata.unclear:
            said = "what it requires of NumPy cannot be understood, so any may be there"
        elif verdict.declared is None:
            said = "NumPy is not required, so any may be there"
        else:
            extra = " by an extra" if verdict.optional else ""
            said = f"metadata declares numpy{verdict.declared or ' without a bound'}{extra}"
        above = [
            next((r for r in v.loads if table.key(r) > table.key(bad[-1])), "")
            for v, bad in refused.items()
        ]
        lowest = min(filter(None, above), key=table.key, default="" if too_new else compiled)
        advice = rule.fix
        if lowest:
            advice = f"require numpy>={lowest}, or build for an older one (NPY_TARGET_VERSION)"
        why = verdict.refusals[releases[0]]
        if not any(m.numpy.at_import for m in subject.modules if m.path in why):
            unshown = ". It is not shown that importing the package comes by that check"
        else:
            unshown = ""
        yield rule.found(
            f"{said}: refuses {by_environment(refused)}. {reasons(verdict, releases)}{unshown}",
            severity="error" if required else "warning",
            fix=advice,
        )
