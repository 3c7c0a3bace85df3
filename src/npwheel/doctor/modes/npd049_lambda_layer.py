"""NPD049: an AWS Lambda layer whose packages lie where Python does not look."""

import os
from typing import Iterator

from npwheel.doctor.mode import Mode, reported
from npwheel.doctor.model import DoctorFinding
from npwheel.doctor.python_environment import PythonEnvironment


class LambdaLayer(Mode):
    """The layer's zip must contain `python/numpy`, not `numpy`."""

    id = "NPD049"
    title = "an AWS Lambda layer with the wrong layout"
    seen = "Unable to import module 'lambda_function': No module named 'numpy'"
    detected = "AWS_LAMBDA_FUNCTION_NAME, and numpy in /opt instead of /opt/python"
    fixes = (
        (
            "edit",
            "put the packages into python/ inside of the layer's zip: pip install --target "
            "python --platform manylinux2014_x86_64 --only-binary=:all: --python-version "
            "{version} numpy",
        ),
    )
    sources = ("numpy#16719", "Klayers#62", "lithops#694")

    def examine(self, environment: PythonEnvironment) -> Iterator[DoctorFinding]:
        """NumPy is missing, and there is one next to the path."""
        trial = environment.numpy_trial
        if trial is None or trial.ok or environment.copies("numpy"):
            return
        if environment.machine.env.get("AWS_LAMBDA_FUNCTION_NAME") and os.path.isdir("/opt/numpy"):
            yield self.failed(
                environment,
                "numpy",
                "the Lambda layer has numpy at its top, not in python/",
                expected="/opt/python/numpy",
                found="/opt/numpy",
                evidence=list(reported(trial)),
                version=environment.python,
            )
