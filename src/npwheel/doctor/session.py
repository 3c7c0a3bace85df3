"""One examination: survey and import in a child, then every mode, then experiments."""

import os
import re
import shutil
import sys
from typing import Any, Callable, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from npwheel.core.errors import NotChecked, UsageError
from npwheel.doctor import experiments, installed, launch, machine, modes, scripts, verdict
from npwheel.doctor.linking import interpreter_of
from npwheel.doctor.mode import Mode
from npwheel.doctor.model import FAILED, PASSED, UNKNOWN, WARNING, Check
from npwheel.doctor.packages import modules_of
from npwheel.doctor.python_environment import PythonEnvironment
from npwheel.doctor.scripts import imports_of, script_in
from npwheel.doctor.trial import Trial, survey
from npwheel.doctor.verdict import Report
from npwheel.numpy_releases import table

StepCallback = Callable[[str], object]
REQUIREMENT = re.compile(r"^([A-Za-z0-9][\w.-]*)\s*((?:[=<>!~]=?=?)\s*[\w.*+!-]+.*)$")
PIN = re.compile(r"^numpy\s*(={2,3}\s*\d[\w.]*)\s*(?:\\|#.*|--hash.*)?$", re.MULTILINE)
PIN_FILES = re.compile(r"^(?:requirements|constraints).*\.txt$")


def flags() -> List[str]:
    """The options of this interpreter that change where modules come from."""
    now = sys.flags
    if now.isolated:
        return ["-I"]
    pairs = (
        ("-E", now.ignore_environment),
        ("-s", now.no_user_site),
        ("-S", now.no_site),
        ("-P", getattr(now, "safe_path", False)),
        ("-B", now.dont_write_bytecode and not os.environ.get("PYTHONDONTWRITEBYTECODE")),
    )
    safe = os.environ.get("PYTHONSAFEPATH")
    nousersite = os.environ.get("PYTHONNOUSERSITE")
    return [
        o for o, on in pairs if on and not (o == "-P" and safe) and not (o == "-s" and nousersite)
    ]


def command(python: Optional[str]) -> List[str]:
    """How the examined interpreter is started."""
    if python is None:
        pex = os.environ.get("PEX", "")
        if pex and os.path.exists(pex):  # its sys.path is made by its own start, not by Python's
            os.environ["PEX_INTERPRETER"] = "1"
            return [sys.executable or "python3", pex]
        return [sys.executable or "python3", *flags()]
    return [os.path.expanduser(python)]


def split(words: Sequence[str]) -> Tuple[List[str], List[Tuple[str, str]]]:
    """MODULE arguments as module names, and requirements among them as pins."""
    names, pins = [], []  # type: List[str], List[Tuple[str, str]]
    for word in words:
        match = REQUIREMENT.match(word)
        if match:
            names.append(match.group(1))
            pins.append(("the command line", match.group(1) + match.group(2).replace(" ", "")))
        elif re.match(r"^\w+([.-]\w+)*$", word):
            names.append(word)
        else:
            raise UsageError(
                "{!r} is neither a module nor a requirement".format(word),
                next="name a module (numpy, pandas._libs) or a pin ('numpy==1.20.3')",
            )
    return list(dict.fromkeys(names)), pins


def pins_in(folder: str) -> List[Tuple[str, str]]:
    """Exact NumPy pins in the requirement files of a folder, as (file, requirement).

    A pin with a marker is left out: it may be for another Python.
    """
    found = []
    for name in installed.listing(folder):
        if PIN_FILES.match(name):
            text = installed.head(os.path.join(folder, name)).decode("utf-8", "replace")
            for match in PIN.finditer(text):
                found.append(
                    (os.path.join(folder, name), "numpy" + match.group(1).replace(" ", ""))
                )
    return found


def begin(exe: Sequence[str], subject: str, timeout: float, script: str = "") -> Trial:
    """The first child: what the interpreter is, and the first import."""
    trial = launch.run(exe, subject, launch.stages(subject, script), timeout)
    old = trial.record("old")
    if old:
        raise UsageError(
            "{} is Python {}; the doctor examines 3.6 and newer".format(
                exe[0], ".".join(map(str, old))
            ),
            next="name another interpreter with --python",
        )
    return trial


class Request(NamedTuple):
    """What is to be examined, and how."""

    exe: Sequence[str]  # how the interpreter is started
    words: Sequence[str] = ()  # modules and pins of the command line
    only: Sequence[str] = ()  # ids of modes; all if empty
    timeout: float = 60.0  # seconds for one import
    already: Sequence[str] = ()  # commands that were run before and are not advised again


def diagnose(request: Request, progress: StepCallback = str) -> Report:
    """Examine.

    Raises UsageError for what cannot be asked, NotChecked if the interpreter
    does not even report what it is.
    """
    exe, words, only, timeout, already = request
    script, words = script_in(words)
    names, pins = split(words)
    if script and not names:
        names = imports_of(script)
    subjects = names or ["numpy"]
    progress("importing " + subjects[0])
    trial = begin(exe, subjects[0], timeout, script)
    facts: Optional[Mapping[str, Any]] = survey(trial)
    if facts is None and trial.error and "limit" in trial.error:
        facts = of_this_process()
    silent = facts is None and not trial.error
    if silent:
        facts = isolated_survey(exe, timeout)
    if facts is None:
        frozen = frozen_by(exe[0])
        if frozen:
            raise NotChecked(
                "{} is an application frozen by {}, not a Python".format(exe[0], frozen),
                next="save what it prints: it 2> error.txt; then npwheel doctor --read error.txt",
            )
        raise NotChecked(
            "{} ended before it reported what it is: {}".format(exe[0], trial.outcome),
            next="start it by hand: " + " ".join(exe) + " -c 'import sys'",
        )
    env = dict(os.environ)
    seen = machine.read(facts, interpreter_of(str(facts.get("executable", ""))), env)
    environment = PythonEnvironment(
        exe, facts, seen, [trial], pins + pins_in(str(facts.get("cwd", ""))), timeout
    )
    environment.already = tuple(already)
    environment.silent = silent
    environment.script = script
    if trial.root is not None and trial.root.name == subjects[0]:
        subjects = list(dict.fromkeys(module_of(environment, name) for name in subjects))
        if subjects[0] != trial.subject:
            steps = launch.stages(subjects[0], script)
            environment.trials = [launch.run(exe, subjects[0], steps, timeout)]
    notes: List[str] = [text for text in [table.outdated()] if text]
    others(environment, subjects[1:], not names, progress, notes)
    if not names and environment.numpy_works:
        environment.in_folders = scripts.tried(environment, progress)
    if sys.platform == "darwin":
        notes.append("on macOS imports are tried, but no files are read")
    return judge(environment, only, progress, notes)


def frozen_by(program: str) -> str:
    """What made a program out of Python code; empty for all others."""
    body = installed.head(shutil.which(program) or program, 64 << 20)
    marks = ((b"_MEIPASS", "PyInstaller"), (b"cx_Freeze", "cx_Freeze"), (b"NUITKA_", "Nuitka"))
    return next((name for mark, name in marks if mark in body), "")


def isolated_survey(exe: Sequence[str], timeout: float) -> Optional[Mapping[str, Any]]:
    """What an interpreter reports that ends at its start: without variables, then without site."""
    for flags_ in (["-I"], ["-I", "-S"]):
        facts = survey(launch.run([*exe, *flags_], "site", [], timeout))
        if facts is not None:
            return facts
    return None


def of_this_process() -> Mapping[str, object]:
    """What this process knows of its own interpreter, where no child can be started."""
    import platform
    import sysconfig

    return {
        "executable": sys.executable, "version": tuple(sys.version_info[:3]),
        "path": sys.path, "prefix": sys.prefix, "base_prefix": sys.base_prefix,
        "suffixes": [sysconfig.get_config_var("EXT_SUFFIX") or ""],
        "bits": 64 if sys.maxsize > 2**32 else 32, "machine": platform.machine(),
        "stdlib": os.__file__, "uid": os.geteuid(), "page": os.sysconf("SC_PAGE_SIZE"),
        "cwd": os.getcwd(), "libc": os.confstr("CS_GNU_LIBC_VERSION") or "",
    }  # fmt: skip


def others(
    environment: PythonEnvironment,
    subjects: Sequence[str],
    look: bool,
    progress: StepCallback,
    notes: List[str],
) -> None:
    """Import the other subjects, each in its own child; add their trials to the case."""
    names = [module_of(environment, name) for name in subjects]
    stages = {name: launch.stages(name, environment.script) for name in names}
    if look and environment.numpy_works:
        progress("looking for modules that use NumPy's C-API")
        for dist, files in installed.capi_users(environment.dists):
            subject, names = witnesses(dist, files)
            stages[subject] = ["import:" + name for name in names]
    elif look:
        notes.append("what builds on NumPy was not tried, since NumPy itself does not work")
    for subject, steps in stages.items():
        progress("importing " + subject)
        trial = launch.run(environment.exe, subject, steps, environment.timeout)
        optional = lacks(trial)
        if optional:
            notes.append("{} was not tried: it needs {}".format(trial.failed_module, optional))
        else:
            environment.trials.append(trial)


def lacks(trial: Trial) -> str:
    """The foreign module that an inner module requires, where its package itself was imported.

    Packages have parts for which something optional must be installed.
    """
    root, module = trial.root, trial.failed_module
    if root is None or root.type != "ModuleNotFoundError" or "." not in module or not root.name:
        return ""
    own = root.name.partition(".")[0] in ("numpy", module.partition(".")[0])
    return "" if own or trial.subject == module else root.name


def module_of(environment: PythonEnvironment, name: str) -> str:
    """The module that a name of the command line means: `scikit-learn` is sklearn."""
    if environment.copies(name.partition(".")[0]):
        return name
    for dist in environment.named(name):
        paths = [os.path.relpath(row.path, dist.place) for row in installed.record(dist)]
        tops = [path.split("/")[0].split(".")[0] for path in paths if path.endswith((".py", ".so"))]
        own = [top for top in tops if top.isidentifier() and environment.copies(top)]
        if own:
            return max(own, key=own.count)
    return (modules_of(name) or [name.replace("-", "_")])[0]


def witnesses(dist: installed.Distribution, files: Sequence[str]) -> Tuple[str, List[str]]:
    """(subject, modules): the package of a distribution and its first C-API module."""
    names = []
    for file in files:
        inner = os.path.relpath(file, dist.place)
        parts = inner.split("/")
        parts[-1] = parts[-1].split(".")[0]
        if all(part.isidentifier() for part in parts) and "tests" not in parts:
            names.append(".".join(parts))
    if not names:
        return dist.name, []
    first = min(names, key=lambda name: (name.count("."), len(name)))
    top = first.split(".")[0]
    return top, list(dict.fromkeys([top, first]))


def judge(
    environment: PythonEnvironment, only: Sequence[str], progress: StepCallback, notes: List[str]
) -> Report:
    """Run the modes, then confirm by experiments, then choose the verdict."""
    for trial in environment.failed:
        if trial.command and not trial.error:
            progress("trying {} again under other conditions".format(trial.subject))
            environment.experiments += experiments.confirm(environment, trial)
    wrong = environment.numpy_trial
    if wrong is not None and wrong.ok and wrong.record("wrong"):
        environment.experiments += experiments.confirm(environment, wrong)
    checks = [check(mode, environment) for mode in modes.load() if not only or mode.id in only]
    if not only:
        rest = verdict.unexplained(environment, checks)
        if rest:
            checks.append(Check("NPD000", "no known failure mode", FAILED, tuple(rest)))
    return Report(
        verdict.of(environment, checks), checks, environment.experiments, environment, notes
    )


def check(mode: Mode, environment: PythonEnvironment) -> Check:
    """Examine for one mode; a crash of its own is `could not run`, never a pass."""
    try:
        findings = tuple(mode.examine(environment))
    except Exception as error:  # whatever it is, the others must still run
        reason = "{}: {}".format(type(error).__name__, error)
        return Check(mode.id, mode.title, UNKNOWN, (), reason)
    states = {finding.state for finding in findings}
    state = FAILED if FAILED in states else WARNING if WARNING in states else PASSED
    return Check(mode.id, mode.title, state, findings)
