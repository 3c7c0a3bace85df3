"""Which installed distributions stop working with another NumPy release."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from packaging.version import Version

from npwheel.audit.collect_facts import collect_facts
from npwheel.audit.numpy_verdicts import OUTLIER_OF, refusal
from npwheel.audit.subject import Subject
from npwheel.core.errors import NpwheelError
from npwheel.numpy_releases import table
from npwheel.wheel import open_installed, open_wheel

BREAKS, FORBIDS, DOUBT, WORKS = "breaks", "forbids", "unknown", "works"


@dataclass(frozen=True)
class Prospect:
    """What one distribution does with the other NumPy.

    outcome: BREAKS, its modules refuse that NumPy; FORBIDS, only its metadata does;
    DOUBT, it could not be read or checks nothing. fixed_by: a release that was read and works.
    """

    name: str
    version: str
    outcome: str
    reason: str = ""
    fixed_by: str = ""


def prospects(
    names: Iterable[str], numpy: str, newest: Callable[[str], tuple[str, Path] | None]
) -> list[Prospect]:
    """Return what each distribution does with a NumPy release, those that use NumPy only.

    newest: name of a project -> its newest release for this Python, and its wheel.
    """
    found = []
    for name in names:
        try:
            with open_installed(name) as source:
                subject = collect_facts(source, lambda *_: None)
        except NpwheelError as error:
            found.append(Prospect(name, "", DOUBT, error.what))
            continue
        if subject.project.lower() == "numpy":
            continue
        outcome, reason = judged(subject, numpy)
        if not outcome:
            continue
        fixed = ""
        if outcome in (BREAKS, FORBIDS):
            fixed = _fixed_by(subject, numpy, newest)
        found.append(Prospect(subject.project, subject.version, outcome, reason, fixed))
    return found


def judged(subject: Subject, numpy: str) -> tuple[str, str]:
    """Return (outcome, reason) of one distribution; ("", "") where it does not use NumPy."""
    using = [m for m in subject.modules if m.numpy.binding != "none"]
    declared = subject.metadata.requirements_for("numpy")
    if not using and not declared:
        return "", ""
    refused = [(m.path, reason) for m in using if (reason := refusal(m.numpy, numpy))]
    if refused:
        path, reason = refused[0]
        # Packages are seen to work where a single module refuses.
        alone = len(refused) == 1 and sum(m.numpy.checks for m in using) >= OUTLIER_OF
        return DOUBT if alone else BREAKS, f"{path}: {reason}"
    if subject.unclear:
        return DOUBT, f"{subject.unclear[0]} could not be read"
    # What only an extra requires forbids nothing.
    for requirement in declared:
        applies = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
        if applies and not requirement.specifier.contains(numpy, prereleases=True):
            return FORBIDS, f"its metadata requires numpy{requirement.specifier}"
    old = [m.path for m in using if m.numpy.is_old_pybind11]
    if old and table.key(numpy) >= (2,):
        return DOUBT, f"{old[0]} has pybind11 before 2.12: calls with arrays may crash"
    return WORKS, ""


def _fixed_by(
    subject: Subject, numpy: str, newest: Callable[[str], tuple[str, Path] | None]
) -> str:
    try:
        found = newest(subject.project)
        if found is None or Version(found[0]) <= Version(subject.version):
            return ""
        with open_wheel(found[1]) as source:
            outcome, _ = judged(collect_facts(source, lambda *_: None), numpy)
    except (NpwheelError, ValueError):
        return ""
    return found[0] if outcome == WORKS else ""
