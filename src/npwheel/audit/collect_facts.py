"""A source -> the facts that rules judge. Each library is read once, then let go."""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from npwheel import elf
from npwheel.audit import capi, isa, other_libraries
from npwheel.audit.budget import INFLATED, OVER, STEP, Budget, OverBudgetError
from npwheel.audit.capi import gil
from npwheel.audit.libraries import unreached
from npwheel.audit.subject import Module, Subject
from npwheel.core.tags import parse_platform
from npwheel.wheel import OpenedWheel, Unreadable, WheelMember, extension_modules
from npwheel.wheel.opened_wheel import ELF_MAGIC

_OPENBLAS = re.compile(rb"OpenBLAS (\d+\.\d+\.\d+[\w.]*)")
_LIBRARY = re.compile(r"\.so(\.\d[\w.-]*)?$")
_LOADS = re.compile(rb"CDLL|LoadLibrary|RTLD_GLOBAL|dlopen|LD_LIBRARY_PATH")
_MAX_CODE = 1 << 20  # bytes of a Python file
_BEFORE_NUMPY2 = re.compile(r"cp(2\d|3[0-8])")  # NumPy 2 needs Python 3.9
# Unpacking the next file while one is read costs its memory, so only where it is small.
AHEAD = 128 * 1024 * 1024
_WASM = b"\0asm"  # how libraries of WebAssembly begin
# What glibc has in librt.so.1 before 2.34, and in libc since.
_LIBRT = re.compile(
    r"(?:aio_(?:cancel|error|fsync|init|read|return|suspend|write)|lio_listio)(?:64)?"
    r"|mq_(?:close|getattr|notify|open|receive|send|setattr|timedreceive|timedsend|unlink)"
    r"|shm_(?:open|unlink)|timer_(?:create|delete|getoverrun|gettime|settime)"
)
_LIBRT_NAME = re.compile(rb"\0(?:aio|lio|mq|shm|timer)_")
_MODULE = 512  # steps that reading one file costs in any case
_MACHINES_OF_64 = ("x86_64", "aarch64", "ppc64", "ppc64le")
_HEAD = 24  # steps that reading its first bytes costs
Progress = Callable[[int, int], None]


def collect_facts(source: OpenedWheel, progress: Progress) -> Subject:
    """The facts of a wheel file or an installed distribution.

    progress is called with the bytes read and their total. What cannot be
    read is listed in the subject, never left out in silence.
    """
    tags = source.file_tags or source.metadata.wheel_tags
    old = bool(tags) and all(
        _BEFORE_NUMPY2.fullmatch(tag.interpreter) and tag.abi != "abi3" for tag in tags
    )
    modules: list[Module] = []
    unread: list[tuple[str, str]] = []
    budget = Budget(source.size)
    for_linux = not tags or any(t.platform == "any" or parse_platform(t.platform) for t in tags)
    free = any(tag.abi.endswith("t") for tag in tags)
    suspects = list(_suspects(source, for_linux, budget, unread))
    total, done = sum(member.size for member in suspects), 0
    altered: list[str] = []
    stated = {} if source.installed else source.metadata.hashes
    for member, content, digest in _contents(source, suspects, stated, budget):
        if digest != stated.get(member.path, digest):
            altered.append(member.path)
        if isinstance(content, Unreadable):
            unread.append((member.path, content.what))
        elif not for_linux and bytes(content[:4]).startswith(_WASM):
            pass  # NPA110 reports them all at once
        elif not for_linux and other_libraries.is_other(member.path, bytes(content[:4])):
            modules += (_dated(m, old) for m in other_libraries.read(member, content, budget))
        elif _LIBRARY.search(member.path) or not _is_object(content):
            modules.append(_dated(_module(member, content, budget, free), old))
        del content  # before the next is unpacked
        done += member.size
        progress(done, total)
    read = {member.path for member in suspects}
    others = [m for m in source.members if m.path in stated and m.path not in read]
    for member, content, digest in _contents(source, others, stated, budget):
        if isinstance(content, Unreadable):
            unread.append((member.path, content.what))
        elif digest != stated[member.path]:
            altered.append(member.path)
    return Subject(
        name=source.name,
        project=source.project,
        version=source.version,
        size=source.size,
        installed=source.installed,
        tags=tags,
        metadata=source.metadata,
        members={member.path: member.size for member in source.members},
        problems=source.problems,
        modules=tuple(modules),
        unread=tuple(unread),
        altered=tuple(sorted(altered)),
        loaders=_loaders(source, modules),
    )


def _loaders(source: OpenedWheel, modules: list[Module]) -> tuple[str, ...]:
    """Python files that load libraries by name; looked for where the loader finds one nowhere."""
    if not unreached(modules, (member.path for member in source.members)):
        return ()
    found = []
    for member in source.members:
        if member.path.endswith(".py") and member.size <= _MAX_CODE:
            with contextlib.suppress(Unreadable):
                if _LOADS.search(source.read(member)):
                    found.append(member.path)
    return tuple(found)


def _suspects(
    source: OpenedWheel, for_linux: bool, budget: Budget, unread: list[tuple[str, str]]
) -> Iterator[WheelMember]:
    """Members that are libraries, as many as may be unpacked."""
    for member in source.members:
        if not member.may_be_elf:
            continue
        try:
            budget.spend(_HEAD * STEP)
            # A library by its name is read in any case, so that a broken one is noticed.
            by_name = _LIBRARY.search(member.path) or (
                not for_linux and other_libraries.is_named(member.path)
            )
            if by_name or source.head(member) == ELF_MAGIC:
                budget.spend(member.size * INFLATED + _MODULE * STEP)
                yield member
        except OverBudgetError as error:
            unread.append((member.path, str(error)))
        except Unreadable as error:
            unread.append((member.path, error.what))


def _contents(
    source: OpenedWheel, members: list[WheelMember], hashes: Mapping[str, str], budget: Budget
) -> Iterator[tuple[WheelMember, Any, str]]:
    """Each member with its content, or the Unreadable, and its SHA-256 where RECORD has one.

    The next one is unpacked meanwhile.
    """

    def read(member: WheelMember) -> tuple[Any, str]:
        if budget.is_spent:
            return Unreadable(OVER), hashes.get(member.path, "")
        try:
            content = source.read(member)
        except Unreadable as error:
            return error, hashes.get(member.path, "")
        return content, hashlib.sha256(content).hexdigest() if member.path in hashes else ""

    # Unpacking leaves the interpreter's lock, so a second thread uses a second core.
    with ThreadPoolExecutor(1) as pool:
        ahead = None
        for index, member in enumerate(members):
            content, digest = ahead.result() if ahead else read(member)
            following = members[index + 1] if index + 1 < len(members) else None
            small = following is not None and following.size <= AHEAD
            ahead = pool.submit(read, following) if following and small else None
            yield member, content, digest
            del content


def _dated(module: Module, old: bool) -> Module:
    """Of old Pythons' modules, those whose epoch is known by a struct's size alone.

    A dtype of 88 bytes is that of NumPy 1.7 to 1.9 and of 2.x; only one of them had
    these Pythons.
    """
    use = module.numpy
    if old and use.epoch == "2.x" and use.api is None and use.sizes:
        return replace(module, numpy=replace(use, epoch="1.x"))
    return module


def _is_object(content: Any) -> bool:
    """Is it for other programs than the loader: an object file, debug data, code of a GPU?"""
    try:
        return not elf.read(content).load
    except elf.ElfError:
        return False


def _module(member: WheelMember, content: Any, budget: Budget, free: bool) -> Module:
    try:
        return _facts(member, content, budget, free)
    except elf.ElfError as error:
        return Module(member.path, member.size, damage=str(error))


def _facts(member: WheelMember, content: Any, budget: Budget, free: bool) -> Module:
    found = elf.read(content)
    _check_header(found)
    if found.truncated:
        return Module(
            member.path,
            member.size,
            found.machine,
            truncated=True,
            damage=f"cut short: {found.max_end} bytes expected, {len(content)} found",
        )
    needed = sum(map(len, found.verneed.values()))
    budget.spend((len(found.segments) + len(found.dynamic.tags) + needed) * STEP)
    image = capi.Image(found, budget)
    hooks = extension_modules.hooks(found)
    return Module(
        path=member.path,
        size=member.size,
        machine=found.machine,
        float_abi=_float_abi(found),
        is_extension=bool(hooks),
        needed=found.needed,
        soname=found.soname,
        rpath=found.rpath,
        runpath=found.runpath,
        verneed=found.verneed,
        exec_stack=found.exec_stack,
        textrel=found.dynamic.textrel,
        min_align=found.min_align,
        openblas=_openblas(image, member.path),
        isa=isa.used(image),
        numpy=capi.read(image),
        gil=gil.declared(image) if free else "",
        librt=_librt(image) if hooks else (),
    )


def _check_header(found: elf.Elf) -> None:
    """Raise ElfError for a file that no loader takes, as one whose headers were damaged."""
    expected = 64 if found.machine.endswith(_MACHINES_OF_64) else found.bits
    if found.bits != expected:
        raise elf.ElfError(
            f"its class is {found.bits} bits, expected {expected} for {found.machine}"
        )
    if not found.load:
        raise elf.ElfError("no loader maps it: it has no PT_LOAD segment")


def _librt(image: capi.Image) -> tuple[str, ...]:
    # Most modules have no such name at all, which is seen much faster than each symbol is read.
    if not _LIBRT_NAME.search(image.names):
        return ()
    return tuple(sorted(filter(_LIBRT.fullmatch, image.elf.undefined)))


def _float_abi(found: elf.Elf) -> str:
    if found.machine != "arm":
        return ""
    return "hard" if found.flags & 0x400 else "soft"


def _openblas(image: capi.Image, path: str) -> str:
    """The version of the OpenBLAS that a library of that name is, "" for others."""
    if "openblas" not in path.rsplit("/", 1)[-1].lower():
        return ""
    for offset, _ in image.find(b"OpenBLAS 0."):
        match = _OPENBLAS.match(image.text(offset))
        if match:
            return match[1].decode("ascii", "replace")
    return ""
