"""NPA103: one module of several refuses a NumPy on which the others load."""

from __future__ import annotations

from collections.abc import Iterator

from npwheel.audit.model import Finding, Rule
from npwheel.audit.release_ranges import by_environment, reasons
from npwheel.audit.subject import Subject


def check(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """One finding for the wheel, at the module."""
    found = {v: v.outliers for v in subject.verdicts if v.outliers}
    if found:
        verdict, releases = next(iter(found.items()))
        module = next(iter(verdict.refusals[releases[0]]))
        yield rule.found(
            f"this module alone refuses {by_environment(found)}, which the metadata admits and "
            f"{verdict.binding - 1} other modules accept. {reasons(verdict, releases)}",
            module,
        )


RULE = Rule(
    id="NPA103",
    title="a single module refuses what the others accept",
    severity="warning",
    what="One extension module of a package was built for a newer NumPy than all the others.",
    why=(
        "Packages are seen to work on such a NumPy, since nothing imports that module at once; "
        "what needs it fails. Whether the package imports it cannot be read from the file."
    ),
    fix="build all modules of a wheel with the same NPY_TARGET_VERSION",
    check=check,
)
