"""NPD056: a module of the standard library is not part of this Python."""

import os
import re
from typing import Iterator, List, Tuple

from npwheel.doctor import data, fixes
from npwheel.doctor.fixes import Pairs
from npwheel.doctor.linking import numbers
from npwheel.doctor.mode import Mode, reported
from npwheel.doctor.model import DoctorFinding
from npwheel.doctor.modes.common import quote
from npwheel.doctor.python_environment import PythonEnvironment

# Parts that many good Pythons lack, or that came or went with a version.
OPTIONAL = ("_gdbm", "_dbm", "_crypt", "_zstd", "_uuid", "_tkinter")


class LibraryPart(Mode):
    """A build without the headers of libffi, or a package that a distribution splits off."""

    id = "NPD056"
    title = "this Python lacks a module of its own standard library"
    seen = (
        "No module named '_ctypes'; No module named '_bz2', '_lzma', '_sqlite3', '_ssl', "
        "'readline'; No module named 'tkinter'"
    )
    detected = "a name of the standard library that neither lib-dynload nor the interpreter has"
    fixes = (
        ("apt", "{sudo}apt-get install -y {package}"),
        ("apk", "{sudo}apk add {package}"),
        ("dnf", "{sudo}dnf install -y {package}"),
        ("edit", "install {headers}, then build Python {version} again"),
    )
    sources = ("pyenv/pyenv#1933", "cpython#84559")
    texts = (
        (
            r"No module named '?(_ctypes|_bz2|_lzma|_sqlite3|_ssl|_hashlib|_curses|_tkinter|"
            r"readline|zlib|_uuid|_dbm|_gdbm)'?(?![\w.])",
            "the Python was built without {0}",
            (("edit", "install the development package of the library, then build Python again"),),
        ),
    )

    def examine(self, environment: PythonEnvironment) -> Iterator[DoctorFinding]:
        """Only names that this version of Python should have."""
        table = data.load("npwheel.doctor", "standard_library.json")
        for trial in environment.failed:
            name = trial.missing_module.partition(".")[0]
            if name not in table["names"] or environment.copies(name) or name in table["removed"]:
                continue
            if numbers(table["added"].get(name, "0")) > tuple(environment.version[:2]):
                continue  # NPD074
            if name in environment.library_modules and table["parts"].get(name) is None:
                continue
            present = environment.library_modules | set(OPTIONAL)
            lacking = [part for part in table["built_with"] if part == name or part not in present]
            because, ways, words = explanation(environment, table, name, lacking)
            yield self.failed(
                environment,
                trial.subject,
                because,
                expected="the module {} in {}".format(name, environment.stdlib),
                found="no such module",
                evidence=[*reported(trial), *(("also missing", p) for p in lacking if p != name)],
                templates=ways,
                **words,
            )


def explanation(
    environment: PythonEnvironment,
    table: "dict[str, dict[str, dict[str, str]]]",
    name: str,
    lacking: List[str],
) -> "Tuple[str, Pairs, dict[str, str]]":
    """(why, how to fix it, words of the commands)."""
    manager = fixes.system(environment)
    split = table["split"].get(manager, {}).get(name)
    base = os.path.realpath(str(environment.survey.get("base_prefix", "")))
    if split and base == "/usr":
        because = "{} is not installed: this system packages it apart, as {}".format(name, split)
        ways = [pair for pair in LibraryPart.fixes if pair[0] == manager]
        return because, ways, {"package": split}
    if name not in table["built_with"]:
        because = "the standard library of this Python is incomplete: {} is missing".format(name)
        return (
            because,
            [("edit", "install Python {version} again")],
            {"version": environment.python},
        )
    library = table["built_with"][name]["library"]
    because = "this Python ({}) was built without {} and so has no {}".format(
        environment.executable, library, name
    )
    packages = [table["built_with"][part].get(manager, "") for part in lacking]
    headers = " ".join(dict.fromkeys(p for p in packages if p))
    version = (
        "{}.{}.{}".format(*environment.version)
        if len(environment.version) > 2
        else environment.python
    )
    pyenv = re.match(r"(.*)/versions/([^/]+)$", base)
    if headers and pyenv and "pyenv" in pyenv.group(1):
        install = dict(LibraryPart.fixes)[manager].replace("{package}", headers)
        line = install + " && pyenv install --force " + quote(pyenv.group(2))
        return because, [(manager, line)], {}
    wanted = headers or "the development package of " + library
    return because, LibraryPart.fixes[3:], {"headers": wanted, "version": version}
