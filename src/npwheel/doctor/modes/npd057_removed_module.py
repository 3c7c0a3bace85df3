"""NPD057: code imports what a newer Python, or a newer setuptools, no longer has."""

import re
from typing import Any, Dict, Iterator, Optional, Tuple

from npwheel.doctor import data
from npwheel.doctor.linking import numbers
from npwheel.doctor.mode import Mode, reported
from npwheel.doctor.model import DoctorFinding
from npwheel.doctor.modes.common import asker, quote
from npwheel.doctor.python_environment import PythonEnvironment
from npwheel.doctor.saved_text import SavedText
from npwheel.doctor.trial import Trial

NAMES = (
    r"cannot import name '(?P<name>\w+)' from '(?P<module>[\w.]+)'",
    r"module '(?P<module>[\w.]+)' has no attribute '(?P<name>\w+)'",
)


class RemovedModule(Mode):
    """`imp` and `distutils` went in 3.12, `cgi` in 3.13, `pkg_resources` in setuptools 82."""

    id = "NPD057"
    title = "code imports a module that Python or setuptools has removed"
    seen = (
        "No module named 'pkg_resources'; No module named 'imp'; No module named 'distutils'; "
        "cannot import name 'Iterable' from 'collections'"
    )
    detected = "the missing name in the table of what each Python removed; who imports it"
    fixes = (
        ("pip", "{pip} {instead}"),
        ("pip", "{pip} --upgrade {owner}"),
        ("conda", "conda install -y --prefix {prefix} {instead}"),
        ("edit", "use a Python older than {removed} for {what}"),
        ("edit", "replace {name} in {file}"),
    )
    sources = ("bbc/audio-offset-finder#48", "numpy#23808", "pypa/setuptools#5174")

    def examine(self, environment: PythonEnvironment) -> Iterator[DoctorFinding]:
        """By the root of each failed import."""
        table = data.load("npwheel.doctor", "standard_library.json")
        for trial in environment.failed:
            name, removed = removed_name(environment, trial, table)
            if removed:
                yield self.gone(environment, trial, name, removed, table["instead"].get(name, ""))
            elif trial.missing_module == "pkg_resources" and not environment.copies(
                "pkg_resources"
            ):
                yield self.resources(environment, trial)

    def gone(
        self, environment: PythonEnvironment, trial: Trial, name: str, removed: str, instead: str
    ) -> DoctorFinding:
        """A part of the standard library."""
        who, file, dist = asker(environment, trial)
        ways = [self.fixes[0], self.fixes[2]] if instead else []
        ways = [self.fixes[1], *ways, self.fixes[3]] if dist else [*ways, self.fixes[4]]
        if name == "distutils":  # setuptools brings one for every Python
            ways = sorted(ways, key=lambda pair: "{instead}" not in pair[1])
        return self.failed(
            environment,
            trial.subject,
            "{} imports {}, which Python {} removed".format(who, name, removed),
            expected="a Python older than {}, or code for this one".format(removed),
            found="Python " + environment.python,
            evidence=[*reported(trial), ("imported by", file)],
            place=dist.place if dist else None,
            templates=ways,
            instead=quote(instead),
            owner=quote(dist.name if dist else ""),
            removed=removed,
            what=dist.name if dist else who,
            name=name,
            file=file,
            prefix=environment.shell_prefix,
        )

    def resources(self, environment: PythonEnvironment, trial: Trial) -> DoctorFinding:
        """pkg_resources was a part of setuptools."""
        who, file, dist = asker(environment, trial)
        there = environment.named("setuptools")[:1]
        if there:
            why = "which setuptools {} no longer has".format(there[0].version)
        else:
            why = "and setuptools, which brought it, is not installed"
        return self.failed(
            environment,
            trial.subject,
            "{} imports pkg_resources, {}".format(who, why),
            expected="setuptools older than 81",
            found="setuptools " + there[0].version if there else "no setuptools",
            evidence=[*reported(trial), ("imported by", file)],
            place=there[0].place if there else None,
            templates=[self.fixes[0], self.fixes[2], *(self.fixes[1:2] if dist else ())],
            instead=quote("setuptools<81"),
            owner=quote(dist.name if dist else ""),
            prefix=environment.shell_prefix,
        )

    def read(self, saved: SavedText) -> Optional[DoctorFinding]:
        """What the last message misses."""
        if saved.building or saved.root is None:
            return None
        if saved.files and re.search(r"[\\/]pip[\\/]_(?:internal|vendor)[\\/]", saved.files[-1]):
            return None  # NPD018
        table = data.load("npwheel.doctor", "standard_library.json")
        match = re.search(r"No module named '?(\w+)'?", saved.root.text)
        name = match.group(1) if match else ""
        removed = table["removed"].get(name, "")
        if removed and saved.python and numbers(removed) > numbers(saved.python):
            return None
        instead = table["instead"].get(name, "")
        if name == "pkg_resources":
            removed, instead = "setuptools 82", "setuptools<81"
        for pattern in NAMES if not removed else ():
            match = re.search(pattern, saved.root.text)
            if match is not None:
                name = match.group("name")
                removed = table["removed_in"].get(match.group("module"), {}).get(name, "")
                break
        if not removed or match is None:
            return None
        who = saved.named(saved.owner) if saved.owner else saved.own_file or "the program"
        by = removed if removed.startswith("setup") else "Python " + removed
        ways = [("pip", "{pip} install " + quote(instead))] if instead else []
        ways.insert(0 if not instead else len(ways), ("pip", "{pip} install --upgrade {package}"))
        ways.append(("edit", "or use an older Python" if by[0] == "P" else "or upgrade " + who))
        return self.stated(
            saved, "{} imports {}, which {} removed".format(who, name, by), ways, match
        )


def removed_name(
    environment: PythonEnvironment, trial: Trial, table: Dict[str, Any]
) -> Tuple[str, str]:
    """(name, version of Python that removed it) of what the root misses; empty if another."""
    module = trial.missing_module.partition(".")[0]
    gone: Optional[str] = table["removed"].get(module)
    name = module
    for pattern in NAMES if trial.root and not gone else ():
        match = re.search(pattern, trial.root.text) if trial.root else None
        if match is not None:
            gone = table["removed_in"].get(match.group("module"), {}).get(match.group("name"))
            name = "{}.{}".format(match.group("module"), match.group("name"))
    if gone is None or environment.copies(module) or numbers(gone) > tuple(environment.version[:2]):
        return "", ""
    return name, gone
