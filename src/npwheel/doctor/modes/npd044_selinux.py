"""NPD044: SELinux forbids to map a module."""

import re
from typing import Optional

from npwheel.doctor.mode import Mode, line_of
from npwheel.doctor.model import DoctorFinding
from npwheel.doctor.modes.common import quote
from npwheel.doctor.python_environment import PythonEnvironment
from npwheel.doctor.trial import Trial


class SeLinux(Mode):
    """mod_wsgi and services that may not execute files of a home folder."""

    id = "NPD044"
    title = "SELinux forbids to map a compiled module"
    seen = "failed to map segment from shared object: Permission denied"
    detected = "the text, and SELinux that enforces"
    fixes = (
        ("edit", "sudo restorecon -Rv {prefix}"),
        ("edit", "sudo setsebool -P httpd_execmem 1   (for a web server)"),
    )
    sources = ("numpy#8462", "mod_wsgi#387")
    texts = (
        (
            r"failed to map segment from shared object: Permission denied",
            "a security module (SELinux) forbids to run code from that file",
            (
                ("edit", "sudo restorecon -Rv on the folder of the environment"),
                ("edit", "a web server: sudo setsebool -P httpd_execmem on"),
            ),
        ),
    )
    signature = r"failed to map segment from shared object: Permission denied"

    def explain(
        self, environment: PythonEnvironment, trial: Trial, match: "re.Match[str]"
    ) -> Optional[DoctorFinding]:
        """A saved text may come from a machine other than this."""
        if trial.returncode is not None and not environment.machine.selinux:
            return None
        return self.failed(
            environment,
            trial.subject,
            "SELinux forbids to execute its modules",
            expected="a label that may be executed",
            found="Permission denied",
            evidence=[("loader", line_of(match)), ("/sys/fs/selinux/enforce", "1")],
            prefix=quote(environment.prefix),
        )
