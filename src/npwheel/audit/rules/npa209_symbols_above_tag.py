"""NPA209: symbols of a newer glibc or libstdc++ than the tag promises."""

from __future__ import annotations

from collections.abc import Iterator

from npwheel.audit import policies
from npwheel.audit.model import Finding, Rule
from npwheel.audit.subject import Subject
from npwheel.numpy_releases.table import key


def check(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """One finding for each file, with every symbol version that is too new."""
    found = [p for p in map(policies.policy_of, subject.platforms) if p and p[0] == "glibc"]
    if not found:
        return
    # Installers take the wheel by its lowest tag.
    release = min(found)[1]
    for module in subject.elf_modules:
        limits = policies.symbol_limits(release, module.machine)
        above = sorted(
            version
            for library, versions in module.verneed.items()
            if library not in subject.by_name
            for version in versions
            if _above(version, limits)
        )
        if above:
            tag = f"manylinux_{release[0]}_{release[1]}"
            most = ", ".join(
                f"{name} {limits[name]}"
                for name in ("GLIBC", "GLIBCXX", "CXXABI")
                if name in limits
            )
            yield rule.found(
                f"needs {', '.join(above)}; {tag} promises at most {most}",
                module.path,
                symbols=tuple(above),
            )


def _above(version: str, limits: dict[str, str]) -> bool:
    name, _, number = version.partition("_")
    return (
        name in ("GLIBC", "GLIBCXX", "CXXABI")
        and name in limits
        and number.replace(".", "").isdigit()
        and key(number) > key(limits[name])
    )


RULE = Rule(
    id="NPA209",
    title="symbols above the platform tag",
    severity="error",
    what=(
        "A library needs a newer glibc or libstdc++ than the wheel's lowest platform tag promises."
    ),
    why=(
        "Installers choose by the tag; on an older system the import then ends with `version "
        "`GLIBC_2.34' not found`. `npwheel audit --full` asks auditwheel, which names the symbols."
    ),
    fix="build in the image of that tag, or let `auditwheel repair` give the tag that is true",
    check=check,
    sources=("https://peps.python.org/pep-0600/",),
)
