"""NPD029: files are there, but this user may not read them."""

import os
from typing import Iterator, List

from npwheel.doctor.mode import Mode, reported
from npwheel.doctor.model import DoctorFinding
from npwheel.doctor.modes.common import failed_file, quote
from npwheel.doctor.python_environment import PythonEnvironment


class UnreadableFiles(Mode):
    """Installed as root with a tight umask; the loader then says: No such file."""

    id = "NPD029"
    title = "files of the package cannot be read by this user"
    seen = "cannot open shared object file: No such file or directory, of a file that exists"
    detected = "access to the package, its .libs folder and its modules, as this user"
    fixes = (("edit", "{sudo}chmod -R a+rX {folders}"),)
    sources = ("measured: chmod 700 on numpy.libs gives No such file",)

    def examine(self, environment: PythonEnvironment) -> Iterator[DoctorFinding]:
        """For failed imports: what cannot be read."""
        for trial in environment.failed:
            file = failed_file(environment, trial)
            if trial.subject == "numpy" and environment.winner is not None:
                folder = os.path.dirname(environment.winner.file)
            else:
                folder = os.path.dirname(file)
            if not folder:
                continue
            blocked = unreadable([folder, folder + ".libs", file], environment.numpy_modules)
            if trial.root is not None and trial.root.type == "PermissionError" and not blocked:
                blocked = [trial.root.text.partition("'")[2].rstrip("'") or folder]
            if not blocked:
                continue
            finding = self.failed(
                environment,
                trial.subject,
                "this user may not read {}".format(blocked[0]),
                expected="files that user {} can read".format(environment.machine.uid),
                found=", ".join(mode_of(path) for path in blocked[:3]),
                evidence=[*((path, mode_of(path)) for path in blocked[:5]), *reported(trial)],
                templates=(("edit", "sudo chmod -R a+rX {folders}"),),
                folders=" ".join(quote(path) for path in blocked[:5]),
            )
            yield finding._replace(fixes=tuple(f._replace(runnable=True) for f in finding.fixes))


def unreadable(folders: List[str], files: List[str]) -> List[str]:
    """Those that exist and that this process may not read (or enter)."""
    found = []
    for path in [f for f in folders if f] + files:
        if os.path.lexists(path):
            wanted = os.R_OK | (os.X_OK if os.path.isdir(path) else 0)
            if not os.access(path, wanted) and os.path.exists(path):
                found.append(path)
    return list(dict.fromkeys(found))


def mode_of(path: str) -> str:
    """`mode 700, owner 0`, or that not even this can be seen."""
    try:
        state = os.stat(path)
    except OSError as error:
        return error.strerror or "unreadable"
    return "mode {:o}, owner {}".format(state.st_mode & 0o7777, state.st_uid)
