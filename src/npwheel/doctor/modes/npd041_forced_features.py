"""NPD041: the environment forces CPU features or kernels that cannot be had."""

import re
from typing import Iterator, List

from npwheel.doctor.mode import Mode, line_of, reported
from npwheel.doctor.model import DoctorFinding
from npwheel.doctor.python_environment import PythonEnvironment

NAMES = ("NPY_DISABLE_CPU_FEATURES", "NPY_ENABLE_CPU_FEATURES", "OPENBLAS_CORETYPE")
SIGNATURE = (
    r"You cannot (?:disable|enable) CPU feature|During parsing environment variable"
    r"|NPY_(?:DIS|EN)ABLE_CPU_FEATURES"
)


class ForcedFeatures(Mode):
    """Left over from debugging, or copied from advice for another machine."""

    id = "NPD041"
    title = "the environment forces CPU features or BLAS kernels"
    seen = "During parsing environment variable: 'NPY_DISABLE_CPU_FEATURES': You cannot disable …"
    detected = "the variables, and another try without them"
    fixes = (("env", "unset {names}"),)
    sources = ("numpy reference, CPU build options",)

    def examine(self, environment: PythonEnvironment) -> Iterator[DoctorFinding]:
        """Broken, and well without the variables."""
        names = forced(environment)
        for trial in environment.trials:
            working = environment.experiment("no-forced-core", trial.subject)
            if not names or working is None or not working.works:
                continue
            match = re.search(SIGNATURE, trial.output)
            env = environment.machine.env
            yield self.failed(
                environment, trial.subject,
                "the environment forces CPU features or kernels that do not fit: {}".format(
                    ", ".join("{}={}".format(n, env[n]) for n in names)),
                expected="no such variable", found=", ".join(names),
                evidence=[*([("message", line_of(match))] if match else reported(trial)),
                          ("experiment", "works with " + working.condition)],
                effect="computes wrong results" if trial.ok else "cannot be imported",
                names=" ".join(names),
            )  # fmt: skip


def forced(environment: PythonEnvironment) -> List[str]:
    """The variables of that kind which are set."""
    return [name for name in NAMES if environment.machine.env.get(name)]
