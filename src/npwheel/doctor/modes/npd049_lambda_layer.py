"""NPD049: an AWS Lambda layer whose packages lie where Python does not look."""

import os
from typing import Iterator

from npwheel.doctor.case import Case
from npwheel.doctor.mode import Mode, reported
from npwheel.doctor.model import Finding


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

    def examine(self, case: Case) -> Iterator[Finding]:
        """NumPy is missing, and there is one next to the path."""
        trial = case.numpy_trial
        if trial is None or trial.ok or case.copies("numpy"):
            return
        if case.machine.env.get("AWS_LAMBDA_FUNCTION_NAME") and os.path.isdir("/opt/numpy"):
            yield self.failed(
                case, "numpy", "the Lambda layer has numpy at its top, not in python/",
                expected="/opt/python/numpy", found="/opt/numpy",
                evidence=list(reported(trial)), version=case.python,
            )  # fmt: skip
