"""NPD013: OpenBLAS cannot start its threads."""

import re
from typing import Iterator, List, Tuple

from npwheel.doctor.mode import Mode, line_of, reported
from npwheel.doctor.model import DoctorFinding
from npwheel.doctor.python_environment import PythonEnvironment


class Threads(Mode):
    """A limit on processes, or a seccomp filter that answers EPERM to clone3."""

    id = "NPD013"
    title = "OpenBLAS cannot start its threads"
    seen = (
        "OpenBLAS blas_thread_init: pthread_create failed for thread 1 of 8: Resource "
        "temporarily unavailable; KeyboardInterrupt out of nowhere; could not import module "
        '"datetime"'
    )
    detected = "the text on stderr (OpenBLAS raises SIGINT on itself); limits; one thread works"
    fixes = (
        ("env", "export OPENBLAS_NUM_THREADS=1"),
        ("edit", "raise the limit: ulimit -u, or the container's --pids-limit"),
        ("edit", "Docker older than 20.10.10: upgrade it (its seccomp profile refuses clone3)"),
    )
    sources = ("numpy#14474", "dify#886", "docker-library/python#835", "alphafold3#83")
    texts = (
        (
            r"OpenBLAS blas_thread_init: pthread_create failed for thread (\d+) of (\d+): "
            r"(Resource[^\n]+)\n[^\n]*RLIMIT_NPROC (-?\d+) current",
            "OpenBLAS could not start thread {0} of {1}: a limit on processes and threads is "
            "reached (RLIMIT_NPROC is {3}; a container's limit counts, too)",
            (("env", "export OPENBLAS_NUM_THREADS=1"),),
        ),
        (
            r"(?i)docker[\s\S]*RuntimeError: can't start new thread",
            "the container refuses a new thread: an old Docker (before 20.10.10) or libseccomp "
            "does not know the call of a newer C library (clone3), or a limit on processes is "
            "reached",
            (
                (
                    "edit",
                    "upgrade Docker and libseccomp on the host; as a test: docker run "
                    "--security-opt seccomp=unconfined; else raise --pids-limit",
                ),
            ),
        ),
        (
            r"RuntimeError: can't start new thread",
            "the system refuses a new thread: a limit on processes is reached (ulimit -u, or the "
            "container's), or an old Docker refuses clone3",
            (("edit", "raise the limit: ulimit -u, docker run --pids-limit; or upgrade Docker"),),
        ),
        (
            r"OpenBLAS blas_thread_init: pthread_create failed for thread (\d+) of (\d+): (.+)",
            "OpenBLAS could not start thread {0} of {1}: {2}",
            (("env", "export OPENBLAS_NUM_THREADS=1"),),
        ),
    )
    signature = r"OpenBLAS blas_thread_init: pthread_create failed for thread (\d+) of (\d+): (.+)"

    def examine(self, environment: PythonEnvironment) -> Iterator[DoctorFinding]:
        """The text; or no child could be started at all."""
        limits = limit_evidence(environment)
        for trial in environment.failed:
            match = trial.search(self.signature)
            if match:
                one = environment.experiment("one-thread", trial.subject)
                refused = "not permitted" in match.group(3)
                yield self.failed(
                    environment, trial.subject,
                    "OpenBLAS may not start its {} threads{}".format(
                        match.group(2),
                        " (a seccomp filter refuses clone3)" if refused else
                        " (a limit on processes and threads is reached)"),
                    expected="{} threads".format(match.group(2)), found=match.group(3).strip(),
                    evidence=[("stderr", line_of(match)), *rlimit_line(trial.stderr),
                              *limits, *reported(trial),
                              *([("experiment", one.condition + ": works")]
                                if one and one.works else [])],
                )  # fmt: skip
            elif "limit on processes" in trial.error:
                yield self.failed(
                    environment, trial.subject,
                    "this user may not start a single further process or thread",
                    expected="room for a process and its threads", found=limit_words(limits),
                    evidence=[("fork", trial.error), *limits],
                    templates=(("edit", "raise the limit (ulimit -u, --pids-limit) or end other "
                                        "processes, then: export OPENBLAS_NUM_THREADS=1"),),
                )  # fmt: skip


def limit_evidence(environment: PythonEnvironment) -> List[Tuple[str, str]]:
    """The limits that may be the reason."""
    limits = (environment.machine.processes, environment.machine.cgroup_pids)
    found = [(limit.where, "%d" % limit.value) for limit in limits if limit is not None]
    if environment.machine.seccomp:
        found.append(("/proc/self/status", "a seccomp filter is active"))
    return found


def limit_words(limits: List[Tuple[str, str]]) -> str:
    """The limits in one phrase."""
    return ", ".join("{} {}".format(where, value) for where, value in limits) or "none left"


def rlimit_line(stderr: str) -> List[Tuple[str, str]]:
    """What OpenBLAS itself reports of the limit."""
    match = re.search(r"RLIMIT_NPROC (-?\d+) current, (-?\d+) max", stderr)
    return [("RLIMIT_NPROC", match.group(1))] if match else []
