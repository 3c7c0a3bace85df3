"""NPD045: the emulator crashed, not the program."""

from typing import Iterator

from npwheel.doctor.mode import Mode, line_of, reported
from npwheel.doctor.model import DoctorFinding
from npwheel.doctor.python_environment import PythonEnvironment


class Emulator(Mode):
    """Containers of another architecture run under qemu-user."""

    id = "NPD045"
    title = "the program runs under an emulator, which crashed"
    seen = "qemu: uncaught target signal 11 (Segmentation fault) - core dumped"
    detected = "the kernel's machine against /proc/cpuinfo, which qemu passes through; the text"
    fixes = (("edit", "build and run on a machine of this architecture, or with qemu 10 or newer"),)
    sources = ("buildx#1170", "buildx#328", "postgres-containers#302")
    texts = (
        (
            r"qemu: uncaught target signal (\d+) \(([^)]+)\)",
            "the emulated CPU (qemu) ended the program: {1}",
            (("edit", "build for that machine on one of its kind, or with qemu 10 or newer"),),
        ),
    )
    signature = r"qemu: uncaught target signal (\d+)"

    def examine(self, environment: PythonEnvironment) -> Iterator[DoctorFinding]:
        """A crash by signal, unless other kernels or one thread make it work."""
        for trial in environment.failed:
            match = trial.search(self.signature)
            crash = environment.machine.emulated and trial.signal_name in ("SIGSEGV", "SIGABRT")
            working = any(e.works for e in environment.experiments if e.subject == trial.subject)
            if working or not (match or crash):
                continue
            yield self.failed(
                environment, trial.subject,
                "the emulated CPU crashed ({})".format(trial.outcome),
                expected="a real {}".format(environment.machine.arch), found="an emulator",
                evidence=[*([("stderr", line_of(match))] if match else []), *reported(trial),
                          ("emulated", environment.machine.emulated)],
            )  # fmt: skip
