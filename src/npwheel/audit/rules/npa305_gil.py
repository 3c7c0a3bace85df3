"""NPA305: modules for free-threaded Pythons that enable the GIL."""

from __future__ import annotations

from collections.abc import Iterator

from npwheel.audit.capi.gil import ON
from npwheel.audit.model import Finding, Rule
from npwheel.audit.subject import Subject


def check(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """One finding for the wheel."""
    found = tuple(m.path for m in subject.elf_modules if m.gil == ON)
    if found:
        more = f" and {len(found) - 1} more modules do" if len(found) > 1 else " does"
        yield rule.found(
            f"{found[0]}{more} not declare Py_MOD_GIL_NOT_USED: importing enables the GIL again",
            found[0],
            symbols=found if len(found) > 1 else (),
        )


RULE = Rule(
    id="NPA305",
    title="a module for free-threaded Python enables the GIL",
    severity="warning",
    what="A module of a wheel for free-threaded Pythons does not declare that it needs no GIL.",
    why=(
        "CPython then enables the GIL for the whole process when the module is imported, and "
        "warns: the program runs one thread at a time. Modules that decide it at run time, or "
        "whose slots are written by code, are not judged."
    ),
    fix="declare {Py_mod_gil, Py_MOD_GIL_NOT_USED} once the module is safe without the GIL",
    check=check,
    sources=("https://docs.python.org/3/howto/free-threading-extensions.html",),
)
