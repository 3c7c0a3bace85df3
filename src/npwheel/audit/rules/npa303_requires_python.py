"""NPA303: Requires-Python refuses the Python that the tag is for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from npwheel.audit.model import Finding, Rule
from npwheel.audit.subject import Subject
from npwheel.core.requirements import admits_python

_INTERPRETER = re.compile(r"cp(\d)(\d+)")


def check(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """One finding for each tag whose Python is refused."""
    wanted = subject.metadata.requires_python
    for interpreter in sorted({tag.interpreter for tag in subject.tags}):
        match = _INTERPRETER.fullmatch(interpreter)
        if not match or wanted is None:
            continue
        stable = any(
            t.abi in ("abi3", "abi3t") for t in subject.tags if t.interpreter == interpreter
        )
        python = f"{match[1]}.{match[2]}"
        if admits_python(wanted, python):
            continue
        if stable:
            yield rule.found(
                f"the tag {interpreter}-abi3 begins at Python {python}, Requires-Python "
                f"is {wanted}",
                severity="note",
            )
        else:
            yield rule.found(
                f"the tag {interpreter} is for Python {python}, Requires-Python is {wanted}: no "
                "installer takes this wheel"
            )


RULE = Rule(
    id="NPA303",
    title="Requires-Python against the tag",
    severity="error",
    what="Requires-Python does not admit the Python that the wheel's tag names.",
    why=(
        "Installers ask both, so the wheel is never installed and they fall back to "
        "another release "
        "or build from source. For abi3 it is a note: later Pythons take the wheel."
    ),
    fix="stop building for that Python, or widen requires-python",
    check=check,
    sources=("https://packaging.python.org/en/latest/specifications/core-metadata/",),
)
