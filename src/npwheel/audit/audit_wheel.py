"""One wheel, or one installed distribution, from its file to its report. Never raises."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from npwheel.audit import outside, wheel_report
from npwheel.audit.collect_facts import Progress, collect_facts
from npwheel.audit.model import Rule, WheelReport
from npwheel.core.errors import NpwheelError
from npwheel.wheel import OpenedWheel, open_installed, open_wheel


def _silent(done: int, of: int) -> None:
    """Progress that nobody watches."""


def audit_wheel(
    path: Path, rules: Iterable[Rule], full: bool = False, progress: Progress = _silent
) -> WheelReport:
    """The report on a wheel file; full: also what auditwheel and abi3audit find."""
    return _audit(path.name, lambda: open_wheel(path), rules, path if full else None, progress)


def audit_installed(name: str, rules: Iterable[Rule], progress: Progress = _silent) -> WheelReport:
    """The report on an installed distribution."""
    return _audit(name, lambda: open_installed(name), rules, None, progress)


def _audit(
    name: str,
    opened: Callable[[], OpenedWheel],
    rules: Iterable[Rule],
    others: Path | None,
    progress: Progress,
) -> WheelReport:
    try:
        with opened() as source:
            subject = collect_facts(source, progress)
        extra = list(outside.findings(others, subject)) if others else []
        return wheel_report.report_on(subject, rules, extra)
    except NpwheelError as error:
        return WheelReport(name, wheel_report.UNKNOWN, error=error.what)
    except Exception as error:  # a wheel that nobody foresaw must not hide the other wheels
        said = f"npwheel failed on it ({type(error).__name__}: {error}); please report this"
        return WheelReport(name, wheel_report.UNKNOWN, error=said)
