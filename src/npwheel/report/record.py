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
        lines.append(f"  numpy     {_numpy(numpy)}")
        lines.append(f"  openblas  {wheel['openblas'] or 'none'}")
        lines += _proofs(wheel["proofs"])
    lines += _not_built(wheels)
    return "\n".join(lines)


def _not_built(wheels: Sequence[Mapping[str, Any]]) -> list[str]:
    """Builds that no wheel of their target stands for, those of one reason in one line."""
    targets: dict[str, list[Mapping[str, str]]] = {}
    for wheel in wheels:
        targets.setdefault(wheel["target"], []).append(wheel.get("not_built", {}))
    reasons: dict[str, list[str]] = {}
    for first, *others in targets.values():
        for name, why in first.items():
            if all(name in other for other in others):
                reasons.setdefault(why, []).append(name)
    return [f"not built {' '.join(names)}: {why}" for why, names in reasons.items()]


def _numpy(numpy: Mapping[str, Any]) -> str:
    if not numpy["built"] and not numpy["target_api"]:
        return "none seen, neither in the build nor in the modules"
    built, target = numpy["built"] or "unknown", numpy["target_api"] or "unknown"
    return f"built against {built}, C-API target {target}"


def _proofs(proofs: Sequence[Mapping[str, Any]]) -> list[str]:
    """One line for what has outcome, Python, place and reason in common."""
    rows: dict[tuple[str, str, str, str], list[str]] = {}
    for proof in proofs:
        seconds = f" ({proof['seconds']:.1f} s)" if proof["seconds"] else ""
        key = (proof["outcome"], proof["python"], proof["where"], proof["reason"])
        beside = f"numpy {proof['numpy']}" if proof["numpy"] else "no numpy"
        rows.setdefault(key, []).append(f"{beside}{seconds}")
    return [
        f"  {outcome:<8}  Python {python:<6} {where}, {', '.join(numpys)}"
        + (f": {reason}" if reason else "")
        for (outcome, python, where, reason), numpys in rows.items()
    ]
