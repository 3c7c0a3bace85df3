"""The lowest NumPy that holds, where the one that is promised does not."""

from types import SimpleNamespace

import pytest

from npwheel.core.index import IndexFile
from npwheel.core.tags import platform_tags, python_tags
from npwheel.prove import minimum_numpy
from npwheel.prove.proof import Proof, ProofRequest

TAGS = python_tags("3.9", platform_tags("glibc", "2.31", "x86_64"))
RELEASES = ["1.19.3", "1.19.5", "1.20.0", "1.20.3", "1.21.0", "1.22.0", "1.23.0", "2.0.0", "2.0.2"]
FILES = [
    IndexFile(
        f"numpy-{release}-cp39-cp39-manylinux_2_17_x86_64.whl",
        f"https://example.org/{release}", {"sha256": "0"}, None, False, 1, None,
    )
    for release in RELEASES
]  # fmt: skip


class Candidate:
    """A wheel for which everything can be had, but for what `lacking` names."""

    def __init__(self, lacking=()):
        self.lacking = lacking

    def admitted(self, python):
        return FILES

    def tags(self, python):
        return TAGS

    def wanted(self, python, numpy, want):
        if numpy in self.lacking:
            return "its dependencies do not resolve"
        return ProofRequest(python, "/py", numpy, SimpleNamespace(name="a.whl"), (), (), ())


def ends(lowest, newest):
    return [
        Proof("3.9", "2.0.2", "here", newest, "why not"),
        Proof("3.9", "1.19.3", "here", lowest, "why not"),
        Proof("3.10", None, "here", "not run", "no such Python"),
    ]


def test_the_first_release_of_each_minor_series():
    assert minimum_numpy.minors(FILES, "3.9", TAGS) == [
        "1.19.3", "1.20.0", "1.21.0", "1.22.0", "1.23.0", "2.0.0",
    ]  # fmt: skip


FAILED = ends("fail", "pass")[1]


@pytest.mark.parametrize("holds", ["1.20.0", "1.21.0", "1.23.0", "2.0.0"])
def test_it_is_found_with_few_proofs(holds):
    ran = []

    def run(wanted):
        ran.append(wanted.numpy)
        works = RELEASES.index(wanted.numpy) >= RELEASES.index(holds)
        return Proof("3.9", wanted.numpy, "here", "pass" if works else "fail")

    assert minimum_numpy.search(Candidate(), FAILED, "2.0.2", run) == holds
    assert len(ran) <= 3


def test_only_the_newest_passes():
    failing = lambda w: Proof("3.9", w.numpy, "here", "fail")  # noqa: E731
    assert minimum_numpy.search(Candidate(), FAILED, "2.0.2", failing) == "2.0.2"


def test_what_cannot_be_installed_does_not_hold():
    passing = lambda w: Proof("3.9", w.numpy, "here", "pass")  # noqa: E731
    lacking = ("1.19.3", "1.20.0", "1.21.0")
    assert minimum_numpy.search(Candidate(lacking), FAILED, "2.0.2", passing) == "1.22.0"


@pytest.mark.parametrize(
    ("lowest", "newest", "numpy"),
    [("fail", "pass", "1.19.3"), ("pass", "pass", None), ("fail", "fail", None)],
)
def test_a_promise_is_broken_by_the_lowest_alone(lowest, newest, numpy):
    found = minimum_numpy.broken_promise(ends(lowest, newest))
    assert (found.numpy if found else None) == numpy


class Requiring(Candidate):
    """A wheel with another requirement, whose lowest release may be the one that fails."""

    def wanted(self, python, numpy, want):
        pins = (
            f"numpy=={numpy}",
            "six==1.16.0",
            "pot==0.8.0" if want == "lowest" else "pot==0.9.5",
        )
        return ProofRequest(python, "/py", numpy, SimpleNamespace(name="a.whl"), (), pins, ())


@pytest.mark.parametrize(("outcome", "blamed"), [("pass", ("pot==0.8.0",)), ("fail", ())])
def test_another_requirement_is_blamed_if_its_newest_passes(outcome, blamed):
    run = lambda w: Proof("3.9", w.numpy, "here", outcome)  # noqa: E731
    assert minimum_numpy.other_requirements(Requiring(), FAILED, run) == blamed


def test_without_other_requirements_nothing_is_run_again():
    never = lambda w: pytest.fail("ran")  # noqa: E731
    assert minimum_numpy.other_requirements(Candidate(), FAILED, never) == ()
