"""NPD069: no known cause, but the same import works under one changed condition."""

from typing import Iterator, Tuple

from npwheel.doctor.mode import Mode, reported
from npwheel.doctor.model import DoctorFinding, Experiment
from npwheel.doctor.python_environment import PythonEnvironment
from npwheel.doctor.searchpath import outside, pythonpath, without_pythonpath

# What is changed, the smallest change first, and the command that keeps it changed.
CHANGES = (
    ("no-pythonpath", "without PYTHONPATH"),
    ("no-user-site", "without the user's own site folder"),
    ("other-folder", "from another current folder"),
    ("isolated", "in isolated mode (python -I)"),
    ("no-loader-path", "without LD_LIBRARY_PATH and LD_PRELOAD"),
    ("no-forced-core", "without variables that force CPU features"),
    ("one-thread", "with one BLAS thread"),
    ("plain-core", "with a plain BLAS core"),
)


class Elsewhere(Mode):
    """The last resort: what makes the difference is the finding."""

    id = "NPD069"
    title = "something in the surroundings of the program breaks the import"
    seen = "any error, while the same import works in another folder or without PYTHONPATH"
    detected = "the failed import, tried again under one changed condition at a time"
    fixes = (
        ("env", "unset PYTHONPATH"),
        ("env", "export PYTHONNOUSERSITE=1"),
        ("env", "cd {away}"),
    )
    sources = ("measured",)

    def examine(self, environment: PythonEnvironment) -> Iterator[DoctorFinding]:
        """One finding for every failed import that some condition makes work."""
        for trial in environment.failed:
            works = {e.id: e for e in environment.experiments_of(trial.subject) if e.works}
            for name, words in CHANGES:
                if name in works:
                    yield self.failed(
                        environment,
                        trial.subject,
                        "{} -- but it works {}".format(trial.whole_outcome, words),
                        evidence=list(reported(trial)),
                        templates=[way(environment, works[name])],
                    )
                    break


def way(environment: PythonEnvironment, experiment: Experiment) -> Tuple[str, str]:
    """The command that keeps the change."""
    if experiment.id == "no-pythonpath":
        entries = pythonpath(environment)
        return "env", without_pythonpath(environment, entries[0] if len(entries) == 1 else "")
    commands = {
        "no-user-site": "export PYTHONNOUSERSITE=1",
        "other-folder": "cd " + outside(environment.cwd),
        "isolated": "start Python with -I",
        "no-loader-path": "unset LD_LIBRARY_PATH LD_PRELOAD",
        "one-thread": "export OPENBLAS_NUM_THREADS=1",
    }
    if experiment.id in commands:
        return "env", commands[experiment.id]
    return "env", experiment.condition
