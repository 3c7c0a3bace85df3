"""Does what a wheel says of itself agree with what its binaries show?"""

from __future__ import annotations

from collections.abc import Iterator

from npwheel.numpy_releases import table
from npwheel.sbom.facts import Claims, Disagreement, Library, Source

_NOTHING = "nothing"


def compare(said: Claims, found: Claims) -> tuple[Disagreement, ...]:
    """Everything that the SBOM says and the binaries contradict.

    said: from the SBOM; found: from `binary.read`. What the binaries cannot show
    (image, tools, numpy's patch release) is not compared.
    """
    return tuple(_compare(said, found))


def _compare(said: Claims, found: Claims) -> Iterator[Disagreement]:
    if said.wheel != found.wheel:
        yield Disagreement("the wheel's name", said.wheel or _NOTHING, found.wheel)
    if said.headers != found.headers:
        yield Disagreement(
            "the era of NumPy's headers", said.headers or _NOTHING, found.headers or _NOTHING
        )
    if said.target_api != found.target_api:
        yield Disagreement(
            "NumPy's C-API target", said.target_api or _NOTHING, found.target_api or _NOTHING
        )
    if said.numpy and found.headers and f"{said.numpy.split('.')[0]}.x" not in found.headers:
        yield Disagreement("the NumPy built against", said.numpy, f"headers of {found.headers}")
    newest = table.api_of_release(said.numpy) if said.numpy else None
    if newest is not None and found.target_api and int(found.target_api, 16) > newest:
        yield Disagreement(
            "the NumPy built against",
            said.numpy or _NOTHING,
            f"the C-API target {found.target_api}, which newer headers made",
        )
    yield from _libraries(said, found)
    if set(said.compilers) != set(found.compilers):
        yield Disagreement(
            "the compiler",
            "; ".join(said.compilers) or _NOTHING,
            "; ".join(found.compilers) or _NOTHING,
        )
    # A module that calls nothing of libc may show none; a wheel for any platform has none.
    shown = found.libc is not None or found.wheel.endswith("-any.whl")
    if shown and said.libc != found.libc:
        yield Disagreement("libc", said.libc or _NOTHING, found.libc or _NOTHING)
    elif numbers(found.libc_version or "") > numbers(said.libc_version or ""):
        yield Disagreement(
            "libc's release",
            f"{said.libc} {said.libc_version}",
            f"symbols of {found.libc} {found.libc_version}",
        )


def _libraries(said: Claims, found: Claims) -> Iterator[Disagreement]:
    listed = {library.file: library for library in said.libraries}
    carried = {library.file: library for library in found.libraries}
    for file in sorted(listed.keys() | carried.keys()):
        if file not in carried:
            yield Disagreement(f"the library {file}", "carried", "not in the wheel")
            continue
        if file not in listed:
            yield Disagreement(f"the library {file}", _NOTHING, "carried")
            continue
        one, other = listed[file], carried[file]
        if one.sha256 != other.sha256:
            yield Disagreement(f"sha256 of {file}", one.sha256 or _NOTHING, other.sha256)
        if one.version != other.version:
            yield Disagreement(
                f"the release of {file}", one.version or _NOTHING, other.version or _NOTHING
            )
        if one.source and not _from_source(one, one.source):
            yield Disagreement(
                f"the source of {file}",
                f"{one.source.name} {one.source.version}, sha256 of its library "
                + one.source.libraries.get(one.original, "unknown"),
                "another library, by the hash that auditwheel put into its name",
            )


def _from_source(library: Library, source: Source) -> bool:
    """auditwheel puts the first eight digits of the original's sha256 into the new name."""
    original = source.libraries.get(library.original)
    # Where nothing was said of the original, nothing can be wrong.
    return original is None or grafted_name(library.original, original) == library.name


def grafted_name(original: str, sha256: str) -> str:
    """ "libfoo.so.1", "ab12cd34…" -> "libfoo-ab12cd34.so.1": the name that auditwheel gives."""
    stem, dot, rest = original.partition(".")
    mark = f"-{sha256[:8]}"
    return original if stem.endswith(mark) else f"{stem}{mark}{dot}{rest}"


def original_name(file: str) -> str:
    """The reverse of `grafted_name`; names without a hash stay as they are."""
    stem, dot, rest = file.rpartition("/")[2].partition(".")
    head, dash, tail = stem.rpartition("-")
    hashed = bool(dash) and len(tail) == 8 and all(c in "0123456789abcdef" for c in tail)
    return f"{head if hashed else stem}{dot}{rest}"


def numbers(version: str) -> tuple[int, ...]:
    """The numbers of a release, for comparing: "2.17" -> (2, 17)."""
    return tuple(int(part) for part in version.split(".") if part.isdigit())
