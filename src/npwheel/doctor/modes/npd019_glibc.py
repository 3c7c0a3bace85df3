"""NPD019: a compiled file was built on a system with a newer glibc."""

import re
from typing import Optional

from npwheel.doctor import linking
from npwheel.doctor.mode import Mode, line_of
from npwheel.doctor.model import DoctorFinding
from npwheel.doctor.modes.common import failed_file, reinstall_words
from npwheel.doctor.python_environment import PythonEnvironment
from npwheel.doctor.trial import Trial


class OldGlibc(Mode):
    """Built elsewhere without auditwheel, or installed for another system."""

    id = "NPD019"
    title = "glibc is older than the one that a module was built on"
    seen = "version `GLIBC_2.34' not found (required by ...)"
    detected = "the highest GLIBC version in the module's version needs against the running glibc"
    fixes = (
        ("pip", "{pip} --force-reinstall --no-deps --only-binary=:all: {spec}"),
        ("edit", "own extension: build it in a manylinux image and repair it with auditwheel"),
        ("edit", "use a newer system (AWS Lambda: runtime python3.12 or newer)"),
    )
    sources = ("numpy#27133", "numpy#29150", "fastembed#314", "aws-cdk#34685")
    texts = (
        (
            r"(\S+): version [`']GLIBC_([\d.]+)' not found \(required by ([^)]+)\)",
            "{2} needs glibc {1}, which is newer than the system's",
            (
                (
                    "edit",
                    "install an older release of {package}, whose wheels are for older systems "
                    "(`pip index versions {package}` lists them), or conda-forge's build of it",
                ),
                ("edit", "use a system with glibc {1} or newer, or build {2} on the old one"),
            ),
        ),
    )
    signature = r"version [`'](GLIBC_[\d.]+)' not found \(required by ([^)\s]+)\)"

    def explain(
        self, environment: PythonEnvironment, trial: Trial, match: "re.Match[str]"
    ) -> Optional[DoctorFinding]:
        """Say which glibc would do."""
        file = match.group(2) if match.group(2).startswith("/") else failed_file(environment, trial)
        highest = linking.highest_version(file, "GLIBC") or match.group(1)
        dist, place, words = reinstall_words(environment, file)
        return self.failed(
            environment,
            trial.subject,
            "{} was built for a newer glibc than this system has".format(file),
            expected=highest.replace("_", " ") + " or newer",
            found="glibc " + environment.machine.libc_version,
            evidence=[
                ("loader", line_of(match)),
                ("wheel tag", ", ".join(environment.tags_of(dist))),
            ],
            place=place,
            templates=self.fixes if dist is not None else self.fixes[1:],
            **words,
        )
