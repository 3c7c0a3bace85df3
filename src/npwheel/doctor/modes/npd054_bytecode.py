"""NPD054: kept bytecode of a module is damaged."""

import os
import re
from typing import List, Optional, Tuple

from npwheel.doctor import installed, launch
from npwheel.doctor.mode import Mode, reported
from npwheel.doctor.model import DoctorFinding
from npwheel.doctor.modes.common import quote
from npwheel.doctor.python_environment import PythonEnvironment
from npwheel.doctor.trial import Trial

PACKAGES = (
    "__pycache__", "collections", "concurrent", "ctypes", "email", "encodings", "importlib",
    "json", "logging", "multiprocessing", "re", "unittest", "urllib", "zipfile",
)  # fmt: skip


class Bytecode(Mode):
    """A full disk or a power cut, seldom an SD card that dies: a .pyc is cut short."""

    id = "NPD054"
    title = "kept bytecode (.pyc) is damaged"
    seen = "EOFError: marshal data too short; ValueError: bad marshal data (unknown type code)"
    detected = "the text; the .pyc files that this Python would use, loaded in a child"
    fixes = (
        ("edit", "rm {files}"),
        ("edit", "find {folder} -name __pycache__ -prune -exec rm -r {{}} +"),
    )
    sources = ("measured: a .pyc of numpy/_core cut short",)
    texts = (
        (
            r"bad magic number in '([\w.]+)'",
            "a stray .pyc of another Python is imported as {0}",
            (("edit", "delete the {0}.pyc that lies outside of __pycache__"),),
        ),
        (
            r"marshal data too short|bad marshal data|EOF read where (?:object|not) expected",
            "kept bytecode (.pyc) is damaged",
            (("edit", "find . -name __pycache__ -prune -exec rm -r {{}} +  (in site-packages)"),),
        ),
    )
    signature = (
        r"marshal data too short|bad marshal data|EOF read where (?:object|not) expected"
        r"|Non-code object in '[^']*\.pyc'"
    )

    def explain(
        self, environment: PythonEnvironment, trial: Trial, match: "re.Match[str]"
    ) -> Optional[DoctorFinding]:
        """Python compiles it again once it is gone."""
        folders = touched(environment, trial)
        bad = damaged(environment, folders) or damaged(environment, library(environment))
        where = bad[0][0] if bad else "below " + " or ".join(folders)
        finding = self.failed(
            environment,
            trial.subject,
            "kept bytecode of Python modules is damaged: " + where,
            expected="bytecode that loads",
            found=bad[0][1] if bad else match.group(),
            evidence=[*bad[:5], *reported(trial)],
            templates=self.fixes[:1] if bad else self.fixes[1:],
            files=" ".join(quote(path) for path, _ in bad),
            folder=" ".join(quote(folder) for folder in folders),
        )
        return finding._replace(fixes=tuple(f._replace(runnable=True) for f in finding.fixes))


def touched(environment: PythonEnvironment, trial: Trial) -> List[str]:
    """Folders of the packages that the import is about."""
    tops = dict.fromkeys([trial.subject.partition(".")[0], "numpy"])
    copies = [copy for top in tops for copy in environment.copies(top)[:1]]
    folders = [os.path.dirname(copy.file) for copy in copies if copy.kind == "package"]
    folders += [copy.place for copy in copies if copy.kind == "module"]
    return list(dict.fromkeys(folders))


def library(environment: PythonEnvironment) -> List[str]:
    """What an import of NumPy takes from the standard library: its top and its packages."""
    inner = [name for name in installed.listing(environment.stdlib) if name in PACKAGES]
    return [os.path.join(environment.stdlib, name) for name in inner]


def damaged(environment: PythonEnvironment, folders: List[str]) -> List[Tuple[str, str]]:
    """(file, why) of kept bytecode below the folders; none too where that cannot be found out."""
    answer = launch.run(
        environment.exe, "marshal", folders, environment.timeout, script="bytecode.py"
    )
    found = answer.record("damaged")
    return [(str(path), str(why)) for path, why in found] if isinstance(found, list) else []
