"""What is asked of pyproject.toml: from facts to the settings that are missing, and advice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from npwheel.core.requirements import admits_python
from npwheel.core.targets import Target
from npwheel.init.ci import AUDITS_FROM
from npwheel.init.facts import Facts, advice_data
from npwheel.init.floor import reaches, target_macro
from npwheel.init.source import InstallSource
from npwheel.numpy_releases import table

HEADERS = "numpy>=2.0"  # wheels built with 1.x headers do not load on NumPy 2
ABI3_AUDIT = "abi3audit --strict --report {abi3_wheel}"  # cibuildwheel's own default
OUR_AUDIT = "npwheel audit {wheel}"
ABI3T_BUILDS = "cp315-* cp315t-*"
ABI3T_MACRO = "NPY_2_5_API_VERSION"  # the first that can be compiled for abi3t
# cibuildwheel 4 builds from this Python on; its free-threaded 3.13 is an experiment.
_OLDEST, _LEFT_OUT = "3.9", {"3.13t"}


@dataclass(frozen=True)
class Settings:
    """What pyproject.toml should have. Empty means: leave it alone.

    build_requires: to add to [build-system] requires; drop: names to take out of it.
    macro: the value of NPY_TARGET_VERSION; skip: builds for which there is no NumPy.
    new_build_system: its requirements where there is none. test_command: imports the package.
    audit: the requirement that has the audit, "" for no hook; abi3audit: run that too, as
    cibuildwheel does by default. abi3t_macro: NPY_TARGET_VERSION of the builds for abi3t.
    update: take out what cibuildwheel 4 refuses.
    reasons: setting -> why, written above it. advice: what only a person can change.
    """

    build_requires: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    new_build_system: tuple[str, ...] = ()
    macro: str = ""
    skip: tuple[str, ...] = ()
    test_command: str = ""
    audit: str = ""
    abi3audit: bool = True
    abi3t_macro: str = ""
    update: bool = True
    reasons: dict[str, str] = field(default_factory=dict)
    advice: tuple[str, ...] = ()


def wanted(facts: Facts, targets: Sequence[Target], source: InstallSource) -> Settings:
    """The settings that a project lacks, and the advice; what it says itself is left alone.

    source: where npwheel can be installed from.
    """
    advice: list[str] = []
    reasons: dict[str, str] = {}
    add, drop, fresh = _build_requirements(facts, advice)
    macro, test, skip = "", "", _skip(facts, targets, reasons, advice)
    if facts.uses_numpy:
        macro = _macro(facts, targets, add or fresh, reasons, advice)
        if macro and "environment" in facts.ci.options:
            advice.append(
                "CI sets CIBW_ENVIRONMENT, which wins over pyproject.toml: add "
                f"-DNPY_TARGET_VERSION={macro} to CFLAGS and CXXFLAGS there "
                f"({reasons.pop('environment')})"
            )
            macro = ""
        if not facts.declares_numpy:
            advice.append(
                "[project] dependencies does not name numpy, though the extension needs it: "
                "users would get no NumPy, or any"
            )
    if facts.packages and not facts.tests_itself and not facts.ci.config:
        test = f'python -c "import {", ".join(facts.packages)}"'
    elif not facts.tests_itself and not facts.ci.config:
        advice.append("no test-command is set: name one that shows that the wheel works")
    if facts.fortran:
        advice.append(
            "Fortran sources: the official musllinux images have no gfortran; "
            "let before-all install it there (apk add gfortran)"
        )
    advice += _free_threaded(facts)
    own = bool(facts.ci.config)
    audit = source.requirement if _audits(facts, source, advice) else ""
    abi3t = facts.abi3t and not facts.target_set_in
    if own:
        advice.append(_elsewhere(facts, macro, skip, audit))
    return Settings(
        add,
        drop,
        fresh,
        "" if own else macro,
        () if own else skip,
        test,
        audit="" if own else audit,
        abi3audit=facts.abi3 and not facts.abi3t,
        abi3t_macro=ABI3T_MACRO if abi3t and not own else "",
        update=not facts.ci.is_old and not own,
        reasons=reasons,
        advice=tuple(advice),
    )


def _elsewhere(facts: Facts, macro: str, skip: Sequence[str], audit: str) -> str:
    """What a configuration file of cibuildwheel should say, since pyproject.toml is not read."""
    found = []
    if macro:
        found.append(f"-DNPY_TARGET_VERSION={macro} in CFLAGS and CXXFLAGS of its environment")
    if skip:
        found.append(f"skip {' '.join(skip)}")
    if audit:
        found.append(f"audit-command `{OUR_AUDIT}` and audit-requires `{audit}` for Linux")
    advice = f"; add there: {', '.join(found)}" if found else ""
    return (
        f"CI has cibuildwheel read {facts.ci.config}, so [tool.cibuildwheel] of pyproject.toml "
        f"would have no effect and is left alone{advice}"
    )


def _free_threaded(facts: Facts) -> list[str]:
    """Which builds of a stable-ABI project a free-threaded Python can and cannot use."""
    if not facts.abi3 or facts.abi3t:
        return []
    tools = advice_data()["abi3t"]
    lacking = [tools[name] for name in tools if _uses_tool(facts, name)]
    if lacking:
        return [f"no abi3t build is written: {'; '.join(lacking)}"]
    return [
        "one wheel can serve 3.15 and free-threaded 3.15: build cp315 with Py_TARGET_ABI3T and "
        f"NPY_TARGET_VERSION={ABI3T_MACRO}; free-threaded 3.14 needs a cp314t wheel of its own, "
        "without the stable ABI"
    ]


def _uses_tool(facts: Facts, name: str) -> bool:
    known = facts.builds_with(name.lower()) is not None
    return known or name in facts.setup_imports or (name == "Cython" and facts.cython)


def _audits(facts: Facts, source: InstallSource, advice: list[str]) -> bool:
    """May the audit be cibuildwheel's? Else how it is run."""
    ci = facts.ci
    if ci.builds and not source.available:
        advice.append(f"no audit is added to the builds of {ci.builds}: {source.why}")
        return False
    if "audit-command" in ci.options:
        advice.append(
            "CI sets CIBW_AUDIT_COMMAND, which wins over pyproject.toml: add "
            f"`{OUR_AUDIT}` there, for Linux"
        )
        return False
    if ci.can_audit:
        return True
    found = f"has cibuildwheel {ci.version}" if ci.version else "does not name its cibuildwheel"
    advice.append(
        f"{ci.version_in or ci.builds} {found}, and audit-command exists since {AUDITS_FROM}: "
        "raise it and run npwheel init again, or add a step `npwheel audit wheelhouse` for Linux"
    )
    return False


def _build_requirements(
    facts: Facts, advice: list[str]
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """(to add, to drop, the whole list where there is no [build-system])."""
    needs_numpy = facts.uses_numpy or "numpy" in facts.setup_imports
    if facts.build_system is None:
        fresh = ["setuptools>=64"]
        fresh += ["Cython>=3.0"] if facts.cython or "Cython" in facts.setup_imports else []
        fresh += ["pybind11>=2.12"] if "pybind11" in facts.setup_imports else []
        fresh += [HEADERS] if needs_numpy else []
        return (), (), tuple(fresh)
    if not needs_numpy:
        return (), (), ()
    if facts.builds_with("oldest-supported-numpy"):
        both = facts.builds_with("numpy")
        return (() if both else (HEADERS,)), ("oldest-supported-numpy",), ()
    own = facts.builds_with("numpy")
    if own is None:
        return (HEADERS,), (), ()
    if not _admits_headers_2(own):
        advice.append(
            f"[build-system] requires `{own}`: a wheel built so does not load on NumPy 2; "
            f"`{HEADERS}` builds wheels that load on 1.x and 2.x alike"
        )
    return (), (), ()


def _admits_headers_2(requirement: Requirement) -> bool:
    releases = (r for r in table.DATA["wheels"]["glibc x86_64"] if Version(r).major >= 2)
    return any(requirement.specifier.contains(release) for release in releases)


def _macro(
    facts: Facts,
    targets: Sequence[Target],
    added: Sequence[str],
    reasons: dict[str, str],
    advice: list[str],
) -> str:
    """NPY_TARGET_VERSION where it is needed and not set; else "" and perhaps advice."""
    if facts.target_set_in:
        return ""
    own = facts.builds_with("numpy")
    build = own.specifier if own else SpecifierSet()
    if any(Requirement(text).name == "numpy" for text in added):
        build = Requirement(HEADERS).specifier
    found, _ = reaches(_pythons(facts), targets, facts.project.numpy, build)
    macro, why = target_macro(found, abi3=facts.abi3, abi3_from=facts.abi3_from)
    if macro:
        reasons["environment"] = why
        define = advice_data()["define"][facts.backend].format(macro=macro)
        advice.append(f"for builds without cibuildwheel set it in the project: {define}")
    else:
        advice.append(f"NPY_TARGET_VERSION is not needed: {why}")
    return macro


def _skip(
    facts: Facts, targets: Sequence[Target], reasons: dict[str, str], advice: list[str]
) -> tuple[str, ...]:
    """Builds for which no NumPy that the project admits has a wheel."""
    bound = facts.project.numpy
    if not bound or facts.says("skip"):
        return ()
    pythons = _pythons(facts)
    _, without = reaches(pythons, targets, bound, SpecifierSet())
    if not without:
        return ()
    identifiers: list[str] = []
    everywhere = set.intersection(*(set(without.get(t.name, ())) for t in targets))
    for python in pythons:
        tag = "cp" + python.replace(".", "")
        if python in everywhere:
            identifiers.append(f"{tag}-*")
            advice.append(
                f"requires-python admits {python}, but no numpy{bound} has a wheel for it"
            )
        else:
            lacking = [name for name, found in without.items() if python in found]
            identifiers += [f"{tag}-{name}" for name in lacking]
    reasons["skip"] = f"no numpy{bound} has a wheel there"
    return tuple(identifiers)


def _pythons(facts: Facts) -> list[str]:
    """The Pythons that cibuildwheel would build for, as far as requires-python tells."""
    return [
        python
        for python in table.pythons()
        if python not in _LEFT_OUT
        and table.key(python.rstrip("t")) >= table.key(_OLDEST)
        and admits_python(facts.project.requires_python, python)
    ]
