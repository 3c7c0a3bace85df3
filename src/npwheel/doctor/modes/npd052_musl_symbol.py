"""NPD052: a module for musl uses a function that only glibc has."""

import re
from typing import Optional

from npwheel.doctor.mode import Mode, line_of
from npwheel.doctor.model import DoctorFinding
from npwheel.doctor.modes.common import failed_file
from npwheel.doctor.modes.npd014_glibc_wheel_on_musl import libc_of
from npwheel.doctor.python_environment import PythonEnvironment
from npwheel.doctor.trial import Trial


class MuslSymbol(Mode):
    """auditwheel has no list of what musl lacks, so such wheels get published."""

    id = "NPD052"
    title = "a musllinux module uses a function that musl does not have"
    seen = "Error relocating …: __cxa_thread_atexit_impl: symbol not found"
    detected = "the text, in a module that is itself linked with musl"
    fixes = (
        ("pip", "{pip} --force-reinstall --no-binary={name} {name}"),
        ("edit", "report it to the wheel's project; or use an image with glibc (python:3-slim)"),
    )
    sources = ("rego-cpp#226",)
    texts = (
        (
            r"Error relocating ([^\s:]+): (__cxa_thread_atexit_impl|\w+): symbol not found",
            "{0} needs {1}, which only glibc has, and this is musl (Alpine)",
            (
                ("pip", "{pip} install --upgrade {package}"),
                ("edit", "use an image with glibc, such as python:3-slim"),
            ),
        ),
    )
    signature = r"Error relocating (\S+): (_\w+|gnu_\w+|backtrace\w*): symbol not found"

    def explain(
        self, environment: PythonEnvironment, trial: Trial, match: "re.Match[str]"
    ) -> Optional[DoctorFinding]:
        """Symbols of Python and BLAS are NPD037's; a glibc build is NPD014's."""
        symbol = match.group(2)
        if re.match(r"_?Py", symbol):
            return None
        file = failed_file(environment, trial) or match.group(1)
        if libc_of(file) != "musl" and trial.returncode is not None:
            return None
        return self.failed(
            environment,
            trial.subject,
            "{} was built for musl, yet uses {}, which only glibc has".format(file, symbol),
            expected="functions of musl " + environment.machine.libc_version,
            found=symbol,
            evidence=[("loader", line_of(match))],
            name=trial.subject.split(".")[0],
        )
