"""NPD008: a file of the user hides NumPy or a module of the standard library."""

import os
import re
from typing import Iterator, List, NamedTuple, Optional, Tuple

from npwheel.doctor import data, installed
from npwheel.doctor.fixes import Pairs
from npwheel.doctor.mode import Mode, reported
from npwheel.doctor.model import WARNING, DoctorFinding
from npwheel.doctor.modes.common import first_group, no_numpy, quote
from npwheel.doctor.owners import owner_of, package_of
from npwheel.doctor.python_environment import PythonEnvironment
from npwheel.doctor.saved_text import LIBRARY, SITE, SavedText
from npwheel.doctor.searchpath import how_added, is_site, without_entry
from npwheel.doctor.trial import Trial


class Shadow(NamedTuple):
    """A file that is imported instead of the module of that name."""

    module: str
    file: str
    place: str  # the entry of sys.path


class Shadowed(Mode):
    """`random.py` in the script's folder is imported instead of Python's own."""

    id = "NPD008"
    title = "a file of yours hides numpy or a module of the standard library"
    seen = (
        "partially initialized module 'numpy' has no attribute 'array'; cannot import name "
        "'SystemRandom' from 'random'; module 'datetime' has no attribute 'datetime_CAPI'"
    )
    detected = (
        "names of the standard library and numpy in folders that come before it on sys.path; the "
        "traceback goes through the file, or it was loaded and the import works in isolated mode"
    )
    fixes = (
        ("edit", "mv {file} {other}"),
        ("env", "cd {away}"),
        ("env", "unset PYTHONPATH"),
    )
    sources = ("numpy#19528", "syris#10", "MPSLab-ASU/dMazeRunner#1")
    texts = (
        (
            # Python 3.13 and later report it themselves.
            r"consider renaming '([^']+)' since it has the same name as the (?:standard library|"
            r"third-party) module named '(\w+)'",
            "{0} hides the module {1}",
            (("edit", "rename {0}"),),
        ),
    )

    def examine(self, environment: PythonEnvironment) -> Iterator[DoctorFinding]:
        """Only a failed import makes a file with such a name a fault."""
        found = shadows(environment)
        for trial in environment.failed:
            found += [s for s in of_packages(environment, trial) if s not in found]
        empty = [
            t for t in environment.trials if t.subject == "numpy" and t.ok and t.record("empty")
        ]
        for trial in environment.failed + empty:
            guilty = blamed(environment, trial, found) or of_optional(environment, trial)
            if guilty:
                yield self.hidden(environment, trial, guilty)
        for folder, trial in environment.in_folders:
            beside = [s for s in shadows_in(environment, folder) if speaks_of(trial, s)]
            if not trial.ok and beside:
                finding = self.hidden(environment, trial, beside)
                because = "a script in {} cannot import it: {}".format(folder, finding.because)
                yield finding._replace(state=WARNING, because=because)

    def hidden(
        self, environment: PythonEnvironment, trial: Trial, guilty: List[Shadow]
    ) -> DoctorFinding:
        """Rename a file that is the user's own; else take its folder off sys.path."""
        first = guilty[0]
        package, ways = remedy(environment, first)
        what = "Python's own module " + first.module
        if first.module not in environment.library_modules:
            what = "NumPy itself" if first.module == "numpy" else "the package " + first.module
        because = "{} hides {}".format(first.file, what)
        if first.file.endswith(".pyc") and trial.search("bad magic number"):
            because = "{} is bytecode of another Python, and hides {}".format(first.file, what)
        if package:
            because = "{} lies inside of a package ({}), so its {} hides {}".format(
                how_added(environment, first.place), package, os.path.basename(first.file), what
            )
        finding = self.failed(
            environment,
            trial.subject,
            because,
            expected="{} from {}".format(first.module, real(environment, first.module)),
            found=first.file,
            evidence=[*reported(trial), *(("also hides a module", s.file) for s in guilty[1:6])],
            templates=ways,
            file=quote(first.file),
            other=quote(renamed(first.file)),
        )
        # A rename is a program to run, but of the user's own file: `mv` never overwrites.
        return finding._replace(
            fixes=tuple(f._replace(runnable=f.platform == "edit") for f in finding.fixes)
        )

    def read(self, saved: SavedText) -> Optional[DoctorFinding]:
        """A file with the name of a module, in a traceback or behind the message."""
        found = super().read(saved)
        if found is not None:
            return found
        names = set(data.load("npwheel.doctor", "standard_library.json")["names"]) | {"numpy"}
        files = re.findall(r"\(([^()\n]+?\.py)[cio]?\)", saved.text)
        links = [f for link in saved.trial.chain for f in link.frames]
        for file in [*files, *reversed(links)]:
            if not re.search(r"\.py[cio]?$", file):
                continue  # a compiled module's source: nothing imports it
            name = re.split(r"[\\/]", file)[-1].partition(".")[0]
            if re.search(r"[\\/]__init__\.py$", file):
                name = re.split(r"[\\/]", file)[-2]
            outside = not SITE.search(file) and not LIBRARY.search(file)
            asked = [p for p in ASKED if re.search(p, saved.root.text if saved.root else "")]
            about = any(first_group(p, saved.root.text) == name for p in asked)
            if name in names and outside and (about or imported_by_library(links, file)):
                match = re.search(re.escape(file), saved.text)
                assert match is not None
                return self.stated(
                    saved,
                    file
                    + " hides "
                    + ("NumPy itself" if name == "numpy" else "Python's own module " + name),
                    (("edit", "rename " + file + ", and delete its __pycache__"),),
                    match,
                )
        return None


def remedy(environment: PythonEnvironment, shadow: Shadow) -> Tuple[str, Pairs]:
    """(package that the file is a part of, how it stops hiding).

    Nothing is renamed that a package manager knows or that lies in a package.
    """
    package = package_of(os.path.dirname(shadow.file))
    third = re.search(r"/(?:site|dist)-packages(?:/|$)", shadow.place)
    if not package and not third and owner_of(environment, shadow.file) is None:
        return "", Shadowed.fixes[:1]
    return package or shadow.place, [without_entry(environment, shadow.place)]


def of_packages(environment: PythonEnvironment, trial: Trial) -> List[Shadow]:
    """Own files with the name of an installed package that this import is about: pandas.py."""
    root = trial.root
    names = [
        trial.subject.partition(".")[0],
        asked_of(trial),
        trial.missing_module.partition(".")[0],
    ]
    found = []
    for name in dict.fromkeys(n for n in names if n and root is not None):
        copies = environment.copies(name)
        if name in environment.library_modules or len(copies) < 2 or name == "numpy":
            continue
        first, rest = copies[0], copies[1:]
        own = not is_site(first.place) and owner_of(environment, first.file) is None
        if own and any(is_site(copy.place) for copy in rest):
            file = first.file if first.kind != "package" else os.path.dirname(first.file)
            found.append(Shadow(name, file, first.place))
    return found


def of_optional(environment: PythonEnvironment, trial: Trial) -> List[Shadow]:
    """Own files that a library took for a package which it can use: bottleneck.py of pandas.

    The import works without their folder, and the error speaks of them or comes from them.
    """
    tried_ = environment.experiments_of(trial.subject)
    if trial.root is None or not any(e.works and e.of_path for e in tried_):
        return []
    entries = [entry.rstrip("/") for entry in environment.path]
    found = []
    for name, file in trial.loaded.items():
        place = os.path.dirname(file)
        if os.path.basename(file) == "__init__.py":
            place = os.path.dirname(place)
        mine = "." not in name and place in entries and not is_site(place)
        if not mine or place == environment.stdlib or name == trial.subject.partition(".")[0]:
            continue
        named = re.search(r"\b{}\b".format(re.escape(name)), trial.root.text) is not None
        if (named or file in trial.root.frames) and owner_of(environment, file) is None:
            top = file if not file.endswith("__init__.py") else os.path.dirname(file)
            found.append(Shadow(name, top, place))
    return found


def real(environment: PythonEnvironment, name: str) -> str:
    """Where the module should come from."""
    if name in environment.library_modules:
        return environment.stdlib
    others = [c.file for c in environment.copies(name)[1:] if c.kind == "package"]
    return others[0] if others else "site-packages"


def renamed(file: str) -> str:
    """A name that hides nothing and that is free."""
    folder, name = os.path.split(file)
    wanted = os.path.join(folder, "my_" + name)
    number = 2
    while os.path.lexists(wanted):
        wanted = os.path.join(folder, "my{}_{}".format(number, name))
        number += 1
    return wanted


def shadows(environment: PythonEnvironment) -> List[Shadow]:
    """Everything that hides a module, in the order of sys.path."""
    if not environment.stdlib:
        return []
    found = []
    for place in dict.fromkeys(environment.path):
        if os.path.realpath(place) == os.path.realpath(environment.stdlib):
            break
        found += shadows_in(environment, place)
    for copy in environment.copies("numpy")[:1]:
        if copy.kind in ("module", "extension"):
            found.insert(0, Shadow("numpy", copy.file, copy.place))
        elif copy.kind == "package" and no_numpy(environment):
            found.insert(0, Shadow("numpy", os.path.dirname(copy.file), copy.place))
    return found


def shadows_in(environment: PythonEnvironment, place: str) -> List[Shadow]:
    """What one folder would hide."""
    library = environment.library_modules - set(environment.survey.get("builtin", ()))
    found = []
    for name in installed.listing(place):
        stem, dot, suffix = name.partition(".")
        inside = os.path.join(place, name)
        module = suffix in ("py", "pyc") or (dot and suffix.endswith("so"))
        single = module and installed.is_file(inside)
        package = not dot and installed.is_file(os.path.join(inside, "__init__.py"))
        if stem in library and (single or package):
            found.append(Shadow(stem, inside, place))
    return found


def blamed(environment: PythonEnvironment, trial: Trial, found: List[Shadow]) -> List[Shadow]:
    """Those shadows that took part in this failure.

    A file that was neither loaded nor named is innocent, whatever it is called.
    """
    if found and found[0].module == "numpy" and trial.subject == "numpy":
        return found
    own = [s for s in found if s.module == trial.subject.partition(".")[0]]
    working = [e for e in environment.experiments_of(trial.subject) if e.works and e.of_path]
    named = [s for s in found if speaks_of(trial, s)]
    named.sort(key=lambda s: s.module != asked_of(trial))  # what the message names, first
    if named and named[0].module == asked_of(trial):
        return named
    if own and working:
        return own
    taken = [s for s in found if s in named or loaded(trial, s)]
    tried = environment.experiments_of(trial.subject)
    return taken if working or (named and (trial.timed_out or not tried)) else []


ASKED = (
    r"cannot import name '?\w+'? from (?:partially initialized module )?'(\w+)",
    r"module '(\w+)[\w.]*' has no attribute",
    r"'(\w+)[\w.]*' is not a package",
    r"bad magic number in '(\w+)'",
)


def asked_of(trial: Trial) -> str:
    """The module that the root exception misses something of: `random` in "… from 'random'"."""
    text = trial.root.text if trial.root else ""
    return next((first_group(p, text) for p in ASKED if re.search(p, text)), "")


def speaks_of(trial: Trial, shadow: Shadow) -> bool:
    """Whether the chain of exceptions goes through the file, or names it."""
    inside = shadow.file + "/"
    for link in trial.chain:
        for file in (link.path or "", link.file, *link.frames):
            if file == shadow.file or file.startswith(inside):
                return True
    if shadow.file in trial.output:
        return True
    return asked_of(trial) == shadow.module


def loaded(trial: Trial, shadow: Shadow) -> bool:
    """Whether the module had been imported from that file when the import failed."""
    file = trial.loaded.get(shadow.module, "")
    return file == shadow.file or file.startswith(shadow.file + "/")


def imported_by_library(frames: List[str], file: str) -> bool:
    """Whether a file of an installed package, or of Python, imported that file."""
    for before, after in zip(frames, frames[1:]):
        if after == file and (SITE.search(before) or LIBRARY.search(before)):
            return True
    return False
