"""NPD058: Python itself ends before it runs any program."""

import os
import re
import shutil
from typing import Iterator, List, Tuple

from npwheel.doctor import installed, launch
from npwheel.doctor.fixes import Pairs
from npwheel.doctor.mode import Mode, reported
from npwheel.doctor.model import DoctorFinding
from npwheel.doctor.modes.common import quote
from npwheel.doctor.python_environment import PythonEnvironment
from npwheel.doctor.searchpath import how_added, without_entry
from npwheel.doctor.trial import Trial

STARTUP = ("sitecustomize", "usercustomize")


class Startup(Mode):
    """A sitecustomize.py, usercustomize.py or .pth that exits, or another Python's PYTHONHOME."""

    id = "NPD058"
    title = "Python ends before it runs a program"
    seen = "nothing at all, or: Fatal Python error: init_import_site; No module named 'encodings'"
    detected = (
        "the child reports nothing; it does in isolated mode, or without the site module; each "
        "file that runs at the start, run alone"
    )
    fixes = (
        ("env", "unset PYTHONPATH"),
        ("env", "unset PYTHONHOME"),
        ("edit", "correct or remove {file}"),
    )
    sources = ("measured: a sitecustomize.py that calls os._exit(0)",)
    texts = (
        (
            r"Could not find platform independent libraries|No module named 'encodings'",
            "Python does not find its own standard library (PYTHONHOME, or a moved installation)",
            (("env", "unset PYTHONHOME PYTHONPATH"),),
        ),
    )

    def examine(self, environment: PythonEnvironment) -> Iterator[DoctorFinding]:
        """Only where the first child reported nothing of itself."""
        if not environment.silent:
            return
        trial = environment.trials[0]
        home = environment.machine.env.get("PYTHONHOME", "")
        file, place = customize(environment, trial)
        ways: Pairs = ()
        if home and "encodings" in trial.stderr:
            because, ways = "PYTHONHOME names another installation: " + home, self.fixes[1:2]
        elif file:
            way = how_added(environment, place)
            because = "{} ends it".format(file)
            ways = self.fixes[2:]
            if place.startswith(os.path.join(os.path.expanduser("~"), ".local")):
                way, ways = "the user's own site folder", [("env", "export PYTHONNOUSERSITE=1")]
                because = "{}, in {}, ends it".format(file, way)
            elif way != "sys.path":
                because = "{}, which {} brings, ends it".format(file, way)
                ways = [without_entry(environment, place)]
        else:
            because, ways = "what site runs at its start fails: " + trial.outcome, ()
        yield self.failed(
            environment,
            trial.subject,
            "this Python does not start: " + because,
            expected="an interpreter that runs programs",
            found=trial.outcome,
            evidence=[*reported(trial), *([("runs at every start", file)] if file else [])],
            templates=ways,
            file=quote(file),
        )


def customize(environment: PythonEnvironment, trial: Trial) -> Tuple[str, str]:
    """(file, its entry of sys.path) of what runs at every start and ends the interpreter.

    Each is run alone, as the start would: a file that merely could be the cause is innocent.
    """
    named = re.findall(r'File "([^"]+)"', trial.stderr)
    for place in dict.fromkeys(places(environment)):
        for file in startup_files(place):
            if file in named:
                return file, place
            alone = [*environment.exe[:1], "-I", "-S"]
            steps = ["start:" + file]
            done = launch.run(alone, "site", steps, min(environment.timeout, 10.0))
            if done.record("survey") and not done.record("done"):
                return file, place
    return "", ""


def places(environment: PythonEnvironment) -> List[str]:
    """Where Python looks at its start: PYTHONPATH, its own site-packages, the user's folder."""
    entries = environment.machine.env.get("PYTHONPATH", "").split(os.pathsep)
    found = [os.path.join(environment.cwd, entry) for entry in entries if entry]
    start = shutil.which(environment.exe[0]) or environment.executable
    for prefix in (
        os.path.dirname(os.path.dirname(start)),
        environment.prefix,
        os.path.join(os.path.expanduser("~"), ".local"),
    ):
        for name in ("site-packages", "dist-packages"):
            found.append(os.path.join(prefix, "lib", "python" + environment.python, name))
    found += ["/usr/lib/python3/dist-packages"] if environment.prefix == "/usr" else []
    return found + [os.path.join(environment.cwd, entry) for entry in environment.path]


def startup_files(place: str) -> List[str]:
    """Files of a folder that run at every start: customize modules, and .pth with code."""
    found = []
    for name in installed.listing(place):
        file = os.path.join(place, name)
        module = name.partition(".")[0] in STARTUP and name.endswith((".py", ".so", ".pyc"))
        package = name in STARTUP and installed.is_file(os.path.join(file, "__init__.py"))
        code = name.endswith(".pth") and re.search(rb"(?m)^import[ \t]", installed.head(file))
        if module or package or code:
            found.append(file)
    return found
