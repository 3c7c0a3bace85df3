"""NPA207: an OpenBLAS that is too old, or known to compute wrong products."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from npwheel.audit.model import Finding, Rule
from npwheel.audit.subject import Subject
from npwheel.numpy_releases.table import key

DATA = Path(__file__).parents[1] / "data" / "openblas.json"


@cache
def known() -> dict[str, Any]:
    """What is known of OpenBLAS's releases."""
    found: dict[str, Any] = json.loads(DATA.read_text("utf-8"))
    return found


def check(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """One finding for each OpenBLAS of a bad release."""
    for module in subject.elf_modules:
        match = re.match(r"\d+\.\d+\.\d+", module.openblas)
        if not match:
            continue
        release = key(match[0])
        wrong = [
            row
            for row in known()["wrong"]
            if row["machine"] == module.machine and key(row["from"]) <= release <= key(row["to"])
        ]
        for row in wrong:
            yield rule.found(
                f"OpenBLAS {module.openblas}: {row['what']} ({row['source']})", module.path
            )
        if not wrong and release < key(known()["oldest"]):
            yield rule.found(
                f"OpenBLAS {module.openblas}, expected {known()['oldest']} or newer: "
                f"{known()['oldest_because']}",
                module.path,
            )


RULE = Rule(
    id="NPA207",
    title="an old or wrong OpenBLAS",
    severity="warning",
    what="The OpenBLAS in the wheel is below the version gate, or has kernels known to be wrong.",
    why=(
        "OpenBLAS picks its kernel by the CPU at hand, so a wrong one shows on some machines only. "
        "The releases, machines and reports stand in the data file behind this rule."
    ),
    fix="build with a newer OpenBLAS and repair again",
    check=check,
    sources=("OpenBLAS#1955", "numpy#14305", "OpenBLAS#2914"),
)
