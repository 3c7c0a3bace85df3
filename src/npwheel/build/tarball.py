"""The members of a tar archive that is not trusted, read one after the other.

Python's tarfile reads extended headers of any size into memory, follows a negative size
for ever in some releases, and takes any number as a time. What sdists are made of is read
here (ustar, pax and GNU long names); everything else is refused.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

BLOCK = 512
PIECE = 1 << 16
MAX_EXTENDED = 1 << 16  # bytes of one extended header: a path is 4096 at most
MAX_TIME = 1 << 33  # seconds; what is later is no file's time
_FILES, _FOLDER, _HARD, _SYMBOLIC = b"0\0" + b"7", b"5", b"1", b"2"
_PAX, _GLOBAL, _LONG_NAME, _LONG_LINK = b"x", b"g", b"L", b"K"


class Stream(Protocol):
    """What is read from."""

    def read(self, size: int, /) -> bytes:
        """Read that many bytes, fewer only at the end."""
        ...


@dataclass(frozen=True)
class Member:
    """One member. kind: "file", "folder", "hard link" or "symbolic link"."""

    name: str
    kind: str
    size: int
    target: str  # of a link
    mtime: float
    executable: bool


class Tarball:
    """The members of an unpacked stream, in their order; each is read before the next."""

    def __init__(self, stream: Stream, limit: int) -> None:
        self._stream = stream
        self._left = limit  # bytes that may still be unpacked
        self._unread = 0  # bytes of the member that nobody has read yet
        self._padding = 0

    def __iter__(self) -> Iterator[Member | None]:
        """Each member; None for a header that only extends the next one. Raises ValueError."""
        fields: dict[str, str] = {}
        while header := self._header():
            kind, size = header[156:157], _number(header[124:136])
            if kind in (_PAX, _GLOBAL, _LONG_NAME, _LONG_LINK):
                content = self._extended(size)
                if kind == _LONG_NAME:
                    fields["path"] = _text(content)
                elif kind == _LONG_LINK:
                    fields["linkpath"] = _text(content)
                elif kind == _PAX:
                    fields.update(_records(content))
                yield None
                continue
            member = _member(header, kind, size, fields)
            fields = {}
            self._unread = member.size
            self._padding = -member.size % BLOCK
            yield member
            for _ in self.content():
                pass
            self._exactly(self._padding)

    def content(self) -> Iterator[bytes]:
        """The content of the member, in pieces. Raises ValueError where it is cut short."""
        while self._unread:
            piece = self._exactly(min(PIECE, self._unread))
            self._unread -= len(piece)
            yield piece

    def _header(self) -> bytes:
        """The next header; b"" at the end."""
        header = self._read(BLOCK)
        if not header.strip(b"\0"):
            return b""
        if len(header) < BLOCK:
            raise ValueError("it ends within a header")
        total = sum(header[:148]) + sum(header[156:]) + 8 * ord(" ")
        if _number(header[148:156]) != total:
            raise ValueError("a header is damaged, or it is not a tar archive")
        return header

    def _extended(self, size: int) -> bytes:
        if size > MAX_EXTENDED:
            raise ValueError(f"an extended header of {size} bytes, more than {MAX_EXTENDED}")
        content = self._exactly(size)
        self._exactly(-size % BLOCK)
        return content

    def _exactly(self, size: int) -> bytes:
        content = self._read(size)
        if len(content) < size:
            raise ValueError("it ends within a file")
        return content

    def _read(self, size: int) -> bytes:
        self._left -= size
        if self._left < 0:
            raise ValueError("it unpacks to too many bytes")
        return self._stream.read(size)


def _member(header: bytes, kind: bytes, size: int, fields: dict[str, str]) -> Member:
    name = _text(header[:100])
    if header[257:262] == b"ustar" and header[345:500].strip(b"\0") and header[262:263] == b"\0":
        name = f"{_text(header[345:500])}/{name}"
    name = fields.get("path", name)
    if any(key.startswith("GNU.sparse") for key in fields):
        raise ValueError(f"{name} is a sparse file")
    if kind in (_HARD, _SYMBOLIC):
        shown, size = "hard link" if kind == _HARD else "symbolic link", 0
    elif kind == _FOLDER or (kind == b"\0" and name.endswith("/")):
        shown, size = "folder", 0
    elif kind and kind in _FILES:
        shown, size = "file", _size(fields["size"]) if "size" in fields else size
    else:
        raise ValueError(f"{name} is neither file, folder nor link")
    return Member(
        name=name,
        kind=shown,
        size=size,
        target=fields.get("linkpath", _text(header[157:257])),
        mtime=_time(fields["mtime"]) if "mtime" in fields else _number(header[136:148]),
        executable=bool(_number(header[100:108]) & 0o100),
    )


def _records(content: bytes) -> dict[str, str]:
    """The records of a pax header: "LENGTH KEY=VALUE", each with a line end."""
    found: dict[str, str] = {}
    while content.strip(b"\0"):
        digits, _, _ = content.partition(b" ")
        if not digits.isdigit() or len(digits) > 6 or not len(digits) < int(digits) <= len(content):
            raise ValueError("an extended header is damaged")
        record, content = content[len(digits) + 1 : int(digits)], content[int(digits) :]
        key, equals, value = record.removesuffix(b"\n").partition(b"=")
        if not equals:
            raise ValueError("an extended header is damaged")
        found[key.decode("utf-8", "replace")] = value.decode("utf-8", "surrogateescape")
    return found


def _text(field: bytes) -> str:
    return field.split(b"\0", 1)[0].decode("utf-8", "surrogateescape")


def _number(field: bytes) -> int:
    """An octal number, or a binary one as GNU tar writes it. Raises ValueError."""
    if field[0] == 0o200:
        return int.from_bytes(field[1:], "big")
    text = field.replace(b"\0", b" ").strip()
    if not text:
        return 0
    if text.strip(b"01234567"):
        raise ValueError("a number in a header cannot be read")
    return int(text, 8)


def _size(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 20:
        raise ValueError(f"an extended header gives the size {text[:40]!r}")
    return int(text)


def _time(text: str) -> float:
    """Seconds; 0 for what is not a file's time."""
    try:
        seconds = float(text)
    except ValueError:
        return 0
    return seconds if math.isfinite(seconds) and 0 <= seconds < MAX_TIME else 0
