"""abi3audit's findings: symbols outside the stable ABI that the tag promises."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from npwheel.audit.catalogue import rule
from npwheel.audit.model import Finding
from npwheel.audit.outside.tool import ToolFailed, run


def findings(wheel: Path) -> Iterator[Finding]:
    """NPA602 for each module at fault; "unchecked" where abi3audit did not answer."""
    found_by = rule("NPA602")
    try:
        answer = json.loads(run("abi3audit", "--report", str(wheel.absolute())))
        modules = [row for spec in answer["specs"].values() for row in spec["wheel"]]
    except (ToolFailed, ValueError, KeyError, TypeError, AttributeError) as error:
        said = f"abi3audit's answer cannot be understood: {type(error).__name__}: {error}"
        text = str(error) if isinstance(error, ToolFailed) else said
        yield found_by.found(text, severity="unchecked", fix="install npwheel[build]")
        return
    for row in modules:
        result = row["result"]
        # abi3audit does not know the hooks of PEP 793, which abi3t modules export.
        outside = tuple(n for n in result["non_abi3_symbols"] if not n.startswith("PyModExport"))
        if outside:
            yield found_by.found(
                f"{len(outside)} symbols outside the stable ABI", row["name"], symbols=outside
            )
        elif not result["is_abi3_baseline_compatible"]:
            later = result["future_abi3_objects"]
            yield found_by.found(
                f"needs the stable ABI of Python {result['computed']}, the tag promises "
                f"{result['baseline']}",
                row["name"],
                symbols=tuple(f"{name} (since {since})" for name, since in sorted(later.items())),
            )
