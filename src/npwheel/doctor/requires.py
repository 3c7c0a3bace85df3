"""What a distribution's metadata requires, and whether a release is what it requires.

Only what is plain is judged: numbers and markers about Python's version. The rest is left open.
"""

import re
from typing import Iterator, Optional, Tuple

from npwheel.doctor import installed, linking
from npwheel.doctor.installed import Distribution
from npwheel.doctor.python_environment import PythonEnvironment
from npwheel.numpy_releases.table import trimmed

LINE = re.compile(r"^([A-Za-z0-9][\w.-]*)\s*(?:\[[^\]]*\])?\s*\(?([^;()]*)\)?\s*(?:;(.*))?$")
CLAUSE = re.compile(r"^\s*(===?|!=|<=|>=|~=|<|>)\s*v?(\d+(?:\.\d+)*)(\.\*)?\s*$")
PYTHON = re.compile(r"^\s*python_version\s*(==|!=|<=|>=|<|>)\s*[\"'](\d+\.\d+)[\"']\s*$")


def requirements(environment: PythonEnvironment, dist: Distribution) -> Iterator[Tuple[str, str]]:
    """(name, range) of all that it requires on this Python; the range may be empty."""
    for line in installed.metadata(dist, "Requires-Dist"):
        match = LINE.match(line)
        if match is not None and applies(match.group(3), environment.version):
            yield match.group(1), match.group(2).replace(" ", "").strip(",")


def applies(marker: Optional[str], version: Tuple[int, ...]) -> bool:
    """Whether a marker is about this Python; one that cannot be read here does not apply."""
    if not marker or not marker.strip():
        return True
    parts = [PYTHON.match(part) for part in re.split(r"\band\b", marker)]
    return all(
        p is not None and satisfies(version[:2], p.group(1), p.group(2), False) for p in parts
    )


def admits(spec: str, version: str) -> Optional[bool]:
    """Whether a version is in a range; None where either is more than numbers."""
    plain = version.partition("+")[0]
    clauses = [CLAUSE.match(clause) for clause in spec.split(",")]
    if not re.match(r"^\d+(\.\d+)*(\.?post\d+)?$", plain) or None in clauses:
        return None
    number = linking.numbers(plain.partition("post")[0])
    return all(satisfies(number, c.group(1), c.group(2), bool(c.group(3))) for c in clauses if c)


def satisfies(number: Tuple[int, ...], operator: str, text: str, prefix: bool) -> bool:
    """Compare a release with a clause's, as PEP 440 does: 1.20 is 1.20.0."""
    wanted = linking.numbers(text)
    if operator == "~=":
        return trimmed(number) >= trimmed(wanted) and number[: len(wanted) - 1] == wanted[:-1]
    if prefix:
        padded = number + (0,) * len(wanted)
        same = padded[: len(wanted)] == wanted
        return same if operator.startswith("=") else not same
    left, right = trimmed(number), trimmed(wanted)
    answers = {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}
    return answers.get(operator, (left == right) is (operator != "!="))
