"""NPA101: the metadata admits a NumPy that is too old for what was compiled."""

from __future__ import annotations

from collections.abc import Iterator

from npwheel.audit.model import Finding, Rule
from npwheel.audit.rules.refused_releases import findings
from npwheel.audit.subject import Subject


def check(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """One finding for the wheel, with the exact releases for each Python."""
    yield from findings(rule, subject, too_new=False)


RULE = Rule(
    id="NPA101",
    title="metadata admits a NumPy that is too old",
    severity="error",
    what="An installer may choose a NumPy release with which a compiled module refuses to import.",
    why=(
        "A module requires at least the C-API version that it was built for, and Cython at least "
        "the struct sizes that it saw. Requires-Dist admits older releases, which have wheels for "
        "this Python and platform, so pip and uv call such an environment compatible; then the "
        "import fails with `module was compiled against API version …` or `size changed`."
    ),
    fix=(
        "raise the floor in the project's dependencies to the release that the finding names, or "
        "build against an older NumPy (NPY_TARGET_VERSION with NumPy 2 headers)"
    ),
    check=check,
    sources=("numpy#25948", "https://numpy.org/doc/stable/dev/depending_on_numpy.html"),
)
