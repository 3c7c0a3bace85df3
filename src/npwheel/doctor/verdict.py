"""From all checks to one sentence, one command and an exit code."""

from typing import List, NamedTuple, Optional, Sequence, Tuple

from npwheel.doctor import installed
from npwheel.doctor.model import (
    FAILED,
    UNKNOWN,
    WARNING,
    Check,
    DoctorFinding,
    Evidence,
    Experiment,
    Fix,
)
from npwheel.doctor.python_environment import PythonEnvironment

HEALTHY, BROKEN, UNSURE = "healthy", "broken", "not all could be checked"


class Verdict(NamedTuple):
    """What is printed first."""

    state: str
    sentence: str
    mode: str  # the id of the mode that explains it, or empty
    fix: Optional[Fix]


class Report(NamedTuple):
    """All that one examination found."""

    verdict: Verdict
    checks: Sequence[Check]
    experiments: Sequence[Experiment]
    environment: PythonEnvironment
    notes: Sequence[str]  # what was left out, and why


def unexplained(environment: PythonEnvironment, checks: Sequence[Check]) -> List[DoctorFinding]:
    """A finding for every failed import that no mode explains: all that is known of it."""
    known = {f.subject for c in checks for f in c.findings if f.state == FAILED}
    found = []
    for trial in environment.failed:
        if trial.subject not in known:
            root = trial.root
            evidence: Tuple[Evidence, ...] = ()
            if root is not None and root.name == trial.subject and "." in trial.subject:
                because = "there is no module of that name in it"
            else:
                because = "of " + trial.whole_outcome
                if root is not None and root.file.startswith("/"):
                    because += " (raised in {})".format(whose(environment, root.file))
                files = root.frames[-3:] if root is not None else ()
                evidence = tuple(Evidence("goes through", whose(environment, f)) for f in files)
            tried = [e.condition for e in environment.experiments_of(trial.subject)]
            if tried:
                evidence += (Evidence("fails too with", "; ".join(tried)),)
            found.append(DoctorFinding(FAILED, trial.subject, because, "", "", evidence, ()))
    return found


def whose(environment: PythonEnvironment, file: str) -> str:
    """A file, and the distribution that it belongs to."""
    dist = installed.owner(file, environment.dists)
    return "{}, of {} {}".format(file, dist.name, dist.version) if dist else file


def of_text(checks: Sequence[Check]) -> Verdict:
    """The verdict on a saved text: its most specific mode."""
    for check in checks:
        for finding in check.findings:
            fix = finding.fixes[0] if finding.fixes else None
            return Verdict(BROKEN, "The text says: " + finding.because, check.mode, fix)
    return Verdict(UNSURE, "The text says nothing that can be read as an error", "", None)


def of(environment: PythonEnvironment, checks: Sequence[Check]) -> Verdict:
    """The verdict: the first failing subject, explained by its most specific mode.

    The modes' own order is the precedence; NumPy's failure explains those of all
    that build on it.
    """
    broken = [(c.mode, f) for c in checks for f in c.findings if f.state == FAILED]
    if broken:
        order = [trial.subject for trial in environment.failed]
        mode, first = min(
            broken, key=lambda b: order.index(b[1].subject) if b[1].subject in order else 99
        )
        fix = first.fixes[0] if first.fixes else None
        return Verdict(BROKEN, sentence(environment, first), mode, fix)
    if any(c.state == UNKNOWN for c in checks):
        return Verdict(UNSURE, well(environment) + "; not everything could be checked", "", None)
    warned = [(c.mode, f) for c in checks for f in c.findings if f.state == WARNING]
    if warned:
        mode, first = warned[0]
        text = "{}, but {}{}".format(well(environment), first.because, sides(first))
        return Verdict(HEALTHY, text, mode, first.fixes[0] if first.fixes else None)
    return Verdict(HEALTHY, well(environment), "", None)


def sentence(environment: PythonEnvironment, finding: DoctorFinding) -> str:
    """`numpy 1.26.4 cannot be imported because …; expected …, found …`."""
    name = finding.subject
    if name == "numpy" and environment.numpy_version:
        name += " " + environment.numpy_version
    trial = next((t for t in environment.failed if t.subject == finding.subject), None)
    effect = finding.effect
    if trial is not None and trial.failed_module not in ("", finding.subject):
        effect = effect.replace("cannot be imported", "cannot import " + trial.failed_module)
    return "{} {} because {}{}".format(name, effect, finding.because, sides(finding))


def sides(finding: DoctorFinding) -> str:
    """Expected and found, side by side."""
    if not finding.expected:
        return ""
    return "; expected {}, found {}".format(finding.expected, finding.found)


def well(environment: PythonEnvironment) -> str:
    """`numpy 2.2.6 works`, with the other subjects that were tried."""
    others = [trial.subject for trial in environment.trials if trial.subject != "numpy"]
    if environment.numpy_trial is None:
        return "{} work{}".format(", ".join(others), "" if others[1:] else "s")
    text = "numpy {} works".format(environment.numpy_version)
    if others:
        text += ", and so does what builds on it ({})".format(", ".join(others))
    return text


def exit_code(report: Report, strict: bool) -> int:
    """0 healthy, 1 broken, 3 a check could not run."""
    states = [c.state for c in report.checks]
    if FAILED in states or (strict and WARNING in states):
        return 1
    return 3 if UNKNOWN in states else 0
