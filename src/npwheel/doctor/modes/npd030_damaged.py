"""NPD030: a compiled file is cut short, or not an ELF file at all."""

import re
from typing import Iterator, List, Optional, Tuple

from npwheel.doctor import installed, linking
from npwheel.doctor.mode import Mode, reported
from npwheel.doctor.model import DoctorFinding
from npwheel.doctor.modes.common import failed_file, reinstall_words
from npwheel.doctor.modes.npd006_wrong_python import WrongPython
from npwheel.doctor.python_environment import PythonEnvironment


class Damaged(Mode):
    """A full disk, a broken download, a Git LFS pointer instead of the file."""

    id = "NPD030"
    title = "a compiled file is damaged"
    seen = "file too short; invalid ELF header; cannot read file data; Bus error without a text"
    detected = "segments that end beyond the end of the file; no ELF magic; sizes in RECORD"
    fixes = tuple(
        (p, c.replace("--force-reinstall --no-deps", "--force-reinstall --no-deps --no-cache-dir"))
        for p, c in WrongPython.fixes
    )
    sources = ("numpy#7962", "numpy#16582")
    texts = (
        (
            r"([^\s:'\"]*/(?:\.\.|lib)/(lib[\w+-]+)\.so[.\d]*): (file too short|invalid ELF header|"
            r"cannot read file data)",
            "{0} is damaged: {2}",
            (
                (
                    "conda",
                    "conda install --force-reinstall {1}  (the package that has it: `conda "
                    "search` names it)",
                ),
                ("pip", "{pip} install --force-reinstall --no-cache-dir {package}"),
                ("pip", "{pip} install --force-reinstall --no-cache-dir numpy"),
            ),
        ),
        (
            r"([^\s:'\"]+): (file too short|invalid ELF header|cannot read file data)",
            "{0} is damaged: {1}",
            (
                ("pip", "{pip} install --force-reinstall --no-cache-dir {package}"),
                ("pip", "{pip} install --force-reinstall --no-cache-dir numpy"),
            ),
        ),
    )
    signature = r"file too short|invalid ELF header|cannot read file data|Exec format error"

    def examine(self, environment: PythonEnvironment) -> Iterator[DoctorFinding]:
        """All files that the failed import could have touched."""
        for trial in environment.failed:
            crash = trial.signal_name in ("SIGBUS", "SIGSEGV")
            if not (trial.search(self.signature) or crash or trial.search(r"\.so")):
                continue
            files = [failed_file(environment, trial), *quoted(trial.output)]
            if trial.subject == "numpy":
                files += environment.numpy_modules + linking.bundled_files(environment)
            elif crash:  # which of its modules was read is not known
                files += modules_of(environment, trial.subject)
            bad = damaged([f for f in dict.fromkeys(files) if f])
            if not bad:
                continue
            file, why = bad[0]
            dist, place, words = reinstall_words(environment, file)
            size, actual = recorded(dist, file) if dist else None, linking.size(file)
            cut = size and size != actual
            yield self.failed(
                environment,
                trial.subject,
                "{} is damaged: {}".format(file, why),
                expected="{} bytes".format(size) if cut else "an ELF file",
                found="{} bytes{}".format(actual, "" if cut else " that are none"),
                evidence=[*((f, w) for f, w in bad[:5]), *reported(trial)],
                place=place,
                **words,
            )


def modules_of(environment: PythonEnvironment, subject: str) -> List[str]:
    """Compiled modules that RECORD lists for the distribution of a module."""
    dist = environment.dist_of(subject)
    rows = installed.record(dist) if dist else []
    return [row.path for row in rows if re.search(r"\.so[.\d]*$", row.path)]


def quoted(text: str) -> List[str]:
    """Paths of shared objects that a message names."""
    return re.findall(r"(/[^\s:'\"()]+\.so[.\d]*)", text)


def damaged(files: List[str]) -> List[Tuple[str, str]]:
    """(file, why) of those that are not whole ELF files."""
    checked = [(file, linking.damage(file)) for file in files if not file.endswith(".pyd")]
    return [(file, why) for file, why in checked if why]


def recorded(dist: installed.Distribution, file: str) -> Optional[int]:
    """The size that RECORD has for the file."""
    for row in installed.record(dist):
        if row.path == file:
            return row.size
    return None
