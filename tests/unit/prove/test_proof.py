"""What a container says of a proof -> the proof that is recorded; the engine is a script."""

import json
from pathlib import Path

import pytest

from npwheel.containers.engine import Engine
from npwheel.prove import proof, record_format
from npwheel.prove.wheel_contents import Contents

MUSL = "Error loading shared library libffi.so.8: No such file or directory (needed by {})"
OWN = "/opt/python/cp313-cp313/lib/python3.13/lib-dynload/_ctypes.cpython-313-x86_64-linux-musl.so"

WHOLE = Contents((), ("a",), ())


@pytest.fixture
def proven(tmp_path: Path, monkeypatch):
    """Runs one proof of which the container says this; where it says nothing, it died."""

    monkeypatch.setattr(proof.secrets, "token_hex", lambda _: "known")

    def run(note: str = "", wanted=(), **said) -> proof.Proof:
        event = {"event": "proof", "python": "3.13", "numpy": "2.1.0", "seconds": 1.0}
        event["token"] = "known"
        line = json.dumps(
            {**event, "reason": "", "step": "", "facts": {}, "imported": ["a"], **said}
        )
        engine = tmp_path / "engine"
        engine.write_text(f"#!/bin/sh\n[ $1 != start ] || cat <<'END'\n{line * bool(said)}\nEND\n")
        engine.chmod(0o755)
        wheel = tmp_path / "a-1-py3-none-any.whl"
        wheel.write_bytes(b"")
        entry = proof.ProofRequest(
            "3.13", "/python", "2.1.0", wheel, WHOLE, (), (), note=note, **dict(wanted)
        )
        with (tmp_path / "log").open("w") as log:
            container = proof.ProofContainer(Engine(str(engine), "1"), "x", "x86_64", "/python")
            (found,) = proof.run([entry], container, "here", log, lambda _: None)
        return found

    return run


def test_a_result_that_a_wheel_prints_does_not_count(proven) -> None:
    assert proven(outcome="pass").outcome == "pass"
    forged = proven(outcome="pass", token="guessed")
    assert (forged.outcome, forged.modules) == ("fail", ())


@pytest.mark.parametrize(
    ("reason", "outcome"),
    [
        (f"import a: ImportError: {MUSL.format(OWN)}", proof.NOT_RUN),
        (f"import a: ImportError: {MUSL.format('/env/lib/python3.13/site-packages/a.so')}", "fail"),
        ("import a: ImportError: a is torn", "fail"),
    ],
)
def test_what_the_interpreter_itself_lacks_is_not_the_wheels_fault(proven, reason, outcome) -> None:
    found = proven(outcome="fail", reason=reason, step="import")
    assert found.outcome == outcome
    assert reason in found.reason
    assert ("this Python lacks" in found.reason) == (outcome == proof.NOT_RUN)


def test_a_pass_lists_what_it_does_not_show(proven) -> None:
    found = proven(note="no test", outcome="pass", reason="not imported: a.b")
    assert (found.outcome, found.reason) == ("pass", "no test; not imported: a.b")


def test_a_container_that_dies_is_a_failure(proven) -> None:
    found = proven()
    assert (found.outcome, found.reason) == (
        "fail",
        "the container ended with exit code 0 before this proof",
    )


@pytest.mark.parametrize(
    ("wanted", "said", "test"),
    [
        ({}, {"outcome": "pass"}, "none"),
        ({"test": "run"}, {"outcome": "pass", "test": "passed"}, "passed"),
        ({"test": "run"}, {"outcome": "fail", "step": "test", "test": "failed"}, "failed"),
        ({"not_tested": "no tests/"}, {"outcome": "pass"}, "not run: no tests/"),
        ({"test": "run"}, {"outcome": "fail"}, "not run: the imports came first"),
    ],
)
def test_a_proof_records_whether_a_test_ran(proven, wanted, said, test) -> None:
    assert proven(wanted=wanted, **said).test == test


def test_what_was_imported_and_where_is_recorded(proven) -> None:
    said = {"outcome": "pass", "imported": ["a", "a.b"], "version": "3.13.5", "libc": "glibc 2.41"}
    found = proven(wanted={"interpreter": "an image"}, gil="enabled", **said).as_json()
    assert found["modules"] == ("a", "a.b")
    assert found["interpreter"] == {"version": "3.13.5", "source": "an image"}
    assert (found["libc"], found["gil"]) == ("glibc 2.41", "enabled")
    assert found["numpy_source"] == {"kind": "index"}


def test_facts_that_no_record_can_have_are_cut(proven) -> None:
    deep: list = []
    for _ in range(100):
        deep = [deep]
    facts = {"nan": float("nan"), "half": "\ud800", "deep": deep}
    found = proven(outcome="pass", facts=facts)
    assert found.facts["nan"] is None
    text = json.dumps(record_of(found))
    assert record_format.parse(text)["wheels"]


def record_of(found: proof.Proof) -> dict:
    entry = {
        "file": "a-1-py3-none-any.whl", "sha256": "0" * 64, "target": "manylinux_x86_64",
        "image": {"reference": "r", "digest": "sha256:" + "0" * 64, "kind": "local"},
        "numpy": {"built": None, "target_api": None}, "openblas": None,
        "proofs": [found.as_json()],
    }  # fmt: skip
    return {"schema_version": 2, "wheels": [entry]}
