"""NPD048: NumPy is compiled to bytecode anew at every start."""

import os
from typing import Iterator

from npwheel.doctor import installed
from npwheel.doctor.case import Case
from npwheel.doctor.mode import Mode
from npwheel.doctor.model import Finding
from npwheel.doctor.modes.common import quote


class NoBytecode(Mode):
    """PYTHONDONTWRITEBYTECODE, a read-only folder, or an image without .pyc files."""

    id = "NPD048"
    title = "import numpy is slow: no bytecode is kept, or the disk is slow"
    seen = "every start takes a second or more; five to ten on a Raspberry Pi"
    detected = "no .pyc of numpy/__init__.py after an import; the time of the import"
    fixes = (("edit", "{python} -m compileall -q {folder}"),)
    sources = ("openpilot#33856", "rdkit#9126", "python-requests#62")

    def examine(self, case: Case) -> Iterator[Finding]:
        """A warning: it works."""
        if not case.numpy_works or not case.numpy_folder:
            return
        cache = installed.listing(os.path.join(case.numpy_folder, "__pycache__"))
        if any(name.startswith("__init__.") for name in cache):
            return
        if installed.is_file(os.path.join(case.numpy_folder, "__init__.pyc")):
            return
        reason = "the folder cannot be written to"
        if case.machine.env.get("PYTHONDONTWRITEBYTECODE"):
            reason = "PYTHONDONTWRITEBYTECODE is set"
        elif case.machine.env.get("PYTHONPYCACHEPREFIX"):
            return
        finding = self.warning(
            case, "numpy",
            "it starts slowly: no bytecode is kept, since {}".format(reason),
            expected="numpy/__pycache__/__init__.*.pyc", found="none",
            evidence=[("import", "{:.1f} s".format(float(case.imported.get("seconds", 0))))],
            folder=quote(case.numpy_folder),
        )  # fmt: skip
        fixes = tuple(f._replace(runnable=True) for f in finding.fixes)
        yield finding._replace(fixes=fixes)
