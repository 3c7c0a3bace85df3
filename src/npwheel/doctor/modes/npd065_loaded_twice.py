"""NPD065: NumPy is loaded twice into one process, or into a sub-interpreter."""

import re
from typing import Optional

from npwheel.doctor.mode import Mode, line_of
from npwheel.doctor.model import DoctorFinding
from npwheel.doctor.modes.common import asker
from npwheel.doctor.python_environment import PythonEnvironment
from npwheel.doctor.saved_text import SavedText
from npwheel.doctor.trial import Trial

TWICE = (
    r"cannot load module more than once per process|CPU dispatcher tracer already initlized"
    r"|CPU dispatcher tracer already initialized|The NumPy module was reloaded"
)
INTERPRETER = (
    r"NumPy was imported from a Python sub-interpreter|does not support loading in "
    r"sub-?interpreters|can only be loaded into one interpreter per process"
)


class LoadedTwice(Mode):
    """A module reloader of an IDE, a test that clears sys.modules, mod_wsgi, embedded Pythons."""

    id = "NPD065"
    title = "NumPy is loaded a second time into one process"
    seen = (
        "ImportError: cannot load module more than once per process; UserWarning: The NumPy "
        "module was reloaded; module _multiarray_umath does not support loading in subinterpreters"
    )
    detected = "the text: a compiled module can be loaded once, by the main interpreter"
    fixes = (
        ("edit", "start the process (kernel, console) again; exclude numpy from module reloading"),
    )
    sources = ("spyder-ide/spyder#26017", "numpy/numpy#26039", "numpy#24755")
    signature = TWICE + "|" + INTERPRETER

    def explain(
        self, environment: PythonEnvironment, trial: Trial, match: "re.Match[str]"
    ) -> Optional[DoctorFinding]:
        """In a fresh child, the code under import does it itself."""
        who, file, _ = asker(environment, trial)
        return self.failed(
            environment,
            trial.subject,
            "{} loads NumPy a second time into one process".format(who),
            expected="one import of NumPy in a process",
            found=match.group(),
            evidence=[("message", line_of(match)), ("in", file)],
            templates=[("edit", "remove what takes numpy out of sys.modules, or reloads it")],
        )

    def read(self, saved: SavedText) -> Optional[DoctorFinding]:
        """Who reloads: an IDE or a server may be seen."""
        match = saved.search(INTERPRETER)
        if match is not None:
            way = "run the code that uses NumPy in the main interpreter"
            if re.search(r"(?i)mod_wsgi|wsgi|apache", saved.text):
                way = "Apache: WSGIApplicationGroup %{{GLOBAL}}"
            return self.stated(
                saved,
                "NumPy is imported in a sub-interpreter, which it does not support",
                (("edit", way),),
                match,
            )
        match = saved.search(TWICE)
        if match is None:
            return None
        way = "restart the kernel or process, so that NumPy is imported once"
        if re.search(r"(?i)spyder", saved.text):
            way += "; in Spyder exclude numpy from the User Module Reloader"
        return self.stated(
            saved,
            "NumPy is imported a second time into one process: something took it out of "
            "sys.modules, reloaded it, or a first import of it had failed",
            (("edit", way),),
            match,
        )
