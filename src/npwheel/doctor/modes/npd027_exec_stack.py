"""NPD027: a module requires an executable stack, and the system refuses."""

import re
from typing import Optional

from npwheel.doctor.mode import Mode, line_of
from npwheel.doctor.model import DoctorFinding
from npwheel.doctor.modes.common import failed_file, quote
from npwheel.doctor.python_environment import PythonEnvironment
from npwheel.doctor.trial import Trial


class ExecStack(Mode):
    """glibc 2.41 and newer refuse it on dlopen; SELinux may refuse it anywhere."""

    id = "NPD027"
    title = "a module requires an executable stack"
    seen = "cannot enable executable stack as shared object requires: Invalid argument"
    detected = "the flags of PT_GNU_STACK, and glibc 2.41 or newer"
    fixes = (
        ("env", "export GLIBC_TUNABLES=glibc.rtld.execstack=2"),
        ("edit", "patchelf --clear-execstack {file}   (patchelf 0.18 or newer)"),
        ("edit", "own extension: link with -Wl,-z,noexecstack"),
    )
    sources = ("CTranslate2#1849", "pytorch-cpu-feedstock#350", "NixOS/patchelf#456")
    texts = (
        (
            r"(\S+): cannot enable executable stack as shared object requires: ([\w ]+)",
            "{0} requires an executable stack, which this system refuses",
            (
                ("pip", "{pip} install --upgrade {package}"),
                ("edit", "patchelf --clear-execstack {0}"),
            ),
        ),
    )
    signature = r"cannot enable executable stack as shared object requires: (.+)"

    def explain(
        self, environment: PythonEnvironment, trial: Trial, match: "re.Match[str]"
    ) -> Optional[DoctorFinding]:
        """EINVAL is glibc's refusal, EACCES SELinux's."""
        file = failed_file(environment, trial)
        selinux = "ermission" in match.group(1)
        return self.failed(
            environment,
            trial.subject,
            "{} requires an executable stack, which {} refuses".format(
                file or "a module",
                "SELinux" if selinux else "glibc " + environment.machine.libc_version,
            ),
            expected="PT_GNU_STACK without the execute flag",
            found="with it",
            evidence=[("loader", line_of(match))],
            templates=self.fixes[1:] if selinux else self.fixes,
            file=quote(file or "FILE"),
        )
