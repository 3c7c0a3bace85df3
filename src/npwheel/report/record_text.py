"""Render a record as text: each wheel and its proofs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from npwheel.prove.proof import PASS, TESTED

SHOWN = 8  # names of imported modules in one line


def record_text(wheels: Sequence[Mapping[str, Any]]) -> str:
    """Return the wheels with their proofs. No final newline."""
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
    """Return builds without a wheel for their target, one line per reason."""
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
    """Return one line for proofs that differ only in NumPy, then the imported modules."""
    rows: dict[tuple[str, ...], list[str]] = {}
    for proof in proofs:
        seconds = f" ({proof['seconds']:.1f} s)" if proof["seconds"] else ""
        key = (proof["outcome"], proof["python"], proof["where"], _test(proof), proof["reason"])
        numpy = f"numpy {proof['numpy']}" if proof["numpy"] else "no numpy"
        rows.setdefault(key, []).append(f"{numpy}{seconds}")
    lines = [
        f"  {outcome:<8}  Python {python:<6} {where}, {', '.join(numpys)}"
        + (f", test: {test}" if test else "")
        + (f": {reason}" if reason else "")
        for (outcome, python, where, test, reason), numpys in rows.items()
    ]
    return lines + _imported([proof for proof in proofs if proof["outcome"] == PASS])


def _test(proof: Mapping[str, Any]) -> str:
    return proof["test"] if proof["outcome"] == PASS else ""


def _imported(passed: Sequence[Mapping[str, Any]]) -> list[str]:
    if not passed:
        return []
    if any(proof["modules"] is None for proof in passed):
        return ["  imported  not recorded by version 1"]
    names = list(dict.fromkeys(name for proof in passed for name in proof["modules"]))
    more = f" and {len(names) - SHOWN} more" if names[SHOWN:] else ""
    lines = [f"  imported  {', '.join(names[:SHOWN])}{more}"]
    if all(proof["test"] != TESTED for proof in passed):
        lines.append("  proven    by import alone: no test was run")
    return lines
