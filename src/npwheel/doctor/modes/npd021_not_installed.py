"""NPD021: the module is not installed for this interpreter."""

import glob
import os
import re
from typing import List, Optional, Sequence, Tuple

from npwheel.doctor import data, installed
from npwheel.doctor.installed import Distribution
from npwheel.doctor.mode import Mode, reported
from npwheel.doctor.model import DoctorFinding
from npwheel.doctor.modes.common import quote
from npwheel.doctor.modes.npd006_wrong_python import renewed
from npwheel.doctor.packages import filled, packages_of
from npwheel.doctor.python_environment import PythonEnvironment
from npwheel.doctor.requires import requirements
from npwheel.doctor.saved_text import SavedText
from npwheel.doctor.trial import Trial


class NotInstalled(Mode):
    """pip belonged to another interpreter, or the environment is not the active one."""

    id = "NPD021"
    title = "not installed for this interpreter"
    seen = "ModuleNotFoundError: No module named 'numpy'"
    detected = "no copy on sys.path; other interpreters on PATH that have one; VIRTUAL_ENV"
    fixes = (
        ("conda", "conda install -y --prefix {prefix} {name}"),
        ("pip", "{pip} {name}"),
        ("apt", "{sudo}apt-get install -y python3-{name}"),
        ("apk", "{sudo}apk add py3-{name}"),
        ("dnf", "{sudo}dnf install -y python3-{name}"),
    )
    sources = ("jupyter/notebook#397", "initialization-actions#291", "ipykernel#40")
    signature = r"No module named '?([\w.]+)'?(?:\s|$|;)"

    def explain(
        self, environment: PythonEnvironment, trial: Trial, match: "re.Match[str]"
    ) -> Optional[DoctorFinding]:
        """Only a module of which there is nothing on sys.path."""
        dotted = trial.missing_module or match.group(1)
        if trial.failed_module.startswith(dotted + "."):
            dotted = trial.failed_module if not environment.copies(dotted) else dotted
        name = dotted.partition(".")[0]
        if name in data.load("npwheel.doctor", "standard_library.json")["names"]:
            return None  # this Python's own: NPD056, NPD057
        if dotted != name and environment.copies(name) and lone_package(environment, dotted):
            name = dotted
        elif environment.copies(name):
            return None
        left = environment.named(name)[:1]
        if left:
            return self.gone(environment, trial, left[0])
        elsewhere = others(environment, name)
        it = "it" if name == trial.subject else name
        because = "{} is not installed for this Python".format(it)
        active = environment.machine.env.get("VIRTUAL_ENV") or environment.machine.env.get(
            "CONDA_PREFIX"
        )
        if active and os.path.realpath(active) != os.path.realpath(environment.prefix):
            because += ", which is not the active environment's ({})".format(active)
        elif elsewhere:
            because += " (another one has it: {})".format(elsewhere[0][0])
        return self.failed(
            environment,
            trial.subject,
            because,
            expected="{} on sys.path".format(name),
            found="{} folders without it".format(len(environment.path)),
            evidence=[*reported(trial), *((exe, "has " + where) for exe, where in elsewhere[:5])],
            templates=wanting(environment, trial, name) or known_packages(self.fixes, dotted),
            prefix=environment.shell_prefix,
        )

    def gone(
        self, environment: PythonEnvironment, trial: Trial, dist: Distribution
    ) -> DoctorFinding:
        """pip believes that it is installed: only the metadata is left."""
        return self.failed(
            environment,
            trial.subject,
            "the files of {} {} are gone; only its metadata is left".format(
                dist.name, dist.version
            ),
            expected="what {} lists".format(dist.folder),
            found="no such module on sys.path",
            evidence=[(dist.folder, "metadata of " + dist.version), *reported(trial)],
            place=dist.place,
            templates=renewed(dist),
            spec=quote("{}=={}".format(dist.name, dist.version)),
            gone=quote(dist.folder),
            prefix=environment.shell_prefix,
        )

    def read(self, saved: SavedText) -> Optional[DoctorFinding]:
        """Only a whole name: a part of a package is another fault."""
        match = saved.search(r"No module named '?([A-Za-z_][\w.]*)'?(?![\w.])")
        if match is None or saved.building:
            return None
        module = saved.root.name if saved.root is not None and saved.root.name else match.group(1)
        names = packages_of(module)
        if "." in module and names == packages_of(module.partition(".")[0]):
            return None
        ways = []
        if names.get("pip"):
            ways.append(("pip", "{pip} install " + quote(names["pip"])))
        if names.get("conda"):
            ways.append(("conda", "conda install -c conda-forge " + quote(names["conda"])))
        if re.search(r"<ipython-input|ipykernel|/tmp/ipykernel_", saved.text) and ways:
            ways = [("pip", "%pip install " + names["pip"] + "  (in the notebook)")]
        if not ways:
            ways = [
                ("edit", "install what brings " + module + ": its program's documentation names it")
            ]
        if re.search(r"[Ss]park", saved.text):
            ways.insert(0, ("env", "export PYSPARK_PYTHON=PYTHON_THAT_HAS_IT on all nodes"))
        return self.stated(
            saved, module + " is not installed for the Python that ran the program", ways, match
        )


def wanting(environment: PythonEnvironment, trial: Trial, name: str) -> List[Tuple[str, str]]:
    """Where a package lacks what it requires itself: its own installation again brings all.

    Empty where the module that is missing is not among what is required and missing.
    """
    owner = environment.dist_of(trial.subject)
    if owner is None or name == trial.subject:
        return []
    lacking = [want for want, _ in requirements(environment, owner) if not environment.named(want)]
    own = installed.normal(name)
    if not any(installed.normal(want).endswith(own) for want in lacking):  # python-dateutil
        return []
    spec = quote("{}=={}".format(owner.name, owner.version))
    return [
        (platform, template.replace("{name}", spec))
        for platform, template in NotInstalled.fixes
        if platform == "pip"
    ]


def lone_package(environment: PythonEnvironment, dotted: str) -> bool:
    """Whether a module inside of a namespace has a package of its own: google.protobuf."""
    known = packages_of(dotted)
    top = packages_of(dotted.partition(".")[0])
    return bool(known) and known != top and not environment.named(known.get("pip", dotted))


def known_packages(templates: Sequence[Tuple[str, str]], module: str) -> List[Tuple[str, str]]:
    """The templates with the package that brings a module; only what is known for sure."""
    ways = filled(templates, packages_of(module), quote)
    if ways:
        return ways
    return [("edit", "install what brings " + module + ": its program's documentation names it")]


def others(environment: PythonEnvironment, name: str) -> List[Tuple[str, str]]:
    """(interpreter, folder): Pythons on PATH that have the module."""
    found = []
    seen = {os.path.realpath(environment.executable)}
    for folder in environment.machine.env.get("PATH", "").split(os.pathsep):
        for name_of in installed.listing(folder):
            exe = os.path.join(folder, name_of)
            if not re.match(r"^python3(\.\d+)?$", name_of) or os.path.realpath(exe) in seen:
                continue
            seen.add(os.path.realpath(exe))
            prefix = os.path.dirname(folder)
            pattern = os.path.join(glob.escape(prefix), "lib*", "python3*", "*-packages", name)
            found += [(exe, where) for where in sorted(glob.glob(pattern))[:1]]
    return found
