"""NPD036: OpenBLAS was built for fewer threads than requested."""

import re
from typing import Optional

from npwheel.doctor.mode import Mode, line_of
from npwheel.doctor.model import DoctorFinding
from npwheel.doctor.python_environment import PythonEnvironment
from npwheel.doctor.trial import Trial


class TooManyThreads(Mode):
    """Machines with over 64 CPUs, or many callers at once."""

    id = "NPD036"
    title = "more threads than OpenBLAS was built for"
    seen = (
        "OpenBLAS warning: precompiled NUM_THREADS exceeded; Program is Terminated. Because you "
        "tried to allocate too many memory regions"
    )
    detected = "the text on stderr"
    fixes = (("env", "export OPENBLAS_NUM_THREADS=64"),)
    sources = ("OpenBLAS#539", "OpenBLAS#1882", "numpy#17856")
    texts = (
        (
            r"OpenBLAS (?:warning: precompiled NUM_THREADS exceeded|: Program is Terminated\. "
            r"Because you tried to allocate too many memory regions)",
            "OpenBLAS was built for fewer threads than start here",
            (("env", "export OPENBLAS_NUM_THREADS=16"),),
        ),
    )
    signature = (
        r"OpenBLAS (?:warning: precompiled NUM_THREADS exceeded|: Program is Terminated\. Because "
        r"you tried to allocate too many memory regions)"
    )

    def explain(
        self, environment: PythonEnvironment, trial: Trial, match: "re.Match[str]"
    ) -> Optional[DoctorFinding]:
        """The text is enough."""
        return self.failed(
            environment,
            trial.subject,
            "OpenBLAS was built for fewer threads than run here",
            expected="at most 64 threads",
            found="{} CPUs".format(environment.machine.cpus),
            evidence=[("stderr", line_of(match))],
        )
