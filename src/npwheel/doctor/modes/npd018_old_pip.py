"""NPD018: pip is too old for the wheels of this platform."""

import re
from typing import Iterator, Optional, Tuple

from npwheel.doctor.mode import Mode, reported
from npwheel.doctor.model import DoctorFinding
from npwheel.doctor.modes.common import quote
from npwheel.doctor.python_environment import PythonEnvironment
from npwheel.doctor.saved_text import SavedText

# oldest pip that takes the tag, by C library
TAKES = {
    "glibc": (
        ((20, 3), "manylinux_2_17 and newer"),
        ((19, 3), "manylinux2014"),
        ((19, 0), "manylinux2010"),
        ((0,), "manylinux1"),
    ),
    "musl": (((21, 2), "musllinux"), ((0,), "no wheel at all")),
}

# Code of pip's own, in whatever installation.
PIP = re.compile(r"[\\/]pip[\\/]_(?:internal|vendor)[\\/]")

# The last pips for Pythons that are no longer served: not every index reports that to an old pip.
BELOW = {"3.6": "22", "3.7": "24.1", "3.8": "25.1"}


class OldPip(Mode):
    """An old pip sees no wheel, takes an older release or builds from source."""

    id = "NPD018"
    title = "pip is too old for the wheels of this platform"
    seen = "pip picks an older NumPy than others get, or starts to compile"
    detected = "the version of pip against the tag of the wheels that exist for this machine"
    fixes = (
        ("pip", "{pip} --upgrade {newer}"),
        ("pip", "{pip} --upgrade {newer} && {pip} numpy"),
    )
    sources = ("pypa/manylinux README", "manylinux#994", "manylinux#735")
    texts = (
        (
            r"is not a supported wheel on this platform",
            "pip refuses the wheel: it is for another Python, system or machine, or pip is too old "
            "for its tag",
            (
                ("pip", "{pip} install --upgrade pip"),
                ("pip", "{pip} debug --verbose  (lists the tags that fit)"),
            ),
        ),
        (
            r"(?i)you are using pip version ((?:9|1\d)\.[\d.]+)",
            "pip {0} is too old to know the tags of today's wheels",
            (("pip", "{pip} install --upgrade pip"),),
        ),
    )

    def read(self, saved: SavedText) -> Optional[DoctorFinding]:
        """Find pip's own code asking this Python for what it does not have any more."""
        files, root = saved.files, saved.root
        broken = root is not None and re.search(
            r"No module named '?(?:distutils|imp)\b|has no attribute 'ImpImporter'|cannot import "
            r"name '\w+' from 'collections'|module 'collections' has no attribute",
            root.text,
        )
        if not broken or not files or not PIP.search(files[-1]):
            return super().read(saved)
        python = re.search(r"\bpython(\d\.\d+)\b", saved.text)
        which = "Python " + python.group(1) if python else "its environment's Python"
        clause = "pip itself is older than {}, which has removed what it uses".format(which)
        if "dist-packages" in files[-1]:
            clause = (
                "the system's pip (/usr/lib/python3/dist-packages) is for the system's "
                "Python, and {} runs it".format(which)
            )
        module = re.search(r"No module named '?(\w+)'?", root.text)
        clause += " (" + module.group(1) + ")" if module else ""
        start = "python" + (python.group(1) if python else "")
        return self.stated(
            saved, clause,
            (("pip", start + " -m ensurepip --upgrade  (or make the environment again: " + start
              + " -m venv DIR)"),), broken,
        )  # fmt: skip

    def examine(self, environment: PythonEnvironment) -> Iterator[DoctorFinding]:
        """Broken where NumPy is missing and pip cannot get it; else about to fail."""
        pips = environment.named("pip")
        if not pips or environment.machine.libc not in TAKES:
            return
        version = numbers(pips[0].version)
        trial = environment.numpy_trial
        missing = trial is not None and not trial.ok and not environment.copies("numpy")
        needed, kind = required(environment)
        if version >= needed:
            return
        oldest = ".".join(str(n) for n in needed)
        below = BELOW.get(environment.python)
        because = "pip {} cannot take {} wheels".format(pips[0].version, kind)
        make = self.failed if missing else self.warning
        yield make(
            environment,
            "numpy",
            "it is not installed, and " + because if missing else because,
            expected="pip {} or newer".format(oldest),
            found="pip " + pips[0].version,
            evidence=[
                (pips[0].folder, pips[0].version),
                *(reported(trial) if missing and trial else ()),
            ],
            place=pips[0].place,
            newer=quote("pip>={},<{}".format(oldest, below)) if below else "pip",
            templates=self.fixes[1:] if missing else self.fixes[:1],
        )


def numbers(version: str) -> Tuple[int, ...]:
    """The leading numbers of a version."""
    found = []
    for part in version.split("."):
        if not part.isdecimal():
            break
        found.append(int(part))
    return tuple(found)


def required(environment: PythonEnvironment) -> Tuple[Tuple[int, ...], str]:
    """(oldest pip, tag) that gets the newest NumPy for this Python."""
    if environment.machine.libc == "musl":
        return (21, 2), "musllinux"
    if environment.version[:2] <= (3, 6) and environment.machine.arch == "x86_64":
        return (19, 0), "manylinux2010"  # numpy 1.19.5, the last for Python 3.6
    if environment.version[:2] <= (3, 11):
        return (19, 3), "manylinux2014"
    return (20, 3), "manylinux_2_27"
