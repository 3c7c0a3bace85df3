"""NPD074: code is written for a newer Python than this one (or for Python 2)."""

import re
from typing import Any, Dict, Iterator, Optional, Tuple

from npwheel.doctor import data, installed
from npwheel.doctor.installed import Distribution
from npwheel.doctor.linking import numbers
from npwheel.doctor.mode import Mode, reported
from npwheel.doctor.model import DoctorFinding
from npwheel.doctor.modes.common import asker, quote
from npwheel.doctor.modes.npd031_incomplete import differing
from npwheel.doctor.python_environment import PythonEnvironment
from npwheel.doctor.requires import admits
from npwheel.doctor.saved_text import SavedText, owner_of
from npwheel.doctor.trial import Link, Trial

NAMES = (
    r"cannot import name '?(?P<name>\w+)'? from '(?P<module>[\w.]+)'",
    r"module '(?P<module>[\w.]+)' has no attribute '(?P<name>\w+)'",
)
# What else newer syntax says on an older Python, and the Python that has it.
SYNTAX = (
    (r"TypeError: '(?:type|ABCMeta|_GenericAlias)' object is not subscriptable", "3.9"),
    (r"TypeError: unsupported operand type\(s\) for \|: '(?:type|NoneType|_GenericAlias)", "3.10"),
    (r"TypeError: dataclass\(\) got an unexpected keyword argument '(?:slots|kw_only)'", "3.10"),
)
PYTHON_2 = r"Missing parentheses in call to 'print'|multiple exception types must be parenthesized"


class NewerPython(Mode):
    """A folder that was copied, a forced installation, or a release without Requires-Python."""

    id = "NPD074"
    title = "code is written for another version of Python"
    seen = (
        "No module named 'tomllib'; cannot import name 'Self' from 'typing'; SyntaxError in an "
        "installed package; TypeError: 'type' object is not subscriptable"
    )
    detected = "the name in the table of what each Python added; a SyntaxError; Requires-Python"
    fixes = (
        ("pip", "{pip} --force-reinstall --no-deps {owner}"),
        ("edit", "use Python {wanted} or newer for {who}"),
        ("edit", "use code for Python 3 instead of {who}"),
    )
    sources = ("measured: tomllib on Python 3.9", "pypa/pip#11142")

    def examine(self, environment: PythonEnvironment) -> Iterator[DoctorFinding]:
        """By the root of each failed import."""
        for trial in environment.failed:
            if trial.root is None:
                continue
            found = asked(trial.root, environment.version)
            if found is None:
                continue
            what, wanted = found
            who, file, dist = asker(environment, trial)
            if trial.root.type == "SyntaxError" and trial.root.path:
                file = trial.root.path
                dist = installed.owner(file, environment.dists)
                who = "{} {}".format(dist.name, dist.version) if dist else file
                if dist is not None and any(path == file for path, _ in differing(dist)):
                    continue  # the file itself was changed: NPD031
            yield self.written_for(environment, trial, (who, file, dist), what, wanted)

    def written_for(
        self,
        environment: PythonEnvironment,
        trial: Trial,
        by: Tuple[str, str, Optional[Distribution]],
        what: str,
        wanted: str,
    ) -> DoctorFinding:
        """pip chooses an older release where the package declares what it needs."""
        who, file, dist = by
        needs = "".join(installed.metadata(dist, "Requires-Python")[:1]) if dist else ""
        because = "{} {}, and this is Python {}".format(who, what, environment.python)
        if (
            needs
            and admits(needs.replace(" ", ""), ".".join(map(str, environment.version))) is False
        ):
            because = "{} requires Python {}, and this is Python {}".format(
                who, needs, environment.python
            )
        ways = [self.fixes[0]] if dist and needs else []
        ways.append(self.fixes[2 if wanted == "2" else 1])
        return self.failed(
            environment, trial.subject, because,
            expected="Python {} or newer".format(wanted) if wanted not in ("", "2") else needs or
            "code for Python " + environment.python,
            found="Python " + environment.python,
            evidence=[*reported(trial), ("written in", file)],
            place=dist.place if dist else None,
            templates=[way for way in ways if "{wanted}" not in way[1] or wanted],
            owner=quote(dist.name if dist else ""), wanted=wanted, who=dist.name if dist else who,
        )  # fmt: skip

    def read(self, saved: SavedText) -> Optional[DoctorFinding]:
        """By the last message; the Python may not be stated."""
        root = saved.root
        if root is None or saved.building:
            return None
        version = tuple(numbers(saved.python)) if saved.python else (3, 0)
        found = asked(root, version)
        if found is None:
            return None
        what, wanted = found
        inner = owner_of(root.frames[-1]) if root.frames else ""
        who = inner or saved.owner or saved.own_file or "the program"
        match = re.search(re.escape(root.type), saved.text)
        assert match is not None
        way = "use Python {} or newer".format(wanted) if wanted != "2" else "use code for Python 3"
        return self.stated(
            saved,
            "{} {}, and the program runs with {{python}}".format(who, what),
            (
                ("edit", way if wanted else "install a release for this Python"),
                ("pip", "{pip} install --force-reinstall {package}"),
            ),
            match,
        )


def asked(root: Link, version: Tuple[int, ...]) -> Optional[Tuple[str, str]]:
    """(clause, first Python that has it) of what the root misses; None if it is another fault."""
    table: Dict[str, Any] = data.load("npwheel.doctor", "standard_library.json")
    text = "{}: {}".format(root.type, root.text)
    match = re.search(r"No module named '?([\w.]+)'?", root.text)
    name, since = "", ""
    if match is not None:
        name = match.group(1)
        since = table["added"].get(name, "")
    for pattern in NAMES if not since else ():
        match = re.search(pattern, root.text)
        if match is not None:
            name = "{}.{}".format(match.group("module"), match.group("name"))
            since = table["added_in"].get(match.group("module"), {}).get(match.group("name"), "")
    if since and version[:2] < numbers(since):
        return "uses {}, which came with Python {}".format(name, since), since
    for pattern, came in SYNTAX:
        if re.search(pattern, text) and version[:2] < numbers(came):
            return "uses syntax of Python {}".format(came), came
    if root.type == "SyntaxError" and "null bytes" not in root.text:
        if re.search(PYTHON_2, root.text):
            return "is written for Python 2", "2"
        if root.frames or root.path:
            return "has syntax that this Python does not know ({})".format(
                root.text.partition("(")[0].strip()
            ), ""
    return None
