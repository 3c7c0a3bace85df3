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
        lines += _proofs(wheel["proofs"])
    return "\n".join(lines)


def _proofs(proofs: Sequence[Mapping[str, Any]]) -> list[str]:
    """One line for what has outcome, Python, place and reason in common."""
    rows: dict[tuple[str, str, str, str], list[str]] = {}
    for proof in proofs:
        seconds = f" ({proof['seconds']:.1f} s)" if proof["seconds"] else ""
        key = (proof["outcome"], proof["python"], proof["where"], proof["reason"])
        rows.setdefault(key, []).append(f"{proof['numpy'] or '-'}{seconds}")
    return [
        f"  {outcome:<8}  Python {python:<6} {where}, numpy {', '.join(numpys)}"
        + (f": {reason}" if reason else "")
        for (outcome, python, where, reason), numpys in rows.items()
    ]
