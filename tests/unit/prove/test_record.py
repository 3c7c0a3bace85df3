"""Records match their schema; publishing is all or nothing."""

import errno
import hashlib
import json
import os
from concurrent.futures import ThreadPoolExecutor
from importlib import resources

import jsonschema
import pytest

from npwheel.build import run
from npwheel.core.errors import RecordError, UsageError
from npwheel.prove import record
from npwheel.prove.proof import Proof

SCHEMA = json.loads(
    resources.files("npwheel.prove").joinpath("data", "record-2.schema.json").read_text("utf-8")
)

X1, X2 = "a-1-py3-none-x.whl", "a-2-py3-none-x.whl"
MUSL = "a-1-py3-none-musl.whl"


def staged(folder, name="a-1-cp39-abi3-manylinux_2_17_x86_64.whl", target="manylinux_x86_64",
           content=b"wheel", project="a"):  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(content)
    entry = record.WheelRecord(
        file=name,
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        project=project,
        target=target,
        inputs="0" * 64,
        image={"reference": "r", "digest": "sha256:" + "0" * 64, "kind": "local"},
        engine="podman 4",
        numpy={"built": "2.0.2", "target_api": "0xd"},
        openblas=None,
        not_built={},
        proofs=(
            Proof("3.9", "1.19.3", "here", "pass", "", 1.5, modules=("a",)),
            Proof("3.10", None, "here", "not run", "the image has no CPython 3.10"),
        ),
    )
    return path, entry


def test_a_record_matches_its_schema(tmp_path):
    out = tmp_path / "out"
    path = record.publish(out, [staged(tmp_path / "in")])
    data = json.loads(path.read_text())
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(data, SCHEMA)
    assert (out / data["wheels"][0]["file"]).read_bytes() == b"wheel"


@pytest.mark.parametrize("key", ["file", "sha256", "target", "image", "numpy", "proofs"])
def test_the_schema_misses_nothing(tmp_path, key):
    data = json.loads(record.publish(tmp_path / "o", [staged(tmp_path / "i")]).read_text())
    del data["wheels"][0][key]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data, SCHEMA)


def test_targets_are_merged_and_old_wheels_of_a_target_replaced(tmp_path):
    out = tmp_path / "out"
    record.publish(out, [staged(tmp_path / "1", X1)])
    record.publish(out, [staged(tmp_path / "2", MUSL, "musllinux_x86_64")])
    (out / "other.whl").write_bytes(b"not ours")
    record.publish(out, [staged(tmp_path / "3", X2)])
    assert {p.name for p in out.iterdir()} == {
        X2, MUSL, "other.whl", "npwheel.json",
    }  # fmt: skip
    assert [w["file"] for w in record.read(out).wheels] == [X2, MUSL]


def test_a_wheel_that_is_gone_leaves_the_record(tmp_path):
    out = tmp_path / "out"
    record.publish(out, [staged(tmp_path / "1", MUSL, "musllinux_x86_64")])
    (out / MUSL).unlink()
    record.publish(out, [staged(tmp_path / "2", X1)])
    assert [w["file"] for w in record.read(out).wheels] == [X1]


def test_unchanged_wants_the_same_inputs_and_whole_wheels(tmp_path):
    out = tmp_path / "out"
    path, entry = staged(tmp_path / "in")
    record.publish(out, [(path, entry)])
    assert record.unchanged(out, "manylinux_x86_64", "0" * 64)
    assert not record.unchanged(out, "manylinux_x86_64", "1" * 64)
    assert not record.unchanged(out, "musllinux_x86_64", "0" * 64)
    (out / entry.file).write_bytes(b"tampered")
    assert not record.unchanged(out, "manylinux_x86_64", "0" * 64)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"schema_version": 3, "wheels": []}'])
def test_a_record_that_cannot_be_read_stops_before_anything_is_lost(tmp_path, text):
    out = tmp_path / "out"
    out.mkdir()
    (out / "npwheel.json").write_text(text)
    (out / "a-1-cp39-abi3-manylinux_2_17_x86_64.whl").write_bytes(b"before")
    with pytest.raises(RecordError, match=r"npwheel\.json cannot be read"):
        record.publish(out, [staged(tmp_path / "in")])
    assert (out / "npwheel.json").read_text() == text
    assert (out / "a-1-cp39-abi3-manylinux_2_17_x86_64.whl").read_bytes() == b"before"


@pytest.mark.parametrize("full_at", [1, 2, "record"])
def test_a_full_disk_leaves_all_as_it_was(tmp_path, monkeypatch, full_at):
    out = tmp_path / "out"
    record.publish(out, [staged(tmp_path / "in")])
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    new = [
        staged(tmp_path / "new", content=b"newer"),
        staged(tmp_path / "new", "a-1-cp313-cp313-manylinux_2_17_x86_64.whl"),
    ]
    copies = []

    def full(*_args, **_keys):
        raise OSError(errno.ENOSPC, "No space left on device")

    def fchmod(*_args):
        copies.append(1)
        if len(copies) == full_at:
            full()

    monkeypatch.setattr(os, "fchmod", fchmod)
    if full_at == "record":
        monkeypatch.setattr(record, "_text", full)
    with pytest.raises(RecordError, match="does not take the proven wheels: No space left"):
        record.publish(out, new)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


def test_what_was_proven_is_kept_where_the_output_does_not_take_it(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(RecordError, match="kept in") as caught:
        run.publish(tmp_path / "file", [staged(tmp_path / "in")], tmp_path / "logs")
    assert str(tmp_path / "logs/wheelhouse") in caught.value.next
    assert len(record.read(tmp_path / "logs/wheelhouse").wheels) == 1


def test_an_unusable_output_is_reported_before_anything_is_built(tmp_path):
    record.check_writable(tmp_path / "a" / "b")
    assert not (tmp_path / "a").exists()
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="file is no folder"):
        record.check_writable(tmp_path / "file" / "wheelhouse")


def test_two_runs_at_once_lose_nothing(tmp_path):
    out = tmp_path / "out"

    def publish_one(n):
        record.publish(out, [staged(tmp_path / str(n), f"a-1-py3-none-{n}.whl", f"target_{n}")])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(publish_one, range(16)))
    assert len(record.read(out).wheels) == 16
    assert len(list(out.glob("*.whl"))) == 16
