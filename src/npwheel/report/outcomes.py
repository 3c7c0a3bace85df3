"""What came of each target of a build, as a table."""

from __future__ import annotations

from collections.abc import Sequence

from npwheel.build.options import Outcome
from npwheel.prove.proof import PASS


def outcomes_text(outcomes: Sequence[Outcome]) -> str:
    """One line a target, under a heading, without a final newline."""
    rows = [("target", "outcome", "wheels", "proofs passed")]
    rows += [_row(outcome) for outcome in outcomes]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(map(str.ljust, row, widths)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)


def _row(outcome: Outcome) -> tuple[str, str, str, str]:
    if outcome.error is not None:
        return (outcome.target, f"failed (exit code {outcome.error.exit_code})", "-", "-")
    proofs = [proof for wheel in outcome.wheels for proof in wheel.proofs]
    passed = sum(proof.outcome == PASS for proof in proofs)
    return (outcome.target, "proven", str(len(outcome.wheels)), f"{passed} of {len(proofs)}")
