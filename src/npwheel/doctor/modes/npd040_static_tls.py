"""NPD040: no room for a library's thread-local storage."""

import re
from typing import Optional

from npwheel.doctor.mode import Mode, line_of
from npwheel.doctor.model import DoctorFinding
from npwheel.doctor.modes.common import failed_file, quote
from npwheel.doctor.python_environment import PythonEnvironment
from npwheel.doctor.trial import Trial


class StaticTls(Mode):
    """Libraries with initial-exec TLS, libgomp on ARM above all, that are loaded late."""

    id = "NPD040"
    title = "no room for thread-local storage"
    seen = "libgomp-….so.1: cannot allocate memory in static TLS block"
    detected = "the text, which names the library"
    fixes = (
        ("env", "export LD_PRELOAD={library}"),
        ("env", "export GLIBC_TUNABLES=glibc.rtld.optional_static_tls=16384"),
        ("edit", "import the module that needs it before all others"),
    )
    sources = ("scikit-learn#17231", "scikit-learn#28362", "LightGBM#6509", "opencv#14884")
    texts = (
        (
            r"(\S+): cannot allocate memory in static TLS block",
            "{0} is loaded too late: the C library has no room left for it in the static TLS block "
            "(thread-local storage)",
            (
                ("env", "export LD_PRELOAD={0}"),
                ("edit", "import the package that brings it before all others"),
            ),
        ),
        (
            r"cannot load any more object with static TLS",
            "{owner} needs static TLS (thread-local storage), and this old C library has no more "
            "room for it: too many libraries that were loaded before use it",
            (
                (
                    "edit",
                    "import that package before the others (torch, tensorflow, cv2), or use a "
                    "system with glibc 2.22 or newer",
                ),
            ),
        ),
    )
    signature = r"(\S+): cannot allocate memory in static TLS block"

    def explain(
        self, environment: PythonEnvironment, trial: Trial, match: "re.Match[str]"
    ) -> Optional[DoctorFinding]:
        """Loaded with the program itself, the library gets its room."""
        library = (
            match.group(1) if match.group(1).startswith("/") else failed_file(environment, trial)
        )
        return self.failed(
            environment,
            trial.subject,
            "the loader has no room left for the thread-local storage of {}".format(library),
            expected="room in the static TLS block",
            found="none left",
            evidence=[("loader", line_of(match))],
            library=quote(library or match.group(1)),
        )
