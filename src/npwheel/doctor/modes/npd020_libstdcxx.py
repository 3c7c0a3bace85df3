"""NPD020: the C++ library that is found first is too old."""

import re
from typing import Optional

from npwheel.doctor.mode import Mode, line_of
from npwheel.doctor.model import DoctorFinding
from npwheel.doctor.python_environment import PythonEnvironment
from npwheel.doctor.saved_text import SavedText
from npwheel.doctor.trial import Trial

SYSTEM_COPY = (
    r"(/(?:usr/)?lib(?:64)?/[^\s:']*libstdc\+\+[^\s:']*): version [`']((?:GLIBCXX|CXXABI)_[\d.]+)' "
    r"not found \(required by ([^)]+)\)"
)


class OldLibstdcxx(Mode):
    """LD_LIBRARY_PATH or a conda environment brings an older libstdc++."""

    id = "NPD020"
    title = "libstdc++ is older than the one that a module was built with"
    seen = "libstdc++.so.6: version `GLIBCXX_3.4.30' not found"
    detected = "the text names the file that was taken; another try without LD_LIBRARY_PATH"
    fixes = (
        ("env", "unset LD_LIBRARY_PATH"),
        ("conda", "conda install -y --prefix {prefix} -c conda-forge libstdcxx-ng"),
        ("apt", "{sudo}apt-get install -y --only-upgrade libstdc++6"),
        ("dnf", "{sudo}dnf upgrade -y libstdc++"),
    )
    sources = ("numpy#31627", "numpy#32147", "anaconda-issues#13100")
    texts = (
        (
            r"(\S+): version [`']((?:GLIBCXX|CXXABI)_[\d.]+)' not found \(required by ([^)]+)\)",
            "{2} needs a newer libstdc++ ({1}) than {0}",
            (
                ("conda", "conda install -c conda-forge libstdcxx-ng"),
                ("env", "unset LD_LIBRARY_PATH"),
                ("edit", "install a newer libstdc++, or a build of {2} for this system"),
            ),
        ),
    )

    def read(self, saved: SavedText) -> Optional[DoctorFinding]:
        """The system's own library is not changed by variables: a build for that system is."""
        match = saved.search(SYSTEM_COPY)
        if match is None or saved.conda or "LD_LIBRARY_PATH" in saved.text:
            return super().read(saved)
        return self.stated(
            saved, "{2} needs a newer libstdc++ ({1}) than the system's {0}",
            (("edit", "install an older release of {package}, whose wheels are for older systems, "
              "or conda-forge's build of it; or use a newer system"),), match,
        )  # fmt: skip

    signature = r"(\S+): version [`']((?:GLIBCXX|CXXABI)_[\d.]+)' not found"

    def explain(
        self, environment: PythonEnvironment, trial: Trial, match: "re.Match[str]"
    ) -> Optional[DoctorFinding]:
        """Where the library came from decides what fixes it."""
        file, version = match.group(1), match.group(2)
        free = environment.experiment("no-loader-path", trial.subject)
        by_path = free is not None and free.works
        because = "{} is too old".format(file)
        if by_path:
            because += ", and LD_LIBRARY_PATH puts it first"
        return self.failed(
            environment,
            trial.subject,
            because,
            expected=version,
            found="a {} without it".format(file.rpartition("/")[2]),
            evidence=[
                ("loader", line_of(match)),
                ("LD_LIBRARY_PATH", environment.machine.env.get("LD_LIBRARY_PATH", "")),
            ],
            templates=self.fixes if by_path else self.fixes[1:],
            prefix=environment.shell_prefix,
        )
