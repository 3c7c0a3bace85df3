"""A record as text: each wheel and the matrix of its proofs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def record_text(wheels: Sequence[Mapping[str, Any]]) -> str:
    """Wheels with their proofs, one line a cell; no final newline."""
    lines: list[str] = []
    for wheel in wheels:
        numpy = wheel["numpy"]
        lines.append(f"{wheel['file']}  ({wheel.get('size', 0) / 1e6:.1f} MB)")
        lines.append(f"  sha256    {wheel['sha256']}")
        lines.append(f"  image     {wheel['image']['kind']}: {wheel['image']['reference']}")
        lines.append(
            f"  numpy     built against {numpy['built'] or 'unknown'}, "
            f"C-API target {numpy['target_api'] or 'unknown'}"
        )
        lines.append(f"  openblas  {wheel['openblas'] or 'none'}")
        for name, why in wheel.get("not_built", {}).items():
            lines.append(f"  not built {name}: {why}")
        lines += [_proof(proof) for proof in wheel["proofs"]]
    return "\n".join(lines)


def _proof(proof: Mapping[str, Any]) -> str:
    cell = f"Python {proof['python']:<6} numpy {proof['numpy'] or '-':<8}"
    seconds = f"{proof['seconds']:.1f} s" if proof["seconds"] else ""
    tail = proof["reason"] or seconds
    return f"  {proof['outcome']:<8}  {cell} {proof['where']}: {tail}".rstrip(": ")
