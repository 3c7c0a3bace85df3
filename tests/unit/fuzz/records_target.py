"""What is fuzzed: a folder with any npwheel.json, through every command that reads one."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from npwheel.core.errors import NpwheelError
from npwheel.core.files import sha256_of
from npwheel.prove import record
from npwheel.prove.proof import Proof
from npwheel.release import checks, folder
from npwheel.release.contents import ReleasedDistribution
from npwheel.release.join import join
from npwheel.report.record_text import record_text

WHEEL = "a-1-py3-none-any.whl"
PROJECT = ReleasedDistribution("a", ".", pure=False)
NAMES = [
    WHEEL, "../precious.txt", "/etc/passwd", "..", "", "b-1-py3-none-any.whl",
    "fifo-1-py3-none-any.whl",
    "link-1-py3-none-any.whl", "folder-1-py3-none-any.whl", "a\0.whl", "x/a-1-py3-none-any.whl",
    "a-1-py3-none-any.whl\n",
]  # fmt: skip


def sound(sha256: str, version: int = 2, file: str = WHEEL) -> dict[str, Any]:
    """A record that its schema accepts."""
    proof = Proof("3.9", "2.0.2", "here", "pass", "", 1.0, modules=("a",)).as_json()
    proof["modules"] = ["a"]
    if version == 1:
        del proof["modules"], proof["test"]
    entry = {
        "file": file, "sha256": sha256, "size": 1, "project": "a", "target": "manylinux_x86_64",
        "inputs": "0" * 64, "engine": "podman", "not_built": {}, "openblas": None,
        "image": {"reference": "r", "digest": "sha256:" + "0" * 64, "kind": "local"},
        "numpy": {"built": None, "target_api": None}, "proofs": [proof],
    }  # fmt: skip
    return {"schema_version": version, "npwheel": "0", "wheels": [entry]}


def one(data: bytes) -> None:
    """Read a record of these bytes everywhere. Another exception than ours is a finding."""
    with tempfile.TemporaryDirectory(prefix="npwheel-fuzz-records-") as scratch:
        root = Path(scratch)
        parts = root / "parts"
        parts.mkdir()
        (root / "precious.txt").write_text("mine")
        (parts / WHEEL).write_text("wheel")
        os.mkfifo(parts / "fifo-1-py3-none-any.whl")
        (parts / "link-1-py3-none-any.whl").symlink_to(root / "precious.txt")
        (parts / "folder-1-py3-none-any.whl").mkdir()
        digest = sha256_of(parts / WHEEL).encode()
        (parts / record.NAME).write_bytes(data.replace(b"0" * 64, digest))
        _every_reader(parts, root)
        assert (root / "precious.txt").read_text() == "mine"
        assert {path.name for path in root.iterdir()} <= {"precious.txt", "parts", "out", "new"}
        out = root / "out"
        if out.exists():
            assert all(path.is_file() and not path.is_symlink() for path in out.iterdir())
        shutil.rmtree(parts)


def _every_reader(parts: Path, root: Path) -> None:
    with contextlib.suppress(NpwheelError):
        found = record.read(parts).wheels
        record_text(found).encode("utf-8")
        checks.recorded(parts, found, PROJECT, "1")
        checks.complete(found, PROJECT, ["manylinux_x86_64"])
        checks.proven(found)
        checks.official(found)
        [Proof.from_json(proof) for entry in found for proof in entry["proofs"]]
    with contextlib.suppress(NpwheelError):
        record.unchanged(parts, "manylinux_x86_64", "0" * 64)
    with contextlib.suppress(NpwheelError):
        join([parts], [], root / "out")
    with contextlib.suppress(NpwheelError):
        folder.check(parts)
    staged = root / "new" / "a-2-py3-none-any.whl"
    staged.parent.mkdir()
    staged.write_text("new")
    with contextlib.suppress(NpwheelError):
        record.publish(parts, [(staged, _entry(staged))])


def _entry(path: Path) -> record.WheelRecord:
    found = sound(sha256_of(path), file=path.name)["wheels"][0]
    proofs = tuple(Proof.from_json(proof) for proof in found.pop("proofs"))
    return record.WheelRecord(**found, proofs=proofs)


def encoded(data: Any) -> bytes:
    """The bytes of a record, also where it is none."""
    return json.dumps(data).encode("utf-8")
