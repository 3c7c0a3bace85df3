"""NPD016: a pin for which no wheel exists on this Python: pip builds it, and fails."""

import os
import re
from typing import Iterator, List, Optional, Tuple

from npwheel.doctor import data, installed
from npwheel.doctor.build_logs import OLDER, ROWS, WHEEL, failed_package
from npwheel.doctor.fixes import Pairs
from npwheel.doctor.mode import Mode, reported
from npwheel.doctor.model import DoctorFinding
from npwheel.doctor.modes.common import quote
from npwheel.doctor.python_environment import PythonEnvironment
from npwheel.doctor.saved_text import SavedText
from npwheel.numpy_releases import table

NO_VERSION = (
    r"Could not find a version that satisfies the requirement ([\w.-]+)([^\n]*)|"
    r"No matching distribution found for ([\w.-]+)([^\n]*)"
)


class NoWheel(Mode):
    """numpy 1.20.3 has wheels for Python 3.7 to 3.9 only; newer Pythons cannot build it."""

    id = "NPD016"
    title = "a pin of NumPy without a wheel for this Python and machine"
    seen = (
        "metadata-generation-failed; Could not build wheels for numpy; No module named "
        "'distutils'; module 'pkgutil' has no attribute 'ImpImporter'; Unknown compiler(s)"
    )
    detected = (
        "numpy pins in requirement files, installed metadata and arguments against the table of "
        "wheels; the text of a saved pip log"
    )
    fixes = (("pip", "{pip} --only-binary=:all: {spec}"),)
    sources = ("numpy#31613", "ROCm/pytorch#1822", "pip#10552", "aws-cdk#34685")

    def examine(self, environment: PythonEnvironment) -> Iterator[DoctorFinding]:
        """One finding for each pin that has no wheel."""
        for where, requirement in environment.pins + required(environment):
            name, _, version = requirement.partition("==")
            version = version.strip("= ")
            if installed.normal(name.strip()) != "numpy":
                continue
            if not re.match(r"\d[\w.]*$", version, re.ASCII) or table.has_wheel(
                version, *environment.target
            ):
                continue
            better = table.nearest_wheel(version, *environment.target)
            trial = environment.numpy_trial
            missing = trial is not None and not trial.ok and not environment.copies("numpy")
            exists = table.pythons_of(version)
            because = "the pin {} ({}) has no wheel for {}".format(
                requirement, where, target_words(environment)
            )
            make = self.failed if missing else self.warning
            yield make(
                environment,
                "numpy",
                because,
                expected="a Python among " + (", ".join(exists) or "none known"),
                found=environment.python,
                evidence=[(where, requirement), *(reported(trial) if missing and trial else ())],
                spec=quote("numpy=={}".format(better)) if better else "numpy",
                templates=self.ways(where, version, better, missing),
            )

    def read(self, saved: SavedText) -> Optional[DoctorFinding]:
        """A log of pip: why the package was not installed."""
        match = saved.search(NO_VERSION)
        named = self.no_package(saved, match)
        if named is not None:
            return named
        if match is not None and not saved.building:
            return self.stated(saved, *no_version(saved, match))
        if not saved.building:
            return None
        name = failed_package(saved)
        version = saved.version_of(name) if name else ""
        words = {"name": quote(name or "PACKAGE")}
        what = "{} {}".format(name, version) if version else name or "a package"
        for pattern, clause, ways in ROWS:
            match = saved.search(pattern)
            if match is not None:
                stated = clause.replace("{name}", what)
                if saved.python:
                    stated = stated.replace("no wheel here", "no wheel for {python} there")
                return self.stated(saved, stated, ways if name else nameless(ways), match, **words)
        match = saved.search(r"(?m)^.*(?:[Ee]rror|ERROR):? .+$|metadata-generation-failed")
        if match is None:
            return None
        clause = what + " has no wheel for {python} there, and its build from source failed"
        return self.stated(saved, clause, (WHEEL, OLDER) if name else (OLDER,), match, **words)

    def no_package(
        self, saved: SavedText, match: "Optional[re.Match[str]]"
    ) -> Optional[DoctorFinding]:
        """A requirement that is not a package: a module of Python's own, or a wrong name."""
        unknown = saved.search(r"Because ([\w.-]+) was not found in the package registry")
        found = unknown or match
        if found is None:
            return None
        name = next(group for group in found.groups() if group)
        if name in data.load("npwheel.doctor", "standard_library.json")["names"]:
            return self.stated(
                saved,
                name + " is Python's own module, and no package of the index",
                (("edit", "take " + name + " out of the requirements: nothing is to install"),),
                found,
            )
        if unknown is None:
            return None
        return self.stated(
            saved, "the index has no package " + name,
            (("edit", "correct the name in the requirements: the name to install may differ "
              "from the one to import"),), found,
        )  # fmt: skip

    def ways(self, where: str, version: str, better: str, missing: bool) -> Pairs:
        """The pin is changed where it stands, else it comes back with the next install."""
        if not better or not os.path.isabs(where):
            return self.fixes
        text = installed.head(where).decode("utf-8", "replace")
        line = re.compile(r"^numpy *={2,3} *" + re.escape(version) + r"\s*(?:#.*)?$", re.MULTILINE)
        if not line.search(text):  # with hashes, which only its maker can write
            return (*self.fixes, ("edit", "in " + where + " write {spec}, with its hashes"))
        expression = "s/^numpy *===* *{}/numpy=={}/".format(version.replace(".", "[.]"), better)
        change = "sed -i {} {}".format(quote(expression), quote(where))
        change = change.replace("{", "{{").replace("}", "}}")
        if missing:
            return tuple((platform, change + " && " + line) for platform, line in self.fixes)
        return (("pip", change),)


def target_words(environment: PythonEnvironment) -> str:
    """`CPython 3.12, x86_64, glibc 2.36`."""
    m = environment.machine
    return "CPython {}, {}, {} {}".format(environment.python, m.arch, m.libc, m.libc_version)


def required(environment: PythonEnvironment) -> List[Tuple[str, str]]:
    """Exact pins of NumPy in the metadata of what is installed."""
    found = []
    for dist in environment.dists:
        for line in installed.metadata(dist, "Requires-Dist"):
            plain = line.partition(";")[0].replace(" ", "").replace("(", "").replace(")", "")
            if plain.startswith("numpy==") and ";" not in line:
                found.append(("{} {}".format(dist.name, dist.version), plain))
    return found


def nameless(ways: Pairs) -> Pairs:
    """Without the commands that need the package's name."""
    return [way for way in ways if "{name}" not in way[1]]


def no_version(saved: SavedText, match: "re.Match[str]") -> Tuple[str, Pairs, "re.Match[str]"]:
    """pip found no release that fits: this Python, this machine, or no network."""
    name = match.group(1) or match.group(3)
    network = (
        r"(?i)ConnectTimeout|NewConnectionError|Temporary failure in name resolution|ProxyError"
    )
    if re.search(network + r"|SSLError|CERTIFICATE_VERIFY_FAILED", saved.text):
        return (
            "pip cannot reach the package index",
            (("edit", "check the network, the proxy (HTTPS_PROXY) and the certificates"),),
            match,
        )
    offered = re.search(r"\(from versions: ([^)]*)\)", saved.text)
    some = offered.group(1) if offered else ""
    python = re.search(r"Requires-Python ([<>=!~\d., *]+)", saved.text)
    if some.strip() in ("", "none"):
        clause = "the index has no release of " + name + " for {python} on that machine"
    else:
        clause = "the index has other releases of " + name + " for {python} than the requested one"
    system = re.search(
        r"(?:CentOS|Red Hat|Ubuntu|Debian|Amazon Linux|SUSE)[^\n]{0,30}?\d[\d.]*", saved.text
    )
    if system is not None and some.strip() not in ("", "none"):
        clause += ", and for {} than newer ones: its C library may be too old for them".format(
            system.group().strip()
        )
    if python is not None:
        clause += ": it requires Python " + python.group(1).strip().rstrip(",")
    ways = (
        ("pip", "{pip} install --upgrade pip && {pip} install " + quote(name)),
        ("edit", "or use a Python that the release was made for"),
    )
    return clause, ways, match
