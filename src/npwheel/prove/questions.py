"""Named proofs: questions that users ask, answered from cells of the matrix."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from packaging.version import InvalidVersion, Version

from npwheel.core import package_data
from npwheel.prove.proof import FAIL, NOT_RUN, PASS, TESTED, Proof


@dataclass(frozen=True)
class Question:
    """A question, the cells that answer it, and the rule that must hold over them."""

    name: str
    question: str
    systems: tuple[str, ...]
    numpy: str
    rule: str
    answer: str = ""  # what a pass means, for a person
    pythons: tuple[str, ...] = ()  # () for all of its systems
    projects: tuple[str, ...] = ()  # () for any
    absent: tuple[str, ...] = ()  # paths that its systems must not have
    script: str = ""  # of ci/inside, run after the test

    @property
    def apart(self) -> bool:
        """Does it need more than a cell of the matrix gives?"""
        return bool(self.absent or self.script)


@cache
def _data() -> dict[str, Any]:
    text = package_data.read_text(__package__, "questions.toml")
    return tomllib.loads(text)


def cases() -> tuple[Question, ...]:
    """Every case of data/questions.toml."""
    return tuple(_case(**entry) for entry in _data()["cases"])


def _case(**entry: Any) -> Question:
    fields: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in entry.items()}
    return Question(**fields)


def test_command(project: str, *, emulated: bool) -> str:
    """What proves a project's wheels beyond imports; "" where nothing is known."""
    return str(_data()["tests"].get(project, {}).get("emulated" if emulated else "native", ""))


def answer(case: Question, proofs: Sequence[Proof], built: str | None) -> Proof:
    """The proof named after the case: its rule applied to the proofs of its cells.

    built: the NumPy whose headers the wheel was built with, where it is known.
    """
    if not proofs:
        return Proof(
            "3",
            None,
            ", ".join(case.systems),
            NOT_RUN,
            "none of its systems is known",
            name=case.name,
        )
    outcome, reason, facts = _judge(case, proofs, built)
    return Proof(
        python=proofs[0].python,
        numpy=proofs[0].numpy,
        where=", ".join(case.systems),
        outcome=outcome,
        reason=reason,
        seconds=round(sum(proof.seconds for proof in proofs), 2),
        name=case.name,
        facts=facts,
        modules=_imported(proofs),
        test=next((p.test for p in proofs if p.test != TESTED), TESTED),
    )


def _imported(proofs: Sequence[Proof]) -> tuple[str, ...] | None:
    """What all of them imported together; None where it is unknown of one."""
    names: set[str] = set()
    for proof in proofs:
        if proof.modules is None:
            return None
        names.update(proof.modules)
    return tuple(sorted(names))


_Judged = tuple[str, str, Mapping[str, Any]]


def _judge(case: Question, proofs: Sequence[Proof], built: str | None) -> _Judged:
    for outcome in (FAIL, NOT_RUN):
        for proof in proofs:
            if proof.outcome == outcome:
                system = proof.where.removesuffix(f" for {case.name}")
                return outcome, f"{system}: {proof.reason}", {}
    return _RULES[case.rule](proofs, built)


def _passes(proofs: Sequence[Proof], _built: str | None) -> _Judged:
    del proofs
    return PASS, "", {}


def _same_results(proofs: Sequence[Proof], _built: str | None) -> _Judged:
    """The probe's digests of its results are equal, on the same NumPy."""
    places = {proof.where for proof in proofs}
    digests = {proof.where: str(proof.facts.get("digest") or "") for proof in proofs}
    facts = {"digests": digests}
    if len(places) < 2:
        return NOT_RUN, f"only {proofs[0].where} ran: nothing to compare with", {}
    if len({proof.numpy for proof in proofs}) > 1:
        return FAIL, "not the same NumPy everywhere", facts
    missing = [where for where, digest in digests.items() if not digest]
    if missing:
        return NOT_RUN, f"the test gives no digest of its results in {missing[0]}", {}
    if len(set(digests.values())) > 1:
        pairs = ", ".join(f"{where} {digest}" for where, digest in digests.items())
        return FAIL, f"the results differ: {pairs}", facts
    return PASS, "", facts


def _built_newer(proofs: Sequence[Proof], built: str | None) -> _Judged:
    """Built with newer headers than the NumPy that it ran on."""
    if built is None:
        return NOT_RUN, "what the wheel was built against is not known", {}
    facts = {"built": built, "ran": [proof.numpy for proof in proofs]}
    try:
        newer = all(Version(proof.numpy or "0") < Version(built) for proof in proofs)
    except InvalidVersion:
        return NOT_RUN, f"what the wheel was built against cannot be read: {built}", {}
    if not newer:
        return FAIL, f"built against numpy {built}, not newer than {proofs[0].numpy}", facts
    return PASS, "", facts


_RULES: dict[str, Callable[[Sequence[Proof], str | None], _Judged]] = {
    "passes": _passes,
    "same results": _same_results,
    "built newer": _built_newer,
}
