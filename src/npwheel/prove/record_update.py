"""Proofs from systems join the record that the build left beside the wheels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from npwheel.core import locks
from npwheel.core.errors import RecordError
from npwheel.prove import record
from npwheel.prove.candidates import CandidateWheel
from npwheel.prove.proof import NOT_RUN, Proof


def recorded(folder: Path, wheels: Sequence[CandidateWheel]) -> dict[str, dict[str, Any]]:
    """File name -> the record's entry, for those of `wheels` that the folder's record names.

    Raises RecordError when a wheel is not the one that was recorded.
    """
    entries = {entry["file"]: entry for entry in record.read(folder).wheels}
    found = {}
    for wheel in wheels:
        entry = entries.get(wheel.path.name)
        if entry is None or wheel.path.resolve().parent != folder.resolve():
            continue
        if entry["sha256"] != wheel.sha256:
            raise RecordError(
                f"{wheel.path} is not the wheel that {folder / record.NAME} names",
                why=f"sha256 expected {entry['sha256']}, found {wheel.sha256}",
                next="build it again, or move the changed wheel elsewhere",
            )
        found[wheel.path.name] = entry
    return found


def add(
    folder: Path, wheels: Sequence[CandidateWheel], proofs: Mapping[str, Sequence[Proof]]
) -> None:
    """Add proofs (by wheel file) to the folder's record.

    A proof replaces older ones of the same place, Python, NumPy and name; but that it
    did not run this time takes nothing away. The record is read again under its lock,
    so that two runs lose nothing of each other.
    """
    with locks.acquired(folder):
        recorded(folder, wheels)
        found = record.read(folder)
        for entry in found.wheels:
            fresh = {_key(p): p for p in (q.as_json() for q in proofs.get(entry["file"], ()))}
            kept = []
            for proof in entry["proofs"]:
                later = fresh.get(_key(proof))
                if later and later["outcome"] == NOT_RUN and proof["outcome"] != NOT_RUN:
                    del fresh[_key(proof)]
                    later = None
                if later is None:
                    kept.append(proof)
            entry["proofs"] = [*kept, *fresh.values()]
        record.write(folder, found)


def _key(proof: Mapping[str, Any]) -> tuple[Any, ...]:
    name = proof.get("name", "")
    # A case has one answer, whichever systems and NumPy gave it.
    return (name,) if name else (proof["where"], proof["python"], proof["numpy"])
