"""NPA201: segments that cannot be mapped with larger pages."""

from __future__ import annotations

from collections.abc import Iterator

from npwheel.audit.model import Finding, Rule
from npwheel.audit.subject import Subject

PAGE = 0x10000  # bytes: the largest pages that Linux on aarch64 can be built with
_MACHINES = ("aarch64",)


def check(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """One finding for each such file."""
    for module in subject.elf_modules:
        if module.machine in _MACHINES and 0 < module.min_align < PAGE:
            yield rule.found(
                f"PT_LOAD is aligned to {module.min_align // 1024} KiB, expected 64 KiB: it does "
                f"not load where pages are larger than that",
                module.path,
            )


RULE = Rule(
    id="NPA201",
    title="page alignment below 64 KiB on aarch64",
    severity="error",
    what="A library's segments are aligned to less than 64 KiB, the largest page of aarch64 Linux.",
    why=(
        "The kernel can only map segments at multiples of its page. A Raspberry Pi 5 runs with 16 "
        "KiB pages, some servers with 64 KiB: there the loader says `ELF load command "
        "address/offset "
        "not page-aligned`. patchelf before 0.18, or a linker with max-page-size=4096, makes such "
        "files."
    ),
    fix="link with -Wl,-z,max-page-size=65536; with patchelf use `--page-size 65536`",
    check=check,
    sources=("raspberrypi/bookworm-feedback#107",),
)
