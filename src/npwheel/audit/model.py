"""What a rule is and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from npwheel.audit.subject import Subject

Severity = Literal["error", "warning", "note", "unchecked"]


@dataclass(frozen=True)
class Finding:
    """One thing found in one wheel.

    where: a member's path, or empty for the wheel as a whole. message: what, with
    expected and found. fix: what the wheel's maker, or its user, does about it.
    symbols: what shows it, where there is something to name.
    """

    id: str
    severity: Severity
    where: str
    message: str
    fix: str
    symbols: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rule:
    """A rule's declared metadata; its page is made of it.

    id: stable, "NPA" and three digits. severity: what it mostly gives; "unchecked"
    is never "fine" and gives exit code 3. what, why, fix: the page's paragraphs.
    sources: issues or documents.
    """

    id: str
    title: str
    severity: Severity
    what: str
    why: str
    fix: str
    check: Callable[[Rule, Subject], Iterator[Finding]]
    sources: tuple[str, ...] = ()

    def found(
        self,
        message: str,
        where: str = "",
        severity: Severity | None = None,
        fix: str = "",
        symbols: tuple[str, ...] = (),
    ) -> Finding:
        """A finding of this rule, with the rule's severity and fix unless others are given."""
        return Finding(self.id, severity or self.severity, where, message, fix or self.fix, symbols)


@dataclass(frozen=True)
class ModuleRow:
    """A module as reports show it."""

    path: str
    binding: str
    api: int | None
    numpy: str
    epoch: str | None
    cython_sizes: Mapping[str, int]
    check: str
    status: str


@dataclass(frozen=True)
class NumpyRange:
    """On which NumPy a wheel loads, and what its metadata declares.

    floor: the lowest release that is admitted, exists and loads; ceiling: "1.x" or
    "2.x", the series it loads on; both None where nothing binds NumPy or nothing
    loads. declared: the specifier, None where NumPy is not required. baked: the
    release that the modules were built for, "" where they say none.
    refused: the releases that installers would choose and the wheel refuses.
    is_used: does any module use the C-API? is_known: are there NumPy wheels for its tags?
    is_read: False where no module uses it, but not all could be read.
    """

    floor: str | None
    ceiling: str | None
    declared: str | None
    baked: str
    refused: tuple[str, ...]
    is_used: bool = True
    is_known: bool = True
    is_read: bool = True


@dataclass(frozen=True)
class WheelReport:
    """The audit of one wheel. error: why it could not be read at all, else empty."""

    file: str
    numpy: NumpyRange
    modules: tuple[ModuleRow, ...] = ()
    findings: tuple[Finding, ...] = ()
    error: str = ""

    @property
    def unchecked(self) -> bool:
        """True where something could not be checked."""
        return bool(self.error) or any(f.severity == "unchecked" for f in self.findings)

    def failed(self, strict: bool) -> bool:
        """True where there is an error; with `strict` also a warning."""
        bad = {"error", "warning"} if strict else {"error"}
        return any(f.severity in bad for f in self.findings)
