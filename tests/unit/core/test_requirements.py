"""One answer to what a requirement means on a Python, for every command."""

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from npwheel.audit.environments import Environment
from npwheel.audit.numpy_verdicts import declared_for
from npwheel.core.requirements import admits_python, bound_on, full_version, parse_release
from npwheel.wheel.metadata import parse


@pytest.mark.parametrize(
    "line",
    [
        'numpy>=2.1; python_full_version>="3.12.10"',
        'numpy>=2.1; python_full_version<"3.12.10"',
        'numpy<2; platform_machine=="aarch64"',
        'numpy>=1.26; implementation_version>="3.12.9"',
    ],
)
@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13t"])
def test_audit_and_build_read_a_marker_alike(line, python):
    text = f"Metadata-Version: 2.1\nName: a\nVersion: 1\nRequires-Dist: {line}\n"
    audited, _ = declared_for(
        parse(text.encode(), b"", b""), Environment(python, "glibc", "x86_64")
    )
    built = bound_on("numpy", [Requirement(line)], python, "x86_64")
    assert (audited or SpecifierSet()) == built


@pytest.mark.parametrize(
    ("python", "full"), [("3.12", "3.12.99"), ("3.14t", "3.14.99"), ("3.12.3", "3.12.3")]
)
def test_full_version(python, full):
    assert full_version(python) == full


@pytest.mark.parametrize(
    ("bound", "python", "expected"),
    [(">=3.9.5", "3.9", True), (">=3.9.5", "3.9.2", False), ("<3.9", "3.9", False),
     ("not a bound", "3.9", True), (None, "3.9", True), ("<=3.11.4", "3.11", True)],
)  # fmt: skip
def test_admits_python(bound, python, expected):
    assert admits_python(bound, python) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("numpy==1.20.3", ("numpy", "1.20.3")),
        ("a.b-c == 1!2.0+x", ("a.b-c", "1!2.0+x")),
        ("numpy==1.*", None),
        ("numpy>=1", None),
        ("numpy[x]==1", None),
        ("numpy==1; python_version>'3'", None),
        ("numpy==1,==1", None),
        ("../numpy", None),
        ("--index-url==x", None),
    ],
)
def test_parse_release(text, expected):
    found = parse_release(text)
    assert (found and (found.name, str(found.version))) == expected
