"""A source -> the facts that rules judge. Each ELF file is read once, then let go."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from npwheel import elf
from npwheel.audit import capi, isa
from npwheel.audit.subject import Module, Subject
from npwheel.wheel import Member, Source, Unreadable, extension_modules
from npwheel.wheel.source import ELF_MAGIC

_OPENBLAS = re.compile(rb"OpenBLAS (\d+\.\d+\.\d+[\w.]*)")
_LIBRARY = re.compile(r"\.so(\.\d[\w.-]*)?$")
_BEFORE_NUMPY2 = re.compile(r"cp(2\d|3[0-8])")  # NumPy 2 needs Python 3.9
# Unpacking the next file while one is read costs its memory, so only where it is small.
AHEAD = 128 * 1024 * 1024
# All that is unpacked of one wheel, in bytes: a minute's work. The largest real wheels
# have under 6 GB; what lies beyond is told as unread.
MOST = 16 * 1024**3
Progress = Callable[[int, int], None]


def gather(source: Source, progress: Progress) -> Subject:
    """The facts of a wheel file or an installed distribution.

    progress is told how many bytes of how many have been read. What cannot be
    read is listed in the subject, never left out in silence.
    """
    tags = source.file_tags or source.metadata.wheel_tags
    old = bool(tags) and all(
        _BEFORE_NUMPY2.fullmatch(tag.interpreter) and tag.abi != "abi3" for tag in tags
    )
    modules: list[Module] = []
    unread: list[tuple[str, str]] = []
    suspects = list(_suspects(source, unread))
    total, done = sum(member.size for member in suspects), 0
    for member, content in _contents(source, suspects):
        if isinstance(content, Unreadable):
            unread.append((member.path, content.what))
        else:
            modules.append(_dated(_module(member, content), old))
        del content  # before the next is unpacked
        done += member.size
        progress(done, total)
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
    )


def _suspects(source: Source, unread: list[tuple[str, str]]) -> Iterator[Member]:
    """Members that are ELF files, as many as may be unpacked."""
    left = MOST
    for member in source.members:
        if not member.may_be_elf:
            continue
        if member.size > left:
            unread.append((member.path, f"the wheel unpacks to more than {MOST} bytes"))
            continue
        try:
            # A library by its name is read in any case, so that a broken one is noticed.
            if _LIBRARY.search(member.path) or source.head(member) == ELF_MAGIC:
                left -= member.size
                yield member
        except Unreadable as error:
            unread.append((member.path, error.what))


def _contents(source: Source, members: list[Member]) -> Iterator[tuple[Member, Any]]:
    """Each member with its content, or the Unreadable; the next is unpacked meanwhile."""

    def read(member: Member) -> Any:
        try:
            return source.read(member)
        except Unreadable as error:
            return error

    # Unpacking leaves the interpreter's lock, so a second thread uses a second core.
    with ThreadPoolExecutor(1) as pool:
        ahead = None
        for index, member in enumerate(members):
            content = ahead.result() if ahead else read(member)
            following = members[index + 1] if index + 1 < len(members) else None
            small = following is not None and following.size <= AHEAD
            ahead = pool.submit(read, following) if following and small else None
            yield member, content
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


def _module(member: Member, content: Any) -> Module:
    try:
        return _facts(member, content)
    except elf.ElfError as error:
        return Module(member.path, member.size, damage=str(error))


def _facts(member: Member, content: Any) -> Module:
    found = elf.read(content)
    if found.truncated:
        return Module(
            member.path, member.size, found.machine, truncated=True,
            damage=f"cut short: {found.max_end} bytes expected, {len(content)} found",
        )  # fmt: skip
    image = capi.Image(found)
    return Module(
        path=member.path,
        size=member.size,
        machine=found.machine,
        float_abi=_float_abi(found),
        is_extension=bool(extension_modules.hooks(found)),
        needed=found.needed,
        soname=found.soname,
        search=found.rpath + found.runpath,
        verneed=found.verneed,
        exec_stack=found.exec_stack,
        textrel=found.dynamic.textrel,
        min_align=found.min_align,
        openblas=_openblas(image, member.path),
        isa=isa.used(image),
        numpy=capi.read(image),
    )


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
