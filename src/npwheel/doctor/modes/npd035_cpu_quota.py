"""NPD035: more BLAS threads than the CPU time that the container gets."""

import math
from typing import Iterator

from npwheel.doctor.mode import Mode
from npwheel.doctor.model import DoctorFinding
from npwheel.doctor.python_environment import PythonEnvironment


class CpuQuota(Mode):
    """The threads wait for each other while the scheduler delays some of them."""

    id = "NPD035"
    title = "more BLAS threads than the CPU quota allows"
    seen = "NumPy is slower in the container than on a laptop; matmul takes turns of 100 ms"
    detected = "cpu.max or cfs_quota of the cgroup against the threads of OpenBLAS"
    fixes = (("env", "export OPENBLAS_NUM_THREADS={threads}"),)
    sources = ("threadpoolctl#16", "numpy#11826", "ScienceIDE_Env#514")

    def examine(self, environment: PythonEnvironment) -> Iterator[DoctorFinding]:
        """A warning: it works."""
        quota = environment.machine.quota
        answers = environment.numerics("openblas") or {}
        threads = max([int(a.get("threads", 0)) for a in answers.values()] or [0])
        if quota is None or threads <= math.ceil(quota.value):
            return
        allowed = max(1, math.ceil(quota.value))
        yield self.warning(
            environment,
            "numpy",
            "it is slow: OpenBLAS runs {} threads on {:g} CPUs' worth of time".format(
                threads, quota.value
            ),
            expected="{} threads".format(allowed),
            found="{} threads".format(threads),
            evidence=[(quota.where, "{:g} CPUs".format(quota.value))],
            threads=str(allowed),
        )
