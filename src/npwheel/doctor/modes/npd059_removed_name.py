"""NPD059: code uses a name that NumPy removed, or one that this NumPy does not have yet."""

import re
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from npwheel.doctor import data
from npwheel.doctor.fixes import Pairs
from npwheel.doctor.linking import numbers
from npwheel.doctor.mode import Mode, reported
from npwheel.doctor.model import DoctorFinding
from npwheel.doctor.modes.common import asker, known_upgrade, quote
from npwheel.doctor.python_environment import PythonEnvironment
from npwheel.doctor.saved_text import SavedText
from npwheel.numpy_releases import table

# Each gives (module, name); the module is numpy where the message leaves it out.
PATTERNS = (
    r"module '(?P<module>numpy[\w.]*)' has no attribute '(?P<name>\w+)'",
    r"`np\.(?P<name>\w+)` was (?:removed in the NumPy|a deprecated alias)",
    r"cannot import name '?(?P<name>\w+)'? from '?(?P<module>numpy[\w.]*)'?",
    r"`(?P<method>\w+)` was removed from the ndarray class",
    r"'numpy\.ndarray' object has no attribute '(?P<method>\w+)'",
    r"No module named '?(?P<module>numpy(?:\.\w+)*)\.(?P<name>\w+)'?",
)


class Name(NamedTuple):
    """A requested name of NumPy, and the releases that have it."""

    full: str
    removed: str  # the first release without it, empty if it was added
    use: str
    back: str
    added: str

    @property
    def short(self) -> str:
        """As code writes it: np.float."""
        if self.full.startswith("numpy.ndarray."):
            return "the method " + self.full.rpartition(".")[2] + " of arrays"
        return "np" + self.full[5:] if self.full.count(".") == 1 else self.full


class RemovedName(Mode):
    """np.float went in 1.24, np.float_ in 2.0, np.trapz in 2.4."""

    id = "NPD059"
    title = "code uses a name of NumPy that this release does not have"
    seen = (
        "module 'numpy' has no attribute 'float'; `np.float_` was removed in the NumPy 2.0 "
        "release; cannot import name 'trapz' from 'numpy'; No module named 'numpy.distutils'"
    )
    detected = "the name in the table of what each release removed and added; who uses it"
    fixes = (
        ("pip", "{pip} --upgrade {owner}"),
        ("conda", "conda install -y --prefix {prefix} {owner}"),
        ("pip", "{pip} {spec}"),
        ("conda", "conda install -y --prefix {prefix} {spec}"),
        ("edit", "in {file}: {use} instead of {name}"),
    )
    sources = ("rwth-i6/returnn#1807", "numpy 1.24 release notes", "numpy 2.0 migration guide")

    def examine(self, environment: PythonEnvironment) -> Iterator[DoctorFinding]:
        """For imports that fail while NumPy itself is fine."""
        version = environment.numpy_version
        for trial in environment.failed:
            found = asked_name(trial.root.text if trial.root else "", version, environment.python)
            if found is None or trial.subject == "numpy" or not version:
                continue
            who, file, dist = asker(environment, trial)
            if dist is not None and dist.name == "numpy":
                continue  # NumPy's own files are mixed
            spec, expected = wanted(found, environment.target)
            ways = ordered(
                self.fixes, found, bool(dist), known_upgrade(environment, dist), bool(spec)
            )
            numpy = environment.numpy_dist
            upgrade = "{owner}" in ways[0][1] if ways else False
            place = dist if dist is not None and upgrade else numpy
            yield self.failed(
                environment,
                trial.subject,
                "{} uses {}, which {}".format(who, found.short, history(found)),
                expected=expected,
                found="NumPy " + version,
                evidence=[*reported(trial), ("requested by", file)],
                place=place.place if place else None,
                templates=ways,
                owner=quote(known_upgrade(environment, dist) or (dist.name if dist else "")),
                spec=quote(spec),
                file=quote(file) if file else "its source",
                use=found.use or "what replaces it",
                name=found.short,
                prefix=environment.shell_prefix,
            )

    def read(self, saved: SavedText) -> Optional[DoctorFinding]:
        """The last such message."""
        if saved.building:
            return None
        for pattern in PATTERNS:
            match = saved.search(pattern)
            found = asked_name(match.group(), saved.numpy, saved.python) if match else None
            if match is not None and found is not None:
                spec, _ = wanted(found, None)
                owner = saved.owner
                known = data.load("npwheel.doctor", "numpy2.json")["first"]
                ways = ordered(TEXT_WAYS, found, bool(owner), owner in known, bool(spec))
                who = saved.named(owner) if owner else saved.own_file or "the program"
                return self.stated(
                    saved, who + " uses " + found.short + ", which " + history(found), ways, match,
                    spec=quote(spec), file=saved.own_file or "the program",
                    use=found.use or "what replaces it", name=found.short,
                )  # fmt: skip
        return None


TEXT_WAYS = (
    ("pip", "{pip} install --upgrade {package}"),
    ("conda", "conda install -c conda-forge --update-specs {package}"),
    ("pip", "{pip} install {spec}"),
    ("conda", "conda install -c conda-forge {spec}"),
    ("edit", "in {file}: {use} instead of {name}"),
)


def asked_name(text: str, version: str, python: str = "") -> Optional[Name]:
    """The name of NumPy that a message misses, if the running release explains it."""
    known: Dict[str, Any] = data.load("npwheel.doctor", "numpy_removed.json")
    for pattern in PATTERNS:
        match = re.search(pattern, text)
        if match is None:
            continue
        groups = match.groupdict()
        module = "numpy.ndarray" if groups.get("method") else groups.get("module") or "numpy"
        full = "{}.{}".format(module, groups.get("method") or groups["name"])
        if full.startswith("numpy.distutils") and numbers(python) >= (3, 12):
            return Name("numpy.distutils", "", "setuptools or meson-python", "", "")
        row: Sequence[str] = known["removed"].get(full, ())
        back = row[2] if len(row) > 2 else ""
        if row and lacks(version, row[0], back):
            return Name(full, row[0], row[1], back, "")
        added = known["added"].get(full, "")
        if added and (not version or table.key(version) < table.key(added)):
            return Name(full, "", "", "", added)
    return None


def lacks(version: str, removed: str, back: str) -> bool:
    """Whether a release lies between the removal of a name and its coming back."""
    if not version:
        return True
    number = table.key(version)
    return number >= table.key(removed) and (not back or number < table.key(back))


def history(name: Name) -> str:
    """`NumPy 1.24 removed`."""
    if not name.removed and not name.added:
        return "no NumPy has on Python 3.12 and later"
    if name.added:
        return "came with NumPy " + name.added
    more = ", and NumPy {} brought back".format(name.back) if name.back else ""
    return "NumPy {} removed{}".format(name.removed, more)


def wanted(name: Name, target: Optional[Tuple[str, str, str]]) -> Tuple[str, str]:
    """(requirement of NumPy that has the name, what was expected); empty without a wheel."""
    if not name.removed and not name.added:
        return "", "Python older than 3.12"
    if name.added:
        return "numpy>=" + name.added, "NumPy {} or newer".format(name.added)
    expected = "NumPy older than " + name.removed
    limit = "2" if name.removed == "2.0" else name.removed
    if target is None:
        return "numpy<" + limit, expected
    fits = [r for r in table.releases(*target) if table.key(r) < table.key(name.removed)]
    return ("numpy<" + limit if fits else ""), expected


def ordered(fixes: Pairs, name: Name, installed: bool, newer: object, spec: bool) -> Pairs:
    """The surest first: a known newer release of the asker, a NumPy with the name, an edit."""
    upgrades, numpys, edit = list(fixes[:2]), list(fixes[2:4]) if spec else [], list(fixes[4:])
    if name.added:
        return numpys
    if not installed:
        return [*edit, *numpys]
    ways: List[Tuple[str, str]] = [*upgrades, *numpys] if newer else [*numpys, *upgrades]
    return ways
