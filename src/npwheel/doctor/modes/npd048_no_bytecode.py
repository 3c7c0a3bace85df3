"""NPD048: NumPy is compiled to bytecode again at every start."""

import os
from typing import Iterator

from npwheel.doctor import installed
from npwheel.doctor.mode import Mode
from npwheel.doctor.model import DoctorFinding
from npwheel.doctor.modes.common import quote
from npwheel.doctor.python_environment import PythonEnvironment


class NoBytecode(Mode):
    """PYTHONDONTWRITEBYTECODE, a read-only folder, or an image without .pyc files."""

    id = "NPD048"
    title = "import numpy is slow: no bytecode is kept, or the disk is slow"
    seen = "every start takes a second or more; five to ten on a Raspberry Pi"
    detected = "no .pyc of numpy/__init__.py after an import; the time of the import"
    fixes = (("edit", "{python} -m compileall -q {folder}"),)
    sources = ("openpilot#33856", "rdkit#9126", "python-requests#62")

    def examine(self, environment: PythonEnvironment) -> Iterator[DoctorFinding]:
        """A warning: it works."""
        if not environment.numpy_works or not environment.numpy_folder:
            return
        cache = installed.listing(os.path.join(environment.numpy_folder, "__pycache__"))
        if any(name.startswith("__init__.") for name in cache):
            return
        if installed.is_file(os.path.join(environment.numpy_folder, "__init__.pyc")):
            return
        reason = "the folder cannot be written to"
        if environment.machine.env.get("PYTHONDONTWRITEBYTECODE"):
            reason = "PYTHONDONTWRITEBYTECODE is set"
        elif environment.machine.env.get("PYTHONPYCACHEPREFIX"):
            return
        finding = self.warning(
            environment,
            "numpy",
            "it starts slowly: no bytecode is kept, since {}".format(reason),
            expected="numpy/__pycache__/__init__.*.pyc",
            found="none",
            evidence=[("import", "{:.1f} s".format(float(environment.imported.get("seconds", 0))))],
            folder=quote(environment.numpy_folder),
        )
        fixes = tuple(f._replace(runnable=True) for f in finding.fixes)
        yield finding._replace(fixes=fixes)
