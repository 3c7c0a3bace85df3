"""Proofs from systems join the record; nothing of it is lost."""

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from importlib import resources

import jsonschema
import pytest
from thing_wheels import make_wheel

from npwheel.core.errors import RecordError
from npwheel.prove import candidates, record_update
from npwheel.prove.proof import Proof
from npwheel.prove.record import NAME, Record, write

SCHEMA = json.loads(
    resources.files("npwheel.prove").joinpath("data", "record-2.schema.json").read_text("utf-8")
)


@pytest.fixture
def folder(tmp_path):
    """A wheelhouse with one recorded wheel, proven where it was built."""
    path = make_wheel(tmp_path / "wheelhouse")
    write(path.parent, Record([entry_of(path)]))
    return path.parent


def entry_of(path):
    return {
        "file": path.name,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "target": "manylinux_x86_64",
        "image": {"reference": "r", "digest": "sha256:" + "0" * 64, "kind": "local"},
        "numpy": {"built": "2.0.2", "target_api": "0xd"},
        "openblas": None,
        "proofs": [
            Proof("3.9", "1.19.3", "local image", "pass", "", 1.0, modules=("thing",)).as_json()
        ],
    }


def load(folder):
    return [candidates.load(path) for path in sorted(folder.glob("*.whl"))]


def proofs(folder):
    data = json.loads((folder / NAME).read_text())
    jsonschema.validate(data, SCHEMA)
    return data["wheels"][0]["proofs"]


def test_proofs_are_added_to_those_of_the_build(folder):
    (wheel,) = load(folder)
    proof = Proof("3.9", "1.19.3", "debian-11", "fail", "ImportError: x", 2.0, step="import")
    record_update.add(folder, [wheel], {wheel.path.name: [proof]})
    assert [(p["where"], p["outcome"]) for p in proofs(folder)] == [
        ("local image", "pass"), ("debian-11", "fail"),
    ]  # fmt: skip


def test_a_newer_proof_of_the_same_cell_replaces_the_older(folder):
    (wheel,) = load(folder)
    for outcome, facts in (("fail", {}), ("pass", {"digest": "1"})):
        cell = Proof("3.9", "1.19.3", "debian-11", outcome, facts=facts, modules=("thing",))
        case = Proof(
            "3.9", outcome, "debian-11", outcome, name="gcp-numpy-1.20.3", modules=("thing",)
        )
        record_update.add(folder, [wheel], {wheel.path.name: [cell, case]})
    _, cell, case = proofs(folder)
    assert (cell["outcome"], cell["facts"]) == ("pass", {"digest": "1"})
    assert (case["outcome"], case["name"]) == ("pass", "gcp-numpy-1.20.3")


def test_what_did_not_run_this_time_takes_no_proof_away(folder):
    (wheel,) = load(folder)
    for outcome, reason in (("not run", "no engine"), ("pass", ""), ("not run", "no registry")):
        cell = Proof("3.9", "1.19.3", "debian-11", outcome, reason, modules=("thing",))
        record_update.add(folder, [wheel], {wheel.path.name: [cell]})
    (found,) = [p for p in proofs(folder) if p["where"] == "debian-11"]
    assert (found["outcome"], found["reason"]) == ("pass", "")


def test_a_wheel_that_is_not_the_recorded_one_is_refused(folder):
    before = (folder / NAME).read_text()
    (path,) = folder.glob("*.whl")
    path.write_bytes(path.read_bytes() + b"changed")
    loaded = load(folder)
    with pytest.raises(RecordError, match="is not the wheel") as caught:
        record_update.add(folder, loaded, {})
    assert "expected" in caught.value.why
    assert loaded[0].sha256 in caught.value.why
    assert (folder / NAME).read_text() == before


def test_only_wheels_of_the_record_in_its_own_folder_count(folder, tmp_path):
    make_wheel(folder, "other-1.0-cp39-abi3-manylinux_2_17_x86_64.whl")
    copy = make_wheel(tmp_path / "elsewhere")
    assert set(record_update.recorded(folder, load(folder))) == {copy.name}
    assert record_update.recorded(folder, [candidates.load(copy)]) == {}
    assert record_update.recorded(tmp_path / "elsewhere", [candidates.load(copy)]) == {}


def test_two_runs_at_once_lose_nothing(folder):
    (wheel,) = load(folder)

    def add(n):
        record_update.add(
            folder,
            [wheel],
            {wheel.path.name: [Proof("3.9", "2.0", f"system {n}", "pass", modules=("t",))]},
        )

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(16)))
    assert len(proofs(folder)) == 17
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        [NAME, *(path.name for path in folder.glob("*.whl"))]
    )
