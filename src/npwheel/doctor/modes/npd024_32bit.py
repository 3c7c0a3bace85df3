"""NPD024: a 32-bit Python, often under a 64-bit kernel, for which there are no wheels."""

from typing import Iterator

from npwheel.doctor.mode import Mode, reported
from npwheel.doctor.model import DoctorFinding
from npwheel.doctor.python_environment import PythonEnvironment


class ThirtyTwoBit(Mode):
    """`uname -m` is aarch64 or armv8l, the programs are armhf: Raspberry Pi OS 32-bit."""

    id = "NPD024"
    title = "32-bit Python: no NumPy wheels on the main index"
    seen = "is not a supported wheel on this platform; NumPy compiles for an hour"
    detected = "the size of a pointer in the interpreter against the kernel's machine"
    fixes = (
        ("apt", "{sudo}apt-get install -y python3-numpy"),
        ("apk", "{sudo}apk add py3-numpy"),
        ("edit", "a Raspberry Pi: name piwheels as extra-index-url in /etc/pip.conf, then pip"),
        ("edit", "install a 64-bit system"),
    )
    sources = ("pip#9980", "wheel#367", "numpy#31348")

    def examine(self, environment: PythonEnvironment) -> Iterator[DoctorFinding]:
        """Only where NumPy is missing: an installed 32-bit NumPy is all right."""
        trial = environment.numpy_trial
        if (
            trial is None
            or trial.ok
            or environment.machine.bits != 32
            or environment.copies("numpy")
        ):
            return
        kernel = environment.machine.arch
        wide = kernel in ("aarch64", "armv8l", "x86_64")
        yield self.failed(
            environment,
            "numpy",
            "it is not installed, and this Python is 32-bit{}, for which the main index has no "
            "wheels".format(" under a 64-bit kernel" if wide else ""),
            expected="a 64-bit Python" if wide else "a wheel",
            found="a 32-bit Python on {}".format(kernel),
            evidence=[("sys.maxsize", "2**31 - 1"), ("uname -m", kernel), *reported(trial)],
        )
