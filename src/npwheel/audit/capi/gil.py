"""Does a module declare that it runs without the GIL? Read from its slots (Py_mod_gil).

Where a free-threaded Python imports a module that does not declare it, it enables the GIL for
the whole process. Slots that are written by code, and what is not found, are "unknown".
"""

from __future__ import annotations

from collections.abc import Iterator

from npwheel.audit.budget import CODE, STEP
from npwheel.audit.capi.entry import Functions, formed
from npwheel.audit.capi.image import Image
from npwheel.audit.capi.reach import called
from npwheel.elf import ElfError
from npwheel.elf.dynamic import offset_of
from npwheel.wheel import extension_modules

OFF, ON, AT_RUN_TIME, UNKNOWN = "off", "on", "at run time", ""
_ABSENT = "no slot"  # nothing is declared, which is ON unless code declares it
# Of PyModuleDef in free-threaded builds, whose object header has 32 bytes.
_NAME, _SLOTS = 56, 88
_GIL, _GIL_315 = 4, 87  # Py_mod_gil; its number where the limited API is that of 3.15
_NOT_USED, _USED = 1, 0
_RECORD, _MAX_RECORDS, _HIGHEST_ID = 16, 32, 128
_BODY = 4096  # bytes of a function that are followed
_CALLEES = 16


def declared(image: Image) -> str:
    """Return OFF, ON, AT_RUN_TIME or UNKNOWN for a free-threaded module."""
    if image.machine not in ("x86_64", "aarch64") or image.bits != 64:
        return UNKNOWN
    hooks = extension_modules.hooks(image.elf)
    undefined = image.elf.undefined
    if not hooks:
        return UNKNOWN
    at_run_time = "PyUnstable_Module_SetGIL" in undefined
    functions = Functions(image)
    if not functions.starts:
        return AT_RUN_TIME if at_run_time else UNKNOWN
    one_phase = "PyModule_Create2" in undefined and "PyModuleDef_Init" not in undefined
    found: set[str] = set()
    for hook in hooks:
        for data in _formed(image, functions, hook.address):
            if hook.kind == "export":
                found.add(_of_slots(image, functions, data, exported=True))
            else:
                found.add(_of_definition(image, functions, data, one_phase))
    found.discard(UNKNOWN)
    if at_run_time and found in (set(), {_ABSENT}):
        return AT_RUN_TIME
    outcomes = {ON if outcome == _ABSENT else outcome for outcome in found}
    return outcomes.pop() if len(outcomes) == 1 else UNKNOWN


def _formed(image: Image, functions: Functions, entry: int) -> set[int]:
    """Addresses that a function and those that it calls directly form."""
    addresses: set[int] = set()
    queue = [entry]
    for address in queue[:]:
        code = _code(image, functions, address)
        queue += [t for t in called(image, code, address) if functions.body(t)[1]][:_CALLEES]
    for address in dict.fromkeys(queue):
        addresses.update(formed(image, _code(image, functions, address), address))
    return addresses


def _code(image: Image, functions: Functions, address: int) -> bytes:
    offset, size = functions.body(address)
    size = min(size, _BODY)
    image.budget.spend(size * CODE)
    return bytes(image.data[offset : offset + size])


def _of_definition(image: Image, functions: Functions, data: int, one_phase: bool) -> str:
    """What a PyModuleDef at an address declares; UNKNOWN where none is there."""
    name = functions.pointer(data + _NAME)
    if not name or not _is_name(image, name):
        return UNKNOWN
    slots = functions.pointer(data + _SLOTS)
    if slots:
        return _of_slots(image, functions, slots, exported=False)
    return _ABSENT if one_phase else UNKNOWN


def _is_name(image: Image, address: int) -> bool:
    try:
        place = offset_of(image.elf.segments, address)
    except ElfError:
        return False
    text = image.text(place, 256)
    return bool(text) and text.replace(b".", b"").replace(b"_", b"").isalnum()


def _of_slots(image: Image, functions: Functions, slots: int, *, exported: bool) -> str:
    """What an array of slots declares; UNKNOWN where no array of slots is there.

    exported: of PyModExport_…, {u16 id, u16 flags, u32 0, u64 value}; else {int id, u64 value}.
    """
    ids: list[int] = []
    for number, value in _records(image, functions, slots):
        if number in (_GIL, _GIL_315):
            return {_NOT_USED: OFF, _USED: ON}.get(value, UNKNOWN)
        ids.append(number)
    # A list that ends is one of slots; without any it may be filled by code.
    ends = len(ids) > 1 and ids[-1] == 0
    return _ABSENT if ends and not exported else UNKNOWN


def _records(image: Image, functions: Functions, slots: int) -> Iterator[tuple[int, int]]:
    """(id, value) of each record up to the one that ends them; fewer where they are no slots."""
    for at in range(slots, slots + _MAX_RECORDS * _RECORD, _RECORD):
        image.budget.spend(STEP)
        try:
            place = offset_of(image.elf.segments, at)
        except ElfError:
            return
        record = bytes(image.data[place : place + _RECORD])
        number = int.from_bytes(record[:2], "little")
        if len(record) < _RECORD or number > _HIGHEST_ID or any(record[4:8]):
            return
        relocated = functions.pointer(at + 8)
        yield number, -1 if relocated else int.from_bytes(record[8:], "little")
        if number == 0:
            return
