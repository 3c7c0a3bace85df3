"""NPD047: the import does not end."""

from typing import Iterator

from npwheel.doctor.mode import Mode
from npwheel.doctor.model import DoctorFinding
from npwheel.doctor.python_environment import PythonEnvironment


class Hang(Mode):
    """A deadlock of threads, or a file system that never answers."""

    id = "NPD047"
    title = "the import does not end"
    seen = "nothing happens"
    detected = "the time limit of the child; tries under other conditions"
    fixes = (
        ("env", "export OPENBLAS_NUM_THREADS=1"),
        ("edit", "{python} -X faulthandler -X importtime -c 'import {name}'   (where it stops)"),
    )
    sources = ("OpenBLAS#660", "threadpoolctl#16", "nerve#111")

    def examine(self, environment: PythonEnvironment) -> Iterator[DoctorFinding]:
        """What makes it work, else where to look."""
        for trial in environment.failed:
            if not trial.timed_out:
                continue
            one = environment.experiment("one-thread", trial.subject)
            if one is not None and one.works:
                why, templates = "its threads wait for each other for ever", self.fixes[:1]
            else:
                why, templates = "it does not end", self.fixes[1:]
            yield self.failed(
                environment,
                trial.subject,
                why,
                expected="an end within {:.0f} s".format(trial.seconds),
                found="none",
                templates=templates,
                name=trial.subject,
            )
