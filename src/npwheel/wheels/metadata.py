"""METADATA, WHEEL and the file name: what a wheel promises."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from email.parser import HeaderParser

from packaging.requirements import InvalidRequirement, Requirement
from packaging.tags import Tag, parse_tag
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename
from packaging.version import InvalidVersion

from npwheel.wheels.archive import Archive, ArchiveError

MAX_TEXT = 4 << 20  # bytes; the longest real METADATA have about 300 KB


@dataclass(frozen=True)
class Metadata:
    """What a wheel promises.

    file: its name; tags, name_tag_text: by that name; wheel_tags: by WHEEL.
    requires: requirements that parse; broken: lines that do not.
    licenses: paths in .dist-info that hold licences.
    problems: what is missing or cannot be parsed.
    """

    file: str
    name: str
    version: str
    tags: frozenset[Tag]
    wheel_tags: frozenset[Tag]
    requires_python: str
    requires: tuple[Requirement, ...]
    licenses: tuple[str, ...]
    problems: tuple[str, ...]

    def numpy(self) -> tuple[Requirement, ...]:
        """The requirements on NumPy, extras apart."""
        return tuple(r for r in self.requires if canonicalize_name(r.name) == "numpy")


def read_metadata(archive: Archive) -> Metadata:
    """What the wheel promises; what cannot be read is told in `problems`."""
    problems: list[str] = []
    file = archive.path.name
    name, version, tags = "", "", frozenset[Tag]()
    try:
        found_name, found_version, _, tags = parse_wheel_filename(file)
        name, version = str(found_name), str(found_version)
    except (InvalidWheelFilename, InvalidVersion) as error:
        problems.append(f"the file name is none of a wheel: {error}")
    folder = _folder(archive)
    if not folder:
        problems.append("it has no .dist-info folder")
    main = _fields(archive, f"{folder}/METADATA", problems) if folder else {}
    wheel = _fields(archive, f"{folder}/WHEEL", problems) if folder else {}
    requires = []
    for line in main.get("requires-dist", ()):
        try:
            requires.append(Requirement(line))
        except InvalidRequirement:
            problems.append(f"a requirement cannot be parsed: {line[:200]!r}")
    wheel_tags: set[Tag] = set()
    for line in wheel.get("tag", ()):
        try:
            wheel_tags.update(parse_tag(line.strip()))
        except ValueError:
            problems.append(f"a tag in WHEEL cannot be parsed: {line[:200]!r}")
    return Metadata(
        file=file,
        name=name or _first(main, "name"),
        version=version or _first(main, "version"),
        tags=tags,
        wheel_tags=frozenset(wheel_tags),
        requires_python=_first(main, "requires-python"),
        requires=tuple(requires),
        licenses=tuple(
            m.name
            for m in archive.members
            if folder and m.name.startswith(folder) and _licence(m.name)
        ),
        problems=tuple(problems),
    )


def _licence(name: str) -> bool:
    last = name.rsplit("/", 1)[-1].lower()
    return "/licenses/" in name or last.startswith(("licen", "copying", "notice"))


def _first(fields: Mapping[str, tuple[str, ...]], name: str) -> str:
    return (fields.get(name) or ("",))[0].strip()


def _folder(archive: Archive) -> str:
    for member in archive.members:
        top, _, rest = member.name.partition("/")
        if top.endswith(".dist-info") and rest == "METADATA":
            return top
    return ""


def _fields(archive: Archive, name: str, problems: list[str]) -> Mapping[str, tuple[str, ...]]:
    member = archive.find(name)
    if member is None:
        problems.append(f"it has no {name}")
        return {}
    try:
        if member.size > MAX_TEXT:
            raise ArchiveError(f"{name} has {member.size} bytes, at most {MAX_TEXT} are read")
        text = archive.read(member).decode("utf-8", "replace")
    except ArchiveError as error:
        problems.append(str(error))
        return {}
    # Only the header counts; the description follows the first empty line.
    parsed = HeaderParser().parsestr(text.replace("\r\n", "\n").split("\n\n", 1)[0] + "\n\n")
    fields: dict[str, tuple[str, ...]] = {}
    for key in parsed:
        fields[key.lower()] = tuple(str(value) for value in parsed.get_all(key, []))
    return fields
