"""NPD023: pip refuses piwheels' files, whose hashes are not the main index's."""

import re
from typing import Optional

from npwheel.doctor.mode import Mode, line_of
from npwheel.doctor.model import DoctorFinding
from npwheel.doctor.python_environment import PythonEnvironment
from npwheel.doctor.trial import Trial


class Hashes(Mode):
    """piwheels builds its own wheels; a lock file made elsewhere knows others."""

    id = "NPD023"
    title = "hashes of the requirements file do not match (piwheels)"
    seen = "THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE"
    detected = "the text of a saved pip log"
    fixes = (
        ("pip", "{python} -m pip cache purge"),
        ("edit", "install without hashes, or without the piwheels extra index (/etc/pip.conf)"),
    )
    sources = ("bookworm-feedback#411", "piwheels#195", "piwheels/packages#404")
    texts = (
        (
            r"THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE",
            "the downloaded files have other hashes than the requirements file lists",
            (
                ("pip", "{pip} cache purge"),
                ("edit", "piwheels builds its own wheels: drop its index, or the hashes"),
            ),
        ),
    )
    signature = r"THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE"

    def explain(
        self, environment: PythonEnvironment, trial: Trial, match: "re.Match[str]"
    ) -> Optional[DoctorFinding]:
        """Whether piwheels was involved decides what comes first."""
        wheels = "piwheels" in trial.output
        return self.failed(
            environment,
            trial.subject,
            "the downloaded files have other hashes than the requirements file lists",
            expected="the hashes of the file that was locked",
            found="piwheels' own builds" if wheels else "other files",
            evidence=[("pip", line_of(match))],
            templates=self.fixes[::-1] if wheels else self.fixes,
            effect="cannot be installed",
        )
