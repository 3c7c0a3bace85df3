"""npwheel's own audit of a repaired wheel, auditwheel's and abi3audit's with it.

It runs after cibuildwheel as a bounded child, never as cibuildwheel's audit step: that step
wants an environment of its own, which not every build frontend can make without network.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO

from npwheel.core import process
from npwheel.core.errors import AuditError

SECONDS = 1800
_LIMITS = process.Limits(memory=8 << 30, cpu=SECONDS)
_ERROR = re.compile(r"  error NPA\d+")
_FIX = "    fix: "


def audit(wheels: Iterable[Path], target: str, log: IO[str], ignored: Sequence[str] = ()) -> None:
    """Audit each wheel in full. Raises AuditError with the verdict and the first fix.

    ignored: ids of rules that proofs of this target answer.
    """
    for wheel in wheels:
        said: list[str] = []
        command = process.python("npwheel", "audit", "--full", str(wheel.absolute()))
        command += [word for rule in ignored for word in ("--ignore", rule)]
        try:
            code = process.logged(
                command, log, on_line=said.append, timeout=SECONDS, limits=_LIMITS
            )
        except TimeoutError as error:
            raise AuditError(
                f"{target}: {wheel.name} could not be audited", why=str(error)
            ) from error
        if code:
            what = f"{target}: the audit refuses {wheel.name}"
            refusal = AuditError(what, why=_verdict(wheel, said), next=_fix(said))
            refusal.tail = tuple(said[-20:])
            raise refusal


def _verdict(wheel: Path, said: list[str]) -> str:
    """The line that begins with the wheel's name, else the last one."""
    named = [line for line in said if line.startswith(f"{wheel.name}: ")]
    printed = [line.strip() for line in said if line.strip()]
    return (named or printed[-1:] or ["it printed nothing"])[0]


def _fix(said: list[str]) -> str:
    """The advice on the first error, which may take several lines."""
    lines = iter(said)
    for line in lines:
        if _ERROR.match(line):
            break
    fix = ""
    for line in lines:
        if fix and not line.startswith("    "):
            break
        if fix:
            fix += f" {line.strip()}"
        elif line.startswith(_FIX):
            fix = line.removeprefix(_FIX)
    return fix
