"""NPD022: this Python is managed by the operating system, and pip refuses (PEP 668)."""

from typing import Iterator

from npwheel.doctor import fixes
from npwheel.doctor.mode import Mode, reported
from npwheel.doctor.model import DoctorFinding
from npwheel.doctor.python_environment import PythonEnvironment


class Managed(Mode):
    """Debian 12, Raspberry Pi OS bookworm, Ubuntu 24.04, Alpine 3.19 and newer."""

    id = "NPD022"
    title = "not installed, and pip may not install into the system's Python"
    seen = "error: externally-managed-environment"
    detected = "the file EXTERNALLY-MANAGED in the standard library, outside of an environment"
    fixes = (
        ("apt", "{sudo}apt-get install -y python3-numpy libopenblas0-pthread"),
        ("apk", "{sudo}apk add py3-numpy"),
        ("dnf", "{sudo}dnf install -y python3-numpy"),
        (
            "env",
            "{python} -m venv --system-site-packages ~/venv && ~/venv/bin/python -m pip "
            "install numpy",
        ),
    )
    sources = ("PEP 668", "bookworm-feedback#4", "n1mm_view#58", "Rpanion#179")
    texts = (
        (
            r"externally-managed-environment",
            "the operating system manages this Python, so pip refuses to install into it",
            (
                (
                    "pip",
                    "python3 -m venv --system-site-packages ~/venv && ~/venv/bin/python -m "
                    "pip install PACKAGE",
                ),
                ("apt", "sudo apt-get install -y python3-numpy"),
            ),
        ),
    )
    signature = r"externally-managed-environment"

    def examine(self, environment: PythonEnvironment) -> Iterator[DoctorFinding]:
        """NumPy is missing and pip would refuse; or a saved text shows it."""
        trial = environment.numpy_trial
        if trial is None or trial.ok:
            return
        missing = trial.root is not None and trial.root.name == "numpy"
        if trial.search(self.signature) or (missing and fixes.managed(environment)):
            yield self.failed(
                environment,
                "numpy",
                "it is not installed, and this Python belongs to the operating system, "
                "where pip refuses to install",
                expected="numpy from the system, or a virtual environment",
                found="neither",
                evidence=[(environment.stdlib + "/EXTERNALLY-MANAGED", "exists"), *reported(trial)],
            )
