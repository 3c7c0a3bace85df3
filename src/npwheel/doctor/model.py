"""The facts that a check returns; nothing here prints, runs or reads anything."""

from typing import NamedTuple, Tuple

PASSED = "passed"
WARNING = "warning"
FAILED = "failed"
UNKNOWN = "could not run"


class Evidence(NamedTuple):
    """One observation: where it was made (a file, a setting) and its value."""

    where: str
    value: str


class Fix(NamedTuple):
    """One way to fix it. `command` is a POSIX shell line, or advice if not runnable."""

    platform: str  # pip, uv, conda, apt, apk, dnf, env, edit
    command: str
    runnable: bool  # a program to run, not a change of the user's own shell or a hand's work
    here: bool = True  # whether it can be used on this machine


class DoctorFinding(NamedTuple):
    """One thing that is wrong, with what proves it and the command that fixes it."""

    state: str  # WARNING or FAILED
    subject: str  # the module or distribution that it is about
    because: str  # the clause after "cannot be imported because"
    expected: str
    found: str
    evidence: Tuple[Evidence, ...]
    fixes: Tuple[Fix, ...]  # the one for this platform first
    effect: str = "cannot be imported"


class Check(NamedTuple):
    """The outcome of one mode's examination."""

    mode: str  # its id
    title: str
    state: str
    findings: Tuple[DoctorFinding, ...]
    reason: str = ""  # why it could not run


class Experiment(NamedTuple):
    """One changed condition under which the same import was tried again."""

    id: str
    subject: str
    condition: str  # read after "with"
    works: bool
    outcome: str
    of_path: bool = False  # whether the change is one of sys.path
