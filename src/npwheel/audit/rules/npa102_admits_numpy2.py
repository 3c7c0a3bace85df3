"""NPA102: built with NumPy 1.x headers, and the metadata admits NumPy 2."""

from __future__ import annotations

from collections.abc import Iterator

from npwheel.audit.model import Finding, Rule
from npwheel.audit.rules.refused_releases import findings
from npwheel.audit.subject import Subject


def check(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """One finding for the wheel, with the exact releases for each Python."""
    yield from findings(rule, subject, too_new=True)


RULE = Rule(
    id="NPA102",
    title="metadata admits a NumPy 2 that the modules refuse",
    severity="error",
    what="An installer may choose a NumPy 2 release with which a compiled module fails to import.",
    why=(
        "Modules built with NumPy 1.x headers cannot be loaded by NumPy 2, whose ABI differs, and "
        "the struct sizes that Cython recorded are larger than NumPy 2's. Wheels from before "
        "NumPy 2 mostly lack the cap `numpy<2`, so that installing them today gives an "
        "environment that does not import. A module that swallows the error may seem to load; "
        "what it then does is undefined."
    ),
    fix="rebuild with NumPy 2 headers (they serve 1.x too), or require numpy<2; users: pin numpy<2",
    check=check,
    sources=("https://numpy.org/doc/stable/numpy_2_0_migration_guide.html",),
)
