"""NPA301: libraries of another machine than the tag's."""

from __future__ import annotations

from collections.abc import Iterator

from npwheel.audit.model import Finding, Rule
from npwheel.audit.subject import Subject
from npwheel.core.tags import fits_machine, parse_other_platform, parse_platform


def check(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """One finding for each file of a machine that no tag names."""
    promised = {p.arch for p in map(parse_platform, subject.platforms) if p}
    if "any" in subject.platforms and any(m.is_extension for m in subject.elf_modules):
        first = next(m for m in subject.elf_modules if m.is_extension)
        yield rule.found(
            f"an extension module for {first.machine}, the tag promises any platform", first.path
        )
    yield from _of_other_systems(rule, subject)
    if not promised:
        return
    for module in subject.elf_modules:
        if module.machine and not any(fits_machine(module.machine, arch) for arch in promised):
            # What the package's own code opens by name may be for several machines.
            severity = "error" if module.is_extension or module.vendored else "warning"
            yield rule.found(
                f"is for {module.machine}, the tag promises {', '.join(sorted(promised))}",
                module.path,
                severity,  # type: ignore[arg-type]
            )


def _of_other_systems(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """Extension modules for Windows or macOS that lack a machine of the tags."""
    others = filter(None, map(parse_other_platform, subject.platforms))
    promised = {machine for _, machines in others for machine in machines} - {"i386"}
    machines: dict[str, set[str]] = {}
    for module in subject.modules:
        if module.form != "ELF" and module.is_extension and module.machine:
            machines.setdefault(module.path, set()).add(module.machine)
    for path, found in machines.items():
        if promised - found:
            yield rule.found(
                f"is for {', '.join(sorted(found))}, "
                f"the tag promises {', '.join(sorted(promised))}",
                path,
            )


RULE = Rule(
    id="NPA301",
    title="another machine than the tag's",
    severity="error",
    what="An ELF file is for another machine than the platform tag names.",
    why=(
        "It does not load there: `cannot open shared object file`, `wrong ELF class` or "
        "`invalid ELF header`."
    ),
    fix="build on, or cross-compile for, the machine of the tag; check what was packed",
    check=check,
    sources=("https://packaging.python.org/en/latest/specifications/platform-compatibility-tags/",),
)
