"""The proof as data for JSON, and as text for people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from npwheel_probe import __version__
from npwheel_probe._info import api_info, blas_info
from npwheel_probe.proof.machine import Machine
from npwheel_probe.proof.products import Verdict
from npwheel_probe.proof.speed import Timing

SCHEMA_VERSION = 1
SHOWN = 5  # wrong products told in text; JSON has up to MOST
MOST = 50


@dataclass(frozen=True)
class Proof:
    """Everything that was found out."""

    machine: Machine
    ours: Verdict
    numpy: Verdict
    speed: Sequence[Timing]


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "right": verdict.right,
        "checked": verdict.checked,
        "wrong": len(verdict.wrong),
        "wrong_cases": [{**asdict(w.case), "how": w.how} for w in verdict.wrong[:MOST]],
    }


def as_data(proof: Proof) -> dict[str, Any]:
    """The schema is described in README.md."""
    return {
        "schema_version": SCHEMA_VERSION,
        "outcome": "pass" if proof.ours.right else "fail",
        "probe": __version__,
        "machine": asdict(proof.machine),
        "api": dict(api_info()),
        "blas": dict(blas_info()),
        "matmul": _verdict(proof.ours),
        "numpy": {"release": np.__version__, "matmul": _verdict(proof.numpy)},
        "speed": [{**asdict(t), "ratio": t.ratio} for t in proof.speed],
    }


def _wrong_lines(verdict: dict[str, Any]) -> list[str]:
    lines = []
    for case in verdict["wrong_cases"][:SHOWN]:
        shapes = f"{tuple(case['a_shape'])} @ {tuple(case['b_shape'])}"
        layouts = f"{case['a_layout']}, {case['b_layout']}, out {case['out']}"
        lines.append(f"    {case['dtype']} {shapes} ({layouts}): {case['how']}")
    if verdict["wrong"] > SHOWN:
        lines.append(f"    and {verdict['wrong'] - SHOWN} more")
    return lines


def _judgement(whose: str, verdict: dict[str, Any]) -> str:
    if verdict["right"]:
        return f"{whose} matmul: right, {verdict['checked']} products equal to exact integers"
    return f"{whose} matmul: WRONG in {verdict['wrong']} of {verdict['checked']} products"


def as_text(data: dict[str, Any]) -> str:
    """What `as_data` returns, for people."""
    machine, api, blas, libc = data["machine"], data["api"], data["blas"], data["machine"]["libc"]
    threading = ""
    if machine["free_threaded"]:
        threading = f", free-threaded, GIL {'on' if machine['gil_enabled'] else 'off'}"
    lines = [
        f"npwheel-probe {data['probe']}",
        f"Python    {machine['implementation']} {machine['python']}{threading}",
        f"libc      {libc['name']} {libc['version']}",
        f"platform  {machine['system']} {machine['architecture']}, {machine['cpu']}, "
        f"pages of {machine['page_size']} bytes",
        f"NumPy     {api['running_release']}, C-API {api['running_api']:#x}",
        f"built     with NumPy {api['header_release']} headers (C-API {api['header_api']:#x}) "
        f"for C-API {api['target_api']:#x} (NumPy {api['target_release']}) and newer",
        f"BLAS      {blas['library']} {blas['version']}, kernels for {blas['core']}, "
        f"{blas['threads']} thread(s)",
        f"          {blas['file']}",
        _judgement("this module's", data["matmul"]),
        *_wrong_lines(data["matmul"]),
        _judgement("NumPy's own", data["numpy"]["matmul"]),
        *_wrong_lines(data["numpy"]["matmul"]),
    ]
    if not data["numpy"]["matmul"]["right"]:
        lines.append(
            f"    NumPy {api['running_release']} is at fault here, not this module: its bundled "
            "BLAS computes wrong on this CPU. Another NumPy release may be right, or other "
            "kernels (OPENBLAS_CORETYPE)."
        )
    if data["speed"]:
        lines.append("speed     time per product, ours / NumPy's (below 1: ours is faster)")
    for t in data["speed"]:
        lines.append(
            f"    {t['dtype']:<10} n={t['n']:<5} {t['ours'] * 1e6:10.2f} us "
            f"{t['numpy'] * 1e6:10.2f} us  {t['ratio']:.2f}"
        )
    ours = data["matmul"]
    why = "" if ours["right"] else f": {ours['wrong']} of {ours['checked']} products are wrong"
    lines.append(f"proof: {data['outcome']}{why}")
    return "\n".join(lines)
