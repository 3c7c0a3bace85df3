"""NPA108: pybind11 before 2.12, which reads NumPy 2's arrays wrongly."""

from __future__ import annotations

from collections.abc import Iterator

from npwheel.audit.model import Finding, Rule
from npwheel.audit.release_ranges import by_environment
from npwheel.audit.subject import Subject
from npwheel.numpy_releases import table


def check(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """One finding for the wheel, where a NumPy 2 is admitted on which it is imported."""
    old = tuple(m.path for m in subject.modules if m.numpy.is_old_pybind11)
    found = {
        verdict: releases
        for verdict in subject.verdicts
        if (releases := [r for r in verdict.loads if table.key(r) >= (2,)])
    }
    if old and found:
        more = f" and {len(old) - 1} more modules use" if len(old) > 1 else " uses"
        yield rule.found(
            f"{old[0]}{more} the array support of pybind11 before 2.12, and NumPy 2 is admitted: "
            f"{by_environment(found)}",
            old[0],
            symbols=old if len(old) > 1 else (),
        )


RULE = Rule(
    id="NPA108",
    title="pybind11 older than NumPy 2",
    severity="warning",
    what="A module contains the array support of pybind11 before 2.12, which NumPy 2 has outdated.",
    why=(
        "It reads NumPy's structs by the layout of 1.x and makes no check of the version. So the "
        "import passes on NumPy 2, and the first call with an array may crash or return wrong "
        "values; some modules fail at import already. It is a warning, since a module that passes "
        "no dtypes may work."
    ),
    fix="rebuild with pybind11 2.12 or later, or require numpy<2; users: pin numpy<2",
    check=check,
    sources=(
        "https://pybind11.readthedocs.io/en/stable/changelog.html",
        "https://numpy.org/doc/stable/numpy_2_0_migration_guide.html",
    ),
)
