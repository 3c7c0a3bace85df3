"""NPD064: a frozen application (PyInstaller, cx_Freeze, py2exe, pex) lacks a part of a package."""

import re
from typing import Optional

from npwheel.doctor.mode import Mode
from npwheel.doctor.model import DoctorFinding
from npwheel.doctor.saved_text import SavedText

FREEZERS = (
    ("PyInstaller", r"_MEI\w+|PyInstaller|pyimod\d\d|PYZ-\d\d|\[PYI-\d+|Failed to execute script"),
    ("cx_Freeze", r"cx_Freeze|[\\/]lib[\\/]library\.zip|__startup__\.py"),
    ("py2exe", r"py2exe|library\.zip[\\/]"),
    ("Nuitka", r"(?i)nuitka|\.dist[\\/]\w+\.bin|onefile_\d+"),
    ("py2app", r"py2app|\.app/Contents/Resources/lib/python"),
    ("pex", r"\.pex[\\/]|[\\/]\.pex[\\/]|[\\/]pex[\\/]unzipped_pexes"),
    ("zipapp", r"\.pyzw?[\\/]"),
)
ADD = {
    "PyInstaller": "pip install --upgrade pyinstaller pyinstaller-hooks-contrib (PyInstaller's "
    "hooks), then build the application again with --hidden-import {module}, or --collect-all "
    "{package}",
    "cx_Freeze": "add {module} to `packages` of build_exe, then build the application again",
    "py2exe": "add {module} to `includes`, then build the application again",
    "Nuitka": "build the application again with --include-module={module}",
    "py2app": "add {module} to `includes`, then build the application again",
    "pex": "build the pex again for the Python and platform that run it",
    "zipapp": "install {package} next to the archive: compiled modules cannot be loaded from a zip",
}


class Frozen(Mode):
    """What is imported by compiled code or by name is not seen by a freezer."""

    id = "NPD064"
    title = "a frozen application lacks a module"
    seen = "No module named 'numpy._core._exceptions' below /tmp/_MEI…; PyInstaller/loader/pyimod02"
    detected = "the paths of a freezer in the traceback"
    fixes = (("edit", ADD["PyInstaller"]),)
    sources = ("pyinstaller/pyinstaller#9162", "pyinstaller#4357", "Nuitka#3964")

    def read(self, saved: SavedText) -> Optional[DoctorFinding]:
        """A missing module, or a library, while the paths are a freezer's."""
        missing = saved.search(r"No module named '?([\w.]+)'?|cannot import name '?(\w+)'?")
        library = saved.search(
            r"(lib[\w.+-]+\.so[.\d]*): cannot open shared|DLL load failed while importing (\w+)"
            r"|Failed to load dynlib/dll '?([^'\n]+)"
        )
        part = saved.search(r"recursion is detected during loading of \"(\w+)\" binary")
        match = missing or library or part
        if match is None or saved.building:
            return None
        freezer = next((name for name, p in FREEZERS if re.search(p, saved.text)), "")
        if not freezer:
            return None
        module = next(group for group in match.groups() if group)
        clause = "the application frozen by {freezer} lacks {module}, which was not collected"
        if freezer == "zipapp":
            clause = "the program lies in a zip file, from which compiled modules cannot be loaded"
        package = module.split(".")[0]
        return self.stated(
            saved,
            clause.replace("{freezer}", freezer).replace("{module}", module),
            (("edit", ADD[freezer].replace("{module}", module).replace("{package}", package)),),
            match,
        )
