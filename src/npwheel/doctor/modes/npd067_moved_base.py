"""NPD067: the Python below a virtual environment was replaced by another version."""

import os
import re
from typing import Iterator, List, Tuple

from npwheel.doctor import installed
from npwheel.doctor.mode import Mode, reported
from npwheel.doctor.model import DoctorFinding
from npwheel.doctor.modes.common import quote
from npwheel.doctor.python_environment import PythonEnvironment

MOST = 15  # packages that are named in one command
TOOLS = ("pip", "setuptools", "wheel")


class MovedBase(Mode):
    """An upgrade of the system, or of Homebrew's Python, under an old environment."""

    id = "NPD067"
    title = "the base Python of the virtual environment is another version now"
    seen = "No module named 'numpy', though it was installed in this environment"
    detected = "the version in pyvenv.cfg; site-packages of another version in the environment"
    fixes = (("pip", "{pip} {names}"),)
    texts = (
        (
            r"Library not loaded: '?\S*?/Cellar/(python@[\d.]+)/([\d._]+)/\S*?Python'?\s+"
            r"Referenced from: (?:<[\w-]+> )?'?([^\n]+?)/bin/python[\d.]*'?(?=\n|$)",
            "Homebrew replaced the Python ({0} {1}) that the virtual environment {2} was made of",
            (("edit", "make it again: python3 -m venv --clear '{2}', then install its packages "
              "(Poetry, pipx: their own installer does it)"),),
        ),
        (
            r"Library not loaded: '?(@executable_path/\.\./\.?Python\d?|\S*Python\.framework/\S*)'?"
            r"\s+Referenced from: (?:<[\w-]+> )?'?([^\n]+?)/bin/python[\d.]*'?(?=\n|$)",
            "the Python that the virtual environment {1} was made of is gone ({0})",
            (("edit", "make it again: python3 -m venv --clear '{1}', then install its packages"),),
        ),
        (
            r"(?s)jupyter_client.*No such file or directory: '([^'\n]*python[\d.]*(?:\.exe)?)'",
            "the notebook's kernel (its kernel.json) starts {0}, a Python that is gone",
            (("edit", "python -m ipykernel install --user  (with the Python that the notebook is "
              "for; `jupyter kernelspec list` shows what there is)"),),
        ),
        (
            r"(?:([^\s:]+): )?bad interpreter: No such file or directory|([^\s:]+): (/\S+/bin/"
            r"python[\d.]*): bad interpreter",
            "the Python that {0}{1} starts is gone: its virtual environment was moved or deleted",
            (("edit", "make the environment again: python3 -m venv --clear DIR, then install its "
              "packages"),),
        ),
    )  # fmt: skip
    sources = (
        "python-poetry/install.python-poetry.org#34",
        "jupyter/notebook#5956",
        "measured: a venv of 3.10 whose base became 3.12",
        "Homebrew/brew#12213",
    )

    def examine(self, environment: PythonEnvironment) -> Iterator[DoctorFinding]:
        """Only for a module that lies in the folder of the old version."""
        if not environment.in_venv:
            return
        for trial in environment.failed:
            name = trial.missing_module.partition(".")[0]
            if not name or environment.copies(name):
                continue
            for version, place in old_places(environment):
                if not os.path.exists(os.path.join(place, name)):
                    continue
                yield self.failed(
                    environment, trial.subject,
                    "this environment was made with Python {}, and its Python is {} now: "
                    "{} lies in "
                    "{}".format(version, environment.python, name, place),
                    expected="Python " + version, found="Python " + environment.python,
                    evidence=[*reported(trial), (os.path.join(environment.prefix, "pyvenv.cfg"),
                              "version = " + (configured(environment) or "?"))],
                    names=" ".join(names(place, name)),
                )  # fmt: skip
                break


def old_places(environment: PythonEnvironment) -> List[Tuple[str, str]]:
    """(X.Y, site-packages) of other versions in the environment."""
    found = []
    for folder in installed.listing(os.path.join(environment.prefix, "lib")):
        match = re.match(r"^python(\d+\.\d+)t?$", folder)
        if match and match.group(1) != environment.python:
            place = os.path.join(environment.prefix, "lib", folder, "site-packages")
            found.append((match.group(1), place))
    return found


def configured(environment: PythonEnvironment) -> str:
    """The version that pyvenv.cfg names."""
    text = installed.head(os.path.join(environment.prefix, "pyvenv.cfg")).decode("utf-8", "replace")
    match = re.search(r"^version(?:_info)?\s*=\s*(\S+)", text, re.MULTILINE)
    return match.group(1) if match else ""


def names(place: str, first: str) -> List[str]:
    """What was installed there, to be installed again; the one that is missed alone if many."""
    dists = {dist.name for dist in installed.distributions([place])} - set(TOOLS)
    if not 0 < len(dists) <= MOST:
        return [quote(first)]
    return [quote(name) for name in sorted(dists)]
