"""The rules of the named proofs, and that their data fits the systems."""

import pytest

from npwheel.prove import questions
from npwheel.prove.proof import Proof
from npwheel.prove.questions import Question
from npwheel.prove.systems import load


def proof(where="a", numpy="2.1.3", outcome="pass", reason="", **facts):
    return Proof("3.13", numpy, where, outcome, reason, 1.5, facts=facts, modules=("t",))


def case(rule, name="question"):
    return Question(name, "?", ("a", "b"), "2.1.3", rule)


def test_the_four_seed_cases_are_there_and_fit_the_systems():
    systems, _ = load()
    known = {system.name for system in systems}
    named = questions.cases()
    assert [c.name for c in named] == [
        "gcp-numpy-1.20.3", "pi-matches-colab", "alpine-no-packages", "built-new-runs-old",
    ]  # fmt: skip
    for entry in named:
        assert set(entry.systems) <= known
        # Every rule answers.
        assert questions.answer(entry, [proof("a"), proof("b")], None).outcome in (
            "pass",
            "not run",
        )


def test_a_failing_cell_fails_the_case_and_an_idle_one_leaves_it_open():
    ok, idle = proof(), proof("b", outcome="not run", reason="no engine")
    bad = proof("b for question", outcome="fail", reason="ImportError: x")
    found = questions.answer(case("passes"), [ok, idle], None)
    assert (found.outcome, found.reason) == ("not run", "b: no engine")
    found = questions.answer(case("passes"), [idle, ok, bad], None)
    assert (found.outcome, found.reason, found.name) == ("fail", "b: ImportError: x", "question")
    assert questions.answer(case("passes"), [ok], None).outcome == "pass"


def test_no_cell_at_all_is_not_a_pass():
    assert questions.answer(case("passes"), [], None).outcome == "not run"


@pytest.mark.parametrize(
    ("proofs", "outcome", "reason"),
    [
        ([proof("a", digest="1"), proof("b", digest="1")], "pass", ""),
        ([proof("a", digest="1"), proof("b", digest="2")], "fail", "differ: a 1, b 2"),
        ([proof("a", digest="1"), proof("b")], "not run", "no digest of its results in b"),
        ([proof("a", digest="1")], "not run", "nothing to compare"),
        ([proof("a", digest="1"), proof("b", numpy="2.0", digest="1")], "fail", "not the same"),
    ],
)
def test_same_results(proofs, outcome, reason):
    found = questions.answer(case("same results"), proofs, None)
    assert found.outcome == outcome
    assert reason in found.reason


@pytest.mark.parametrize(
    ("built", "outcome"),
    [("2.3.0", "pass"), ("2.1.3", "fail"), ("1.26", "fail"), (None, "not run"), ("?", "not run")],
)
def test_built_newer(built, outcome):
    assert questions.answer(case("built newer"), [proof()], built).outcome == outcome


def test_only_known_projects_have_a_test():
    assert "npwheel_probe" in questions.test_command("npwheel-probe", emulated=False)
    assert "--no-speed" in questions.test_command("npwheel-probe", emulated=True)
    assert questions.test_command("thing", emulated=False) == ""
