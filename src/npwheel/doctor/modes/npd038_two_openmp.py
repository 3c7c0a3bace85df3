"""NPD038: two OpenMP or MKL runtimes in one process."""

import re
from typing import Optional

from npwheel.doctor.mode import Mode, line_of
from npwheel.doctor.model import DoctorFinding
from npwheel.doctor.python_environment import PythonEnvironment
from npwheel.doctor.trial import Trial


class TwoRuntimes(Mode):
    """Packages of pip and conda mixed in one environment."""

    id = "NPD038"
    title = "two OpenMP runtimes, or a broken MKL, in one process"
    seen = (
        "OMP: Error #15: Initializing libiomp5.so, but found libomp.so already initialized; "
        "Intel MKL FATAL ERROR: Cannot load libmkl_def.so"
    )
    detected = "the text on stderr"
    fixes = (
        ("conda", "conda install -y --prefix {prefix} nomkl"),
        (
            "edit",
            "install numpy and what brings the second runtime from one place: all by pip, or "
            "all by conda (do not set KMP_DUPLICATE_LIB_OK: it gives wrong results)",
        ),
    )
    sources = ("xgboost#1715", "pytorch#78490", "reticulate#1858")
    texts = (
        (
            r"OMP: Error #15: Initializing (\S+), but found (\S+) already initialized",
            "both {0} and {1} are loaded into one process",
            (
                ("conda", "conda install -c conda-forge nomkl"),
                ("edit", "install all that uses OpenMP with one installer: pip or conda"),
            ),
        ),
        (
            r"Intel MKL FATAL ERROR: Cannot load (\S+)",
            "MKL does not find {0}: two installers' MKL are mixed",
            (
                ("conda", "conda install -c conda-forge --force-reinstall mkl numpy"),
                ("pip", "{pip} install --force-reinstall numpy"),
            ),
        ),
    )
    signature = (
        r"OMP: Error #15: Initializing (\S+), but found (\S+) already initialized"
        r"|Intel (?:oneAPI )?MKL FATAL ERROR: Cannot load (\S+)"
    )

    def explain(
        self, environment: PythonEnvironment, trial: Trial, match: "re.Match[str]"
    ) -> Optional[DoctorFinding]:
        """Name both."""
        if match.group(1):
            because = "both {} and {} are loaded".format(match.group(1), match.group(2))
        else:
            because = "MKL cannot load {}".format(match.group(3))
        return self.failed(
            environment,
            trial.subject,
            because,
            expected="one OpenMP runtime",
            found="two" if match.group(1) else "a part of MKL missing",
            evidence=[("stderr", line_of(match))],
            prefix=environment.shell_prefix,
        )
