"""NPD017: not enough memory, or not enough address space."""

from typing import Iterator

from npwheel.doctor.mode import Mode, reported
from npwheel.doctor.model import DoctorFinding
from npwheel.doctor.python_environment import PythonEnvironment

SMALL = 1 << 30  # bytes of address space below which OpenBLAS's buffers may not fit


class Memory(Mode):
    """OpenBLAS reserves buffers for every thread when it is loaded."""

    id = "NPD017"
    title = "not enough memory or address space"
    seen = (
        "Killed; OpenBLAS error: Memory allocation still failed after 10 retries; failed to map "
        "segment from shared object: Cannot allocate memory; Killed signal terminated program "
        "cc1plus (in a build)"
    )
    detected = "SIGKILL of the child; the text; ulimit -v; memory of the machine"
    fixes = (
        ("env", "ulimit -S -v unlimited"),
        (
            "edit",
            "start a shell in which no `ulimit -v` is set, or let root raise the limit of "
            "this one: prlimit --pid $$ --as=unlimited:unlimited",
        ),
        ("edit", "give the machine or container more memory, or swap"),
        ("env", "export OPENBLAS_NUM_THREADS=1"),
    )
    sources = ("numpy#28062", "bCNC#1219")
    texts = (
        (
            r"(?i)fatal error: Killed signal terminated program (\S+)|std::bad_alloc"
            r"|virtual memory exhausted|\bOut of memory: Kill(?:ed)? process",
            "memory ran out",
            (
                ("pip", "{pip} install --only-binary=:all: numpy"),
                ("edit", "add swap space, or build with one job (MAKEFLAGS=-j1)"),
            ),
        ),
        (
            r"(?m)^MemoryError\b.*|numpy\.core\._exceptions\._ArrayMemoryError: (.*)"
            r"|Unable to allocate ([\d.]+ \w+) for an array",
            "an array does not fit into memory; NumPy itself works",
            (("edit", "use a smaller array, a smaller dtype or numpy.memmap"),),
        ),
    )
    signature = (
        r"Memory allocation still failed|Cannot allocate memory|MemoryError"
        r"|Killed signal terminated program|std::bad_alloc|OpenBLAS: malloc failed"
    )

    def examine(self, environment: PythonEnvironment) -> Iterator[DoctorFinding]:
        """By text, by signal, or by a limit that explains a crash."""
        space = environment.machine.address_space
        for trial in environment.failed:
            match = trial.search(self.signature)
            tight = space is not None and space.value < SMALL
            # Some releases of OpenBLAS try again for ever.
            crashed = trial.timed_out or trial.signal_name in ("SIGSEGV", "SIGABRT", "SIGBUS")
            killed = trial.signal_name == "SIGKILL"
            if "static TLS" in trial.output or not (match or killed or (tight and crashed)):
                continue
            limited = space is not None and (tight or match is not None) and not killed
            if limited and space is not None:
                because = "its address space is limited to {} MiB".format(int(space.value) >> 20)
            else:
                because = (
                    "it was killed, as the kernel does where memory runs out ({})"
                    if killed
                    else "memory ran out ({})"
                ).format(trial.outcome)
            # A hard limit, which `ulimit -v` sets too, is raised by nobody but root.
            first = 2 if not limited or space is None else 1 if space.hard else 0
            yield self.failed(
                environment, trial.subject, because,
                expected="some hundred MiB",
                found="{} MiB".format(int(space.value if limited and space else
                                          environment.machine.memory) >> 20),
                evidence=[*reported(trial), *([(space.where, "%d KiB" % (space.value / 1024))]
                                          if space else [])],
                templates=self.fixes[first:],
            )  # fmt: skip
