"""NPD025: ARM modules for the hard-float ABI under a soft-float Python, or vice versa."""

from typing import Iterator

from npwheel.doctor import linking
from npwheel.doctor.mode import Mode, reported
from npwheel.doctor.model import DoctorFinding
from npwheel.doctor.modes.common import compiled_of, failed_file
from npwheel.doctor.python_environment import PythonEnvironment


class FloatAbi(Mode):
    """An armel container on a Pi Zero gets piwheels' armhf wheels: both report armv6l."""

    id = "NPD025"
    title = "modules for the other ARM float ABI (armhf against armel)"
    seen = "No module named 'numpy.core._multiarray_umath' with what seems the right wheel"
    detected = "the float ABI in the ELF flags of the module and of the interpreter"
    fixes = (
        ("apt", "{sudo}apt-get install -y python3-numpy"),
        ("edit", "use an armhf image (arm32v6/…, balenalib/…) instead of arm/v5"),
    )
    sources = ("piwheels/packages#201",)

    def examine(self, environment: PythonEnvironment) -> Iterator[DoctorFinding]:
        """Static evidence, for imports that failed."""
        mine = linking.float_abi(environment.executable)
        for trial in environment.failed:
            files = compiled_of(environment, trial) or [failed_file(environment, trial)]
            theirs = linking.float_abi(files[0]) if files else ""
            if mine and theirs and mine != theirs:
                yield self.failed(
                    environment,
                    trial.subject,
                    "its modules are for the {} ABI and this Python is {}".format(theirs, mine),
                    expected=mine,
                    found=theirs,
                    evidence=[(files[0], theirs), *reported(trial)],
                )
