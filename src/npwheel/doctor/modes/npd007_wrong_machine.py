"""NPD007: the compiled modules are for another CPU or operating system."""

import re
from typing import Iterator, List, Optional, Tuple

from npwheel.doctor import linking
from npwheel.doctor.installed import tag_of
from npwheel.doctor.mode import Mode, reported
from npwheel.doctor.model import DoctorFinding
from npwheel.doctor.modes.common import compiled_of, failed_file, reinstall_words
from npwheel.doctor.modes.npd006_wrong_python import WrongPython
from npwheel.doctor.python_environment import PythonEnvironment
from npwheel.doctor.saved_text import SavedText

TAG_MACHINE = re.compile(r"-(x86_64|i386|aarch64|arm)-linux|-(darwin)|(win)[_-]?(?:amd64|32|arm64)")


class WrongMachine(Mode):
    """Files copied from a Mac, from Windows, or from a machine with another CPU."""

    id = "NPD007"
    title = "compiled modules are for another CPU or operating system"
    seen = (
        "No module named 'numpy._core._multiarray_umath'; or, of a file that exists: cannot open "
        "shared object file; wrong ELF class; Exec format error"
    )
    detected = "ELF machine and class of the modules against those of the interpreter; .pyd files"
    fixes = WrongPython.fixes
    sources = ("numpy#13910", "numpy#23263")

    def examine(self, environment: PythonEnvironment) -> Iterator[DoctorFinding]:
        """Static evidence only, for imports that failed."""
        mine = linking.machine_of(environment.executable)
        for trial in environment.failed:
            files = compiled_of(environment, trial) or [
                f for f in [failed_file(environment, trial)] if f
            ]
            foreign = [(f, is_for) for f in files for is_for in [foreign_to(f, mine)] if is_for]
            if not foreign or len(foreign) < len(files):
                continue
            yield self.finding(environment, trial.subject, mine, foreign, list(reported(trial)))

    def finding(
        self,
        environment: PythonEnvironment,
        subject: str,
        mine: str,
        foreign: List[Tuple[str, str]],
        evidence: List[Tuple[str, str]],
    ) -> DoctorFinding:
        """All files that answer are foreign."""
        _, place, words = reinstall_words(environment, foreign[0][0])
        kinds = sorted({kind for _, kind in foreign})
        ours = "Linux " + (mine or environment.machine.arch)
        return self.failed(
            environment,
            subject,
            "its compiled modules are for {}, and this Python is for {}".format(
                " and ".join(kinds), ours
            ),
            expected=ours,
            found=", ".join(kinds),
            evidence=[(foreign[0][0], "is for " + foreign[0][1]), *evidence],
            place=place,
            **words,
        )

    def read(self, saved: SavedText) -> Optional[DoctorFinding]:
        """A loader's words for a file of another machine."""
        match = saved.search(
            r"([^\s:'\"]+\.so[\w.]*): (wrong ELF class: \w+|cannot open shared object "
            r"file: No such file"
            r" or directory(?=\W*$))|cannot execute binary file: (Exec format error)"
        )
        if match is None or not (match.group(3) or ".cpython-" in match.group(1)):
            return None
        return self.stated(
            saved,
            "a compiled file is for another machine: {0} {1}{2}",
            (
                ("pip", "{pip} install --force-reinstall --no-cache-dir {package}"),
                ("pip", "{pip} install --force-reinstall --no-cache-dir numpy"),
            ),
            match,
        )


def foreign_to(path: str, mine: str) -> Optional[str]:
    """What another machine the file is for, or None."""
    if path.endswith(".pyd"):
        return "Windows"
    match = TAG_MACHINE.search(tag_of(path))
    if match and match.group(2):
        return "macOS"
    theirs = linking.machine_of(path)
    if theirs and mine and theirs != mine:
        return theirs
    return None
