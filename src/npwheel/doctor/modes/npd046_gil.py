"""NPD046: a module switches the GIL on again in a free-threaded Python."""

import re
from typing import Iterator

from npwheel.doctor.mode import Mode, line_of
from npwheel.doctor.model import DoctorFinding
from npwheel.doctor.python_environment import PythonEnvironment

TEXT = r"The global interpreter lock \(GIL\) has been enabled to load module '([^']+)'"


class GilEnabled(Mode):
    """Modules that do not declare that they are safe without it."""

    id = "NPD046"
    title = "the GIL is switched on again by an extension"
    seen = "RuntimeWarning: The global interpreter lock (GIL) has been enabled to load module 'x'"
    detected = "a free-threaded interpreter that has the GIL after the import"
    fixes = (("pip", "{pip} --upgrade {name}"),)
    sources = ("asv#1515", "onnxsim#484")

    def examine(self, environment: PythonEnvironment) -> Iterator[DoctorFinding]:
        """A warning: it works, on one CPU."""
        for trial in environment.trials:
            match = re.search(TEXT, trial.stderr)
            ran = trial.record("imported")
            on = (
                bool(environment.survey.get("gil_disabled"))
                and isinstance(ran, dict)
                and ran.get("gil")
            )
            if not match and not on:
                continue
            name = match.group(1).split(".")[0] if match else trial.subject
            yield self.warning(
                environment,
                trial.subject,
                "{} switches the GIL on again: threads run one at a time".format(name),
                expected="a build for free-threaded Python",
                found="the GIL enabled",
                evidence=[("stderr", line_of(match))] if match else [],
                name=name,
            )
