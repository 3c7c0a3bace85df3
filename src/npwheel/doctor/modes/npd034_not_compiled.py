"""NPD034: the sources of NumPy are imported; nothing of them is compiled."""

import os
from typing import Iterator

from npwheel.doctor import installed
from npwheel.doctor.mode import Mode, reported
from npwheel.doctor.model import DoctorFinding
from npwheel.doctor.modes.common import no_numpy, quote, reinstall_words
from npwheel.doctor.modes.npd006_wrong_python import WrongPython
from npwheel.doctor.python_environment import PythonEnvironment


class NotCompiled(Mode):
    """A source checkout in the current folder, or a copy that kept only the .py files."""

    id = "NPD034"
    title = "NumPy without compiled modules (its source folder, or a copy of the .py files)"
    seen = (
        "you should not try to import numpy from its source directory; We found no compiled "
        "module, did NumPy build successfully?"
    )
    detected = "no compiled module under the numpy folder, for any platform"
    fixes = WrongPython.fixes
    sources = ("numpy#13910", "numpy troubleshooting page")
    texts = (
        (
            r"We found no compiled module, did NumPy build successfully\?",
            "this NumPy has no compiled modules: it is a source folder",
            (
                ("env", "cd out of NumPy's source folder"),
                ("pip", "{pip} install --force-reinstall --no-cache-dir numpy"),
            ),
        ),
    )

    def examine(self, environment: PythonEnvironment) -> Iterator[DoctorFinding]:
        """Only if there is nothing compiled for any platform."""
        trial = environment.numpy_trial
        if (
            trial is None
            or trial.ok
            or not environment.numpy_folder
            or environment.core
            or no_numpy(environment)
        ):
            return
        above = os.path.dirname(environment.numpy_folder)
        marks = ("meson.build", "setup.py", "pyproject.toml")
        source = [m for m in marks if installed.is_file(os.path.join(above, m))]
        at_cwd = os.path.realpath(above) == os.path.realpath(environment.cwd)
        _, place, words = reinstall_words(environment, environment.numpy_folder)
        rest = environment.numpy_modules
        away = os.path.dirname(above) if at_cwd else ""
        yield self.failed(
            environment, "numpy",
            "{} lacks its compiled core".format(environment.numpy_folder) if rest else
            "{} has {} and no compiled module".format(
                environment.numpy_folder, "NumPy's sources" if source else "Python files only"),
            expected="_multiarray_umath" + "." + environment.suffix_tag + ".so",
            found="{} other compiled modules".format(len(rest)) if rest
            else "no compiled module at all",
            evidence=[
                *((os.path.join(above, m), "a source folder") for m in source), *reported(trial)
            ],
            place=place,
            templates=(("env", "cd " + quote(away)),) if at_cwd else self.fixes, **words
        )  # fmt: skip
