"""NPD008: a file of the user hides NumPy or a module of the standard library."""

import os
import re
from typing import Iterator, List, Tuple

from npwheel.doctor import installed
from npwheel.doctor.case import Case
from npwheel.doctor.mode import Mode, said
from npwheel.doctor.model import Finding
from npwheel.doctor.modes.common import no_numpy, quote
from npwheel.doctor.trial import Trial


class Shadowed(Mode):
    """`random.py` beside the script is imported instead of Python's own."""

    id = "NPD008"
    title = "a file of yours hides numpy or a module of the standard library"
    seen = (
        "partially initialized module 'numpy' has no attribute 'array'; cannot import name "
        "'SystemRandom' from 'random'; module 'datetime' has no attribute 'datetime_CAPI'"
    )
    detected = (
        "names of the standard library and numpy in folders that come before it on sys.path; "
        "isolated mode cures it"
    )
    fixes = (("edit", "mv {file} {other}"),)
    sources = ("numpy#19528", "syris#10")

    def examine(self, case: Case) -> Iterator[Finding]:
        """Only a failed import makes a file with such a name a fault."""
        found = shadows(case)
        empty = [t for t in case.trials if t.subject == "numpy" and t.ok and t.record("empty")]
        for trial in case.failed + empty:
            guilty = blamed(case, trial, found)
            if not guilty:
                continue
            name, file = guilty[0]
            rest = [("also hides a module", other) for _, other in guilty[1:6]]
            finding = self.failed(
                case,
                trial.subject,
                "{} hides {}".format(
                    file, "NumPy itself" if name == "numpy" else "Python's own module " + name
                ),
                expected="{} from {}".format(name, real(case, name)),
                found=file,
                evidence=[*said(trial), *rest],
                file=quote(file),
                other=quote(renamed(file)),
            )
            # A rename is a program to run, but of the user's own file: `mv` never overwrites.
            yield finding._replace(fixes=tuple(f._replace(runnable=True) for f in finding.fixes))


def real(case: Case, name: str) -> str:
    """Where the module should come from."""
    if name != "numpy":
        return case.stdlib
    others = [c.file for c in case.copies("numpy")[1:] if c.kind == "package"]
    return others[0] if others else "site-packages"


def renamed(file: str) -> str:
    """A name that hides nothing."""
    folder, name = os.path.split(file)
    return os.path.join(folder, "my_" + name)


def shadows(case: Case) -> List[Tuple[str, str]]:
    """(module, file) of everything that hides a module, in the order of sys.path."""
    if not case.stdlib:
        return []
    library = {name.split(".")[0] for name in installed.listing(case.stdlib)}
    dynamic = os.path.join(case.stdlib, "lib-dynload")
    library |= {name.split(".")[0] for name in installed.listing(dynamic)}
    library -= set(case.survey.get("builtin", ())) | {"__pycache__", "site-packages", "test"}
    found = []
    for place in dict.fromkeys(case.path):
        if os.path.realpath(place) == os.path.realpath(case.stdlib):
            break
        for name in installed.listing(place):
            stem, dot, suffix = name.partition(".")
            inside = os.path.join(place, name)
            module = dot and (suffix == "py" or suffix.endswith("so")) and installed.is_file(inside)
            package = not dot and installed.is_file(os.path.join(inside, "__init__.py"))
            if stem in library and (module or package):
                found.append((stem, inside))
    for copy in case.copies("numpy")[:1]:
        if copy.kind in ("module", "extension"):
            found.insert(0, ("numpy", copy.file))
        elif copy.kind == "package" and no_numpy(case):
            found.insert(0, ("numpy", os.path.dirname(copy.file)))
    return found


def blamed(case: Case, trial: Trial, found: List[Tuple[str, str]]) -> List[Tuple[str, str]]:
    """Those shadows that this failure speaks of, or that isolated mode cures."""
    if found and found[0][0] == "numpy" and trial.subject == "numpy":
        return found
    named = [pair for pair in found if speaks_of(trial, pair)]
    cured = case.experiment("isolated", trial.subject)
    if named and (cured is None or cured.works or trial.timed_out):
        return named + [pair for pair in found if pair not in named]
    return found if cured is not None and cured.works else []


def speaks_of(trial: Trial, pair: Tuple[str, str]) -> bool:
    """Whether the chain of exceptions names the file or the module."""
    name, file = pair
    if any(file in (link.file, link.path) for link in trial.chain) or file in trial.said:
        return True
    quoted = r"(?:from|module|name|import) '?{}'?\b".format(re.escape(name))
    return re.search(quoted, trial.said) is not None
