"""NPD021: the module is not installed for this interpreter."""

import glob
import os
import re
from typing import List, Optional, Sequence, Tuple

from npwheel.doctor import data, installed
from npwheel.doctor.case import Case
from npwheel.doctor.installed import Distribution
from npwheel.doctor.mode import Mode, said
from npwheel.doctor.model import Finding
from npwheel.doctor.modes.common import quote
from npwheel.doctor.modes.npd006_wrong_python import renewed
from npwheel.doctor.requires import requirements
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
    signature = r"No module named '?(\w+)'?(?:\s|$|;)"

    def explain(self, case: Case, trial: Trial, match: "re.Match[str]") -> Optional[Finding]:
        """Only a module of which there is nothing on sys.path."""
        name = match.group(1)
        if trial.root is not None and trial.root.name and "." not in trial.root.name:
            name = trial.root.name
        if case.copies(name) or (trial.root is not None and "." in (trial.root.name or "")):
            return None
        left = case.named(name)[:1]
        if left:
            return self.gone(case, trial, left[0])
        elsewhere = others(case, name)
        it = "it" if name == trial.subject else name
        because = "{} is not installed for this Python".format(it)
        active = case.machine.env.get("VIRTUAL_ENV") or case.machine.env.get("CONDA_PREFIX")
        if active and os.path.realpath(active) != os.path.realpath(case.prefix):
            because += ", which is not the active environment's ({})".format(active)
        elif elsewhere:
            because += " (another one has it: {})".format(elsewhere[0][0])
        return self.failed(
            case,
            trial.subject,
            because,
            expected="{} on sys.path".format(name),
            found="{} folders without it".format(len(case.path)),
            evidence=[*said(trial), *((exe, "has " + where) for exe, where in elsewhere[:5])],
            templates=wanting(case, trial, name) or named(self.fixes, name),
            prefix=case.shell_prefix,
        )

    def gone(self, case: Case, trial: Trial, dist: Distribution) -> Finding:
        """pip believes that it is installed: only the metadata is left."""
        return self.failed(
            case,
            trial.subject,
            "the files of {} {} are gone; only its metadata is left".format(
                dist.name, dist.version
            ),
            expected="what {} lists".format(dist.folder),
            found="no such module on sys.path",
            evidence=[(dist.folder, "metadata of " + dist.version), *said(trial)],
            place=dist.place,
            templates=renewed(dist),
            spec=quote("{}=={}".format(dist.name, dist.version)),
            gone=quote(dist.folder),
            prefix=case.shell_prefix,
        )


def wanting(case: Case, trial: Trial, name: str) -> List[Tuple[str, str]]:
    """Where a package lacks what it requires itself: its own installation again brings all.

    Empty where the module that is missing is not among what is required and missing.
    """
    owner = case.dist_of(trial.subject)
    if owner is None or name == trial.subject:
        return []
    lacking = [want for want, _ in requirements(case, owner) if not case.named(want)]
    own = installed.normal(name)
    if not any(installed.normal(want).endswith(own) for want in lacking):  # python-dateutil
        return []
    spec = quote("{}=={}".format(owner.name, owner.version))
    return [
        (platform, template.replace("{name}", spec))
        for platform, template in NotInstalled.fixes
        if platform == "pip"
    ]


def named(templates: Sequence[Tuple[str, str]], module: str) -> List[Tuple[str, str]]:
    """The templates with the package that holds a module, as each installer calls it."""
    known = data.load("npwheel.doctor", "distributions.json")["modules"].get(module)
    packages = {p: module for p, _ in templates} if known is None else known
    return [(p, t.replace("{name}", quote(packages[p]))) for p, t in templates if p in packages]


def others(case: Case, name: str) -> List[Tuple[str, str]]:
    """(interpreter, folder): Pythons on PATH beside whose library the module lies."""
    found = []
    seen = {os.path.realpath(case.executable)}
    for folder in case.machine.env.get("PATH", "").split(os.pathsep):
        for name_of in installed.listing(folder):
            exe = os.path.join(folder, name_of)
            if not re.match(r"^python3(\.\d+)?$", name_of) or os.path.realpath(exe) in seen:
                continue
            seen.add(os.path.realpath(exe))
            prefix = os.path.dirname(folder)
            pattern = os.path.join(glob.escape(prefix), "lib*", "python3*", "*-packages", name)
            found += [(exe, where) for where in sorted(glob.glob(pattern))[:1]]
    return found
