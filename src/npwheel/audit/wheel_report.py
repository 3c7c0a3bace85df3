"""Subject -> report: the rules are run, the range on NumPy is summed up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from npwheel.audit.capi import NumpyUse
from npwheel.audit.model import Finding, ModuleRow, NumpyRange, Rule, WheelReport
from npwheel.audit.numpy_verdicts import baked
from npwheel.audit.other_systems import READ, other_systems
from npwheel.audit.subject import Module, Subject
from npwheel.numpy_releases import table

UNKNOWN = NumpyRange(None, None, None, "", (), is_used=False)
_BOUNDS = 2  # different ones that are shown
_ORDER = {"error": 0, "unchecked": 1, "warning": 2, "note": 3}


def report_on(
    subject: Subject, rules: Iterable[Rule], extra: Iterable[Finding] = ()
) -> WheelReport:
    """The report on one wheel; `extra` are findings of other tools."""
    findings = [finding for rule in rules for finding in rule.check(rule, subject)]
    findings += extra
    findings.sort(key=lambda f: (_ORDER[f.severity], f.id, f.where))
    return WheelReport(subject.name, numpy_range(subject), tuple(rows(subject)), tuple(findings))


def numpy_range(subject: Subject) -> NumpyRange:
    """On which NumPy the wheel loads; over all environments that its tags admit."""
    uses = [m.numpy for m in subject.modules if m.numpy.binding != "none"]
    said = _declared([v.declared for v in subject.verdicts if v.declared is not None])
    if not uses:
        is_read = not subject.unclear and set(other_systems(subject)) <= set(READ)
        return NumpyRange(None, None, said, "", (), is_used=False, is_read=is_read)
    loads = {release for v in subject.verdicts for release in v.loads}
    refused = {release for v in subject.verdicts for release in v.refused}
    if any(use.unread and use.epoch is None for use in uses):
        ceiling = None
    else:
        ceiling = "1.x" if any(use.epoch == "1.x" for use in uses) else "2.x"
    return NumpyRange(
        floor=min(loads, key=table.key, default=None),
        ceiling=ceiling if loads else None,
        declared=said,
        baked=baked(uses),
        refused=tuple(sorted(refused, key=table.key)),
        is_known=any(v.available for v in subject.verdicts),
    )


def _declared(bounds: Iterable[SpecifierSet]) -> str | None:
    """The bounds of all environments, each once and without what another part implies."""
    found = list(dict.fromkeys(_shortest(bound) for bound in bounds))
    if len(found) > _BOUNDS:
        return f"{found[0]} to {found[-1]} ({len(found)} bounds, by Python)"
    return " or ".join(found) if found else None


def _shortest(bound: SpecifierSet) -> str:
    """A bound with its highest `>=` and lowest `<` alone."""
    lower = [s for s in bound if s.operator == ">="]
    upper = [s for s in bound if s.operator == "<"]
    kept = [s for s in bound if s.operator not in (">=", "<")]
    kept += [max(lower, key=lambda s: Version(s.version))] if lower else []
    kept += [min(upper, key=lambda s: Version(s.version))] if upper else []
    return ",".join(sorted(map(str, kept), reverse=True))


def rows(subject: Subject) -> Iterable[ModuleRow]:
    """Each module that binds NumPy, is an extension, or could not be read."""
    refusing = {path for v in subject.verdicts for r in v.refused for path in v.refusals[r]}
    outlying = {path for v in subject.verdicts for r in v.outliers for path in v.refusals[r]}
    libraries = _libraries(subject)
    for module in sorted(subject.modules, key=lambda m: m.path):
        behind = _behind(module, libraries)
        # Whether it comes by the library's check cannot be shown.
        use = replace(behind.numpy, at_import=False) if behind else module.numpy
        if module.is_extension or use.binding != "none" or module.damage:
            status = _status(behind or module, refusing, outlying)
            yield ModuleRow(
                path=module.path,
                binding=use.binding,
                api=use.api,
                numpy=table.release_of_api(use.api) if use.api is not None else "",
                epoch=use.epoch,
                cython_sizes=dict(use.sizes),
                check=_check(use),
                status=f"{status}, through {behind.path}" if behind else status,
            )


def _libraries(subject: Subject) -> dict[str, Module]:
    """Name -> library of the wheel that holds a check for the modules that need it.

    So pyarrow: all its modules get NumPy's C-API from libarrow_python.so.
    """
    shared = [m for m in subject.modules if m.numpy.binding != "none" and not m.is_extension]
    return {name: m for m in shared for name in (m.file, m.soname) if name}


def _behind(module: Module, libraries: dict[str, Module]) -> Module | None:
    """The library through which an extension module binds NumPy that holds no check itself."""
    if not module.is_extension or module.damage or module.numpy.binding != "none":
        return None
    return next((libraries[name] for name in module.needed if name in libraries), None)


def _check(use: NumpyUse) -> str:
    """When the check is made. Whether its error is swallowed cannot be seen in a file."""
    if not use.checks and not use.unread:
        return "none"
    return "import" if use.at_import else "unknown"


def _status(module: Module, refusing: set[str], outlying: set[str]) -> str:
    if module.damage or module.numpy.unread:
        return f"could not read: {module.damage or module.numpy.unread}"
    if module.path in refusing:
        return "refuses an admitted NumPy"
    if module.path in outlying:
        return "alone refuses an admitted NumPy"
    return "ok" if module.numpy.binding != "none" else "does not bind NumPy"
