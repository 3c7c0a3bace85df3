"""Render an audit as text: one line per wheel, then its findings."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from npwheel.audit.model import Finding, ModuleRow, NumpyRange, WheelReport
from npwheel.numpy_releases import table

_WIDTH = 100
_SHOWN = 3  # findings of one rule in one wheel
_INDENT = " " * 4


def render(reports: Iterable[WheelReport], verbose: bool = False, notes: bool = False) -> str:
    """Return the text; `verbose` adds all modules, `notes` the findings of severity note."""
    lines: list[str] = []
    for report in reports:
        lines += _wheel(report, verbose, notes or verbose)
    return "\n".join(lines)


def _wheel(report: WheelReport, verbose: bool, notes: bool) -> Iterator[str]:
    yield plain_line(f"{report.file}: {headline(report)}")
    shown = [f for f in report.findings if notes or f.severity != "note"]
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in shown:
        groups.setdefault((finding.id, finding.severity), []).append(finding)
    for found in groups.values():
        if len(found) == 1 or verbose:
            for finding in found:
                yield from finding_lines(finding)
        else:
            yield from _group(found)
    hidden = len(report.findings) - len(shown)
    if hidden:
        yield f"  {hidden} note{'s' if hidden > 1 else ''} not shown (-v shows them)"
    if verbose:
        for row in report.modules:
            yield plain_line(f"  {_module(row)}")


def headline(report: WheelReport) -> str:
    """Return "loads on NumPy 1.23 to 2.x; declares >=1.20; REFUSES 1.20.0 to 1.22.4"."""
    if report.error:
        return f"COULD NOT CHECK: {report.error}"
    parts = [_range(report.numpy)]
    if report.numpy.refused:
        admits = ", which its metadata admits" if report.numpy.declared is not None else ""
        parts.append(f"REFUSES {_series(report.numpy.refused)}{admits}")
    counts = {
        "error": sum(f.severity == "error" for f in report.findings),
        "could not check": sum(f.severity == "unchecked" for f in report.findings),
        "warning": sum(f.severity == "warning" for f in report.findings),
    }
    counted = [
        f"{n} {word}{'s' if n > 1 and word != 'could not check' else ''}"
        for word, n in counts.items()
        if n
    ]
    return "; ".join([*parts, ", ".join(counted) or "nothing found"])


def _range(numpy: NumpyRange) -> str:
    declared = _declares(numpy)
    loads = loads_on(numpy)
    if numpy.is_read and not numpy.is_used and numpy.declared is None:
        return loads
    return f"{loads}; {declared}"


def _declares(numpy: NumpyRange) -> str:
    if numpy.declared is None:
        return "metadata does not require NumPy"
    return f"declares {numpy.declared or 'numpy without a bound'}"


def loads_on(numpy: NumpyRange) -> str:
    """Return "loads on NumPy 1.23.2 to 2.x", or why that is not known."""
    if not numpy.is_read:
        return "could not read what it needs of NumPy"
    if not numpy.is_used:
        return "does not use the NumPy C-API"
    if not numpy.is_known:
        return "uses the NumPy C-API; no NumPy wheel is known for its tags"
    if numpy.floor is None:
        return "loads on NO NumPy that it admits"
    return f"loads on NumPy {numpy.floor} to {numpy.ceiling or 'an unknown release'}"


def _series(releases: tuple[str, ...]) -> str:
    """Return the first and last release of each major version."""
    majors: dict[int, list[str]] = {}
    for release in releases:
        majors.setdefault(table.key(release)[0], []).append(release)
    return " and ".join(
        rows[0] if len(rows) == 1 else f"{rows[0]} to {rows[-1]}" for rows in majors.values()
    )


def _group(found: list[Finding]) -> Iterator[str]:
    """Format the findings of one rule as one block."""
    yield f"  {_label(found[0])} {found[0].id}: {len(found)} times"
    for finding in found[:_SHOWN]:
        where = f"{finding.where}: " if finding.where else ""
        yield from _wrapped(f"{where}{finding.message}")
    if len(found) > _SHOWN:
        yield f"{_INDENT}and {len(found) - _SHOWN} more (-v shows all)"
    yield from _wrapped(f"fix: {found[0].fix}")


def _label(finding: Finding) -> str:
    return "could not check" if finding.severity == "unchecked" else finding.severity


def finding_lines(finding: Finding) -> Iterator[str]:
    """Yield the lines of one finding."""
    where = f" {finding.where}" if finding.where else ""
    yield plain_line(f"  {_label(finding)} {finding.id}{where}")
    yield from _wrapped(finding.message)
    if any(finding.symbols):
        more = f" and {len(finding.symbols) - 5} more" if len(finding.symbols) > 5 else ""
        yield from _wrapped("shown by: " + ", ".join(finding.symbols[:5]) + more)
    yield from _wrapped(f"fix: {finding.fix}")


def plain_line(text: str) -> str:
    """Return text as one line: CI systems execute commands at the beginning of a line."""
    return text.replace("\n", "\\n")


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=_INDENT,
        subsequent_indent=_INDENT,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _module(row: ModuleRow) -> str:
    facts = [row.binding]
    if row.api is not None:
        facts.append(f"C-API {row.api:#x} (NumPy {row.numpy or 'unknown'})")
    if row.epoch:
        facts.append(f"{row.epoch} headers")
    if row.cython_sizes:
        facts.append("sizes " + " ".join(f"{n}={s}" for n, s in sorted(row.cython_sizes.items())))
    if row.check == "unknown":
        facts.append("check at import unknown")
    return f"{row.path}: {', '.join(facts)}: {row.status}"
