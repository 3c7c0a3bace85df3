"""NPD025: ARM modules for the hard-float ABI under a soft-float Python, or vice versa."""

from typing import Iterator

from npwheel.doctor import linking
from npwheel.doctor.case import Case
from npwheel.doctor.mode import Mode, reported
from npwheel.doctor.model import Finding
from npwheel.doctor.modes.common import compiled_of, failed_file


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

    def examine(self, case: Case) -> Iterator[Finding]:
        """Static evidence, for imports that failed."""
        mine = linking.float_abi(case.executable)
        for trial in case.failed:
            files = compiled_of(case, trial) or [failed_file(case, trial)]
            theirs = linking.float_abi(files[0]) if files else ""
            if mine and theirs and mine != theirs:
                yield self.failed(
                    case, trial.subject,
                    "its modules are for the {} ABI and this Python is {}".format(theirs, mine),
                    expected=mine, found=theirs,
                    evidence=[(files[0], theirs), *reported(trial)],
                )  # fmt: skip
