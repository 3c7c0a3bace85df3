"""Libraries of Windows and macOS -> what they show of NumPy."""

from __future__ import annotations

from typing import Any

from npwheel import macho, pe
from npwheel.audit import capi
from npwheel.audit.budget import STEP, Budget
from npwheel.audit.subject import Module
from npwheel.elf import ElfError
from npwheel.wheel import WheelMember

SUFFIXES = (".pyd", ".dll", ".dylib", ".so")  # Linux has the last one too
_HEADERS = 16 * STEP  # what reading the headers costs
# PE and Mach-O machines as in platform tags of their systems.
_WINDOWS = {"x86_64": "amd64", "aarch64": "arm64", "i686": "x86"}


def is_named(path: str) -> bool:
    """Is it a library of Windows or macOS by its name?"""
    return path.lower().endswith(SUFFIXES)


def is_other(path: str, head: bytes) -> bool:
    """Is it to be read here: such a name alone, or the first bytes of such a file?"""
    native = head.startswith(pe.PE_MAGIC) or head in macho.MACHO_MAGICS
    return native or path.lower().endswith(SUFFIXES[:-1])


def read(member: WheelMember, content: Any, budget: Budget) -> list[Module]:
    """Return the facts of a library; of a universal one, those of each machine's part."""
    form = "PE" if bytes(content[:2]) == pe.PE_MAGIC else "Mach-O"
    try:
        budget.spend(_HEADERS)
        if form == "PE":
            return [_module(member, form, content, pe.read(content), budget)]
        parts = macho.read(content)
        return [_module(member, form, content, part, budget) for part in parts]
    except (pe.PeError, macho.MachoError, ElfError) as error:
        return [Module(member.path, member.size, form=form, damage=str(error))]


def _module(
    member: WheelMember,
    form: str,
    content: Any,
    found: pe.PeFile | macho.MachoFile,
    budget: Budget,
) -> Module:
    image = capi.OtherImage(content, found, budget)
    machine = _WINDOWS[found.machine] if form == "PE" else found.machine
    return Module(
        path=member.path,
        size=member.size,
        machine=machine,
        form=form,
        is_extension=member.path.lower().endswith((".pyd", ".so")),
        numpy=capi.read(image),
    )
