"""One examination of a saved text (`--read`): of another machine, so nothing here is looked at."""

import re
from typing import Sequence

from npwheel.doctor import modes, verdict
from npwheel.doctor.machine import Machine
from npwheel.doctor.mode import Mode
from npwheel.doctor.model import FAILED, PASSED, UNKNOWN, Check, DoctorFinding, Evidence
from npwheel.doctor.python_environment import PythonEnvironment
from npwheel.doctor.saved_text import SavedText, read
from npwheel.doctor.verdict import Report

CRASH = r"(?i)\b(?:segmentation fault|bus error|abort trap|core dumped)\b"


def judge(text: str, only: Sequence[str] = ()) -> Report:
    """Ask every mode what the text states; the first one that knows it is the verdict."""
    saved = read(text)
    environment = environment_of(saved)
    checks = [check(mode, saved) for mode in modes.load() if not only or mode.id in only]
    if not only and not any(c.state == FAILED for c in checks):
        checks.append(unknown(saved))
    return Report(verdict.of_text(checks), checks, (), environment, ())


def check(mode: Mode, saved: SavedText) -> Check:
    """What one mode finds in it; a crash of its own is `could not run`, never a pass."""
    try:
        finding = mode.read(saved)
    except Exception as error:  # whatever it is, the others must still run
        reason = "{}: {}".format(type(error).__name__, error)
        return Check(mode.id, mode.title, UNKNOWN, (), reason)
    return Check(mode.id, mode.title, FAILED if finding else PASSED, (finding,) if finding else ())


def unknown(saved: SavedText) -> Check:
    """The innermost exception in full and whose file it is; or that there is none."""
    title = "no known failure mode"
    root = saved.root
    if root is not None:
        because = saved.trial.whole_outcome
        where = saved.owner or saved.own_file
        if where:
            because += " (raised in {})".format(saved.named(where) if saved.owner else where)
        evidence = tuple(Evidence("goes through", file) for file in root.frames[-3:])
    elif re.search(CRASH, saved.text):
        how = re.findall(CRASH, saved.text)[-1].lower()
        names = re.findall(r"(?m)^(?:>>>|In \[\d+\]:) (?:from|import) (\w+)", saved.text)
        because = "the program ended with a {}".format(how)
        if saved.last_import:
            because += " while it imported {}".format(saved.last_import)
        before = [name for name in names if name != saved.last_import.split(".")[0]]
        if before:
            because += ", after {}: try it alone, and in the other order".format(
                ", ".join(dict.fromkeys(before))
            )
        evidence = ()
    else:
        errors = [
            x.strip() for x in saved.text.splitlines() if re.search(r"(?i)\berror\b|fatal", x)
        ]
        if not errors:
            return Check("NPD000", title, UNKNOWN, (), "the text has no exception and no error")
        because, evidence = errors[-1][:500], ()
    return Check(
        "NPD000",
        title,
        FAILED,
        (DoctorFinding(FAILED, saved.subject, because, "", "", evidence, ()),),
    )


def environment_of(saved: SavedText) -> PythonEnvironment:
    """A case without a machine: all that is known of it is what the text states."""
    version = tuple(int(n) for n in saved.python.split(".")) if saved.python else (0, 0)
    survey = {"version": version, "path": [], "suffixes": [], "prefix": "", "base_prefix": ""}
    machine = Machine(
        arch="", bits=0, libc="", libc_version="", os_id="", os_like="", os_name="", page=0,
        cpu_flags=frozenset(), cpus=0, quota=None, processes=None, cgroup_pids=None,
        address_space=None, memory=0, seccomp=False, emulated="", model="", selinux=False, uid=0,
        env={},
    )  # fmt: skip
    environment = PythonEnvironment([], survey, machine, [])
    environment.saved = saved
    return environment
