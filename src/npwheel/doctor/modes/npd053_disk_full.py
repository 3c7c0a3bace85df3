"""NPD053: no space is left where packages are installed or unpacked."""

import os
from typing import Iterator, Optional

from npwheel.doctor.mode import Mode, line_of
from npwheel.doctor.model import DoctorFinding
from npwheel.doctor.python_environment import PythonEnvironment

ENOUGH = 100 << 20  # bytes: NumPy needs about 80 MB while it is installed


class DiskFull(Mode):
    """On a Raspberry Pi /tmp often lies in memory."""

    id = "NPD053"
    title = "no space left on the device"
    seen = "OSError: [Errno 28] No space left on device"
    detected = "the free space of the package's and the temporary folder; the text"
    fixes = (
        ("env", "export TMPDIR=$HOME"),
        ("edit", "free space on {folder}"),
    )
    sources = ("pip#5816",)
    texts = (
        (
            r"No space left on device",
            "the disk, or the temporary folder, is full",
            (("env", "export TMPDIR=$HOME"), ("edit", "free some space (df -h shows where)")),
        ),
    )
    signature = r"No space left on device"

    def examine(self, environment: PythonEnvironment) -> Iterator[DoctorFinding]:
        """Broken if a text shows it; about to fail if it is nearly so."""
        for trial in environment.failed:
            match = trial.search(self.signature)
            if match:
                yield self.failed(
                    environment,
                    trial.subject,
                    "the disk is full",
                    expected="100 MiB free",
                    found="No space left on device",
                    evidence=[("message", line_of(match))],
                    folder="the disk",
                    effect="cannot be installed",
                )
        place = environment.numpy_dist.place if environment.numpy_dist else environment.prefix
        for folder in dict.fromkeys([place, environment.machine.env.get("TMPDIR") or "/tmp"]):  # noqa: S108
            free = free_space(folder)
            if free is not None and free < ENOUGH:
                yield self.warning(
                    environment,
                    "numpy",
                    "the next installation will fail: {} is nearly full".format(folder),
                    expected="100 MiB free",
                    found="{} MiB".format(free >> 20),
                    evidence=[(folder, "{} bytes free".format(free))],
                    templates=self.fixes if folder != place else self.fixes[1:],
                    folder=folder,
                )


def free_space(folder: str) -> Optional[int]:
    """Bytes that a user may still write; None if unknown or read-only by nature."""
    try:
        state = os.statvfs(folder)
    except OSError:
        return None
    if state.f_flag & os.ST_RDONLY or not state.f_blocks:
        return None
    return state.f_bavail * state.f_frsize
