"""NPD058: Python itself ends before it runs any program."""

import os
import re
from typing import Iterator, List, Tuple

from npwheel.doctor import installed
from npwheel.doctor.fixes import Pairs
from npwheel.doctor.mode import Mode, reported
from npwheel.doctor.model import DoctorFinding
from npwheel.doctor.modes.common import quote
from npwheel.doctor.python_environment import PythonEnvironment
from npwheel.doctor.searchpath import how_added, without_entry
from npwheel.doctor.trial import Trial

STARTUP = ("sitecustomize", "usercustomize")


class Startup(Mode):
    """A sitecustomize.py that exits, or a PYTHONHOME of another Python."""

    id = "NPD058"
    title = "Python ends before it runs a program"
    seen = "nothing at all, or: Fatal Python error: init_import_site; No module named 'encodings'"
    detected = "the child reports nothing; it does in isolated mode, or without the site module"
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
            if way != "sys.path":
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
    """(file, its entry of sys.path) of the module that runs at every start."""
    named = re.findall(r'File "([^"]+)"', trial.stderr)
    places: List[str] = [os.path.join(environment.cwd, p) for p in environment.path]
    for entry in environment.machine.env.get("PYTHONPATH", "").split(os.pathsep)[::-1]:
        if entry:
            places.insert(0, os.path.join(environment.cwd, entry))
    for place in places:
        for name in STARTUP:
            file = os.path.join(place, name + ".py")
            if installed.is_file(file) and (not named or file in named):
                return file, place
    return "", ""
