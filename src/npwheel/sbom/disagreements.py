"""Compare the claims of a wheel's SBOM with what its binaries show."""

from __future__ import annotations

from collections.abc import Iterator

from npwheel.numpy_releases import table
from npwheel.sbom.claims import Claims, Disagreement, Library, LibrarySource

_NOTHING = "nothing"


def compare(recorded: Claims, found: Claims) -> tuple[Disagreement, ...]:
    """Return every claim of the SBOM that the binaries contradict.

    Claims that binaries cannot show (image, tools, NumPy's patch release) are not compared.

    Args:
        recorded: from the SBOM.
        found: from `binary_claims.read`.
    """
    return tuple(_compare(recorded, found))


def _compare(recorded: Claims, found: Claims) -> Iterator[Disagreement]:
    if recorded.wheel != found.wheel:
        yield Disagreement("the wheel's name", recorded.wheel or _NOTHING, found.wheel)
    if recorded.headers != found.headers:
        yield Disagreement(
            "the era of NumPy's headers", recorded.headers or _NOTHING, found.headers or _NOTHING
        )
    if recorded.target_api != found.target_api:
        yield Disagreement(
            "NumPy's C-API target", recorded.target_api or _NOTHING, found.target_api or _NOTHING
        )
    if (
        recorded.numpy
        and found.headers
        and f"{recorded.numpy.split('.')[0]}.x" not in found.headers
    ):
        yield Disagreement("the NumPy built against", recorded.numpy, f"headers of {found.headers}")
    newest = table.api_of_release(recorded.numpy) if recorded.numpy else None
    if newest is not None and found.target_api and int(found.target_api, 16) > newest:
        yield Disagreement(
            "the NumPy built against",
            recorded.numpy or _NOTHING,
            f"the C-API target {found.target_api}, which newer headers made",
        )
    yield from _libraries(recorded, found)
    if set(recorded.compilers) != set(found.compilers):
        yield Disagreement(
            "the compiler",
            "; ".join(recorded.compilers) or _NOTHING,
            "; ".join(found.compilers) or _NOTHING,
        )
    # A module that calls no libc function may not need libc; an "any" wheel has no binaries.
    shown = found.libc is not None or found.wheel.endswith("-any.whl")
    if shown and recorded.libc != found.libc:
        yield Disagreement("libc", recorded.libc or _NOTHING, found.libc or _NOTHING)
    elif numbers(found.libc_version or "") > numbers(recorded.libc_version or ""):
        yield Disagreement(
            "libc's release",
            f"{recorded.libc} {recorded.libc_version}",
            f"symbols of {found.libc} {found.libc_version}",
        )


def _libraries(recorded: Claims, found: Claims) -> Iterator[Disagreement]:
    listed = {library.file: library for library in recorded.libraries}
    carried = {library.file: library for library in found.libraries}
    for file in sorted(listed.keys() | carried.keys()):
        if file not in carried:
            yield Disagreement(f"the library {file}", "in the wheel", "not in the wheel")
            continue
        if file not in listed:
            yield Disagreement(f"the library {file}", _NOTHING, "in the wheel")
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


def _from_source(library: Library, source: LibrarySource) -> bool:
    """Compare hashes: the name from auditwheel has 8 digits of the original's sha256."""
    original = source.libraries.get(library.original)
    # Without a recorded hash there is nothing to compare.
    return original is None or grafted_name(library.original, original) == library.name


def grafted_name(original: str, sha256: str) -> str:
    """Return auditwheel's name: "libfoo.so.1", "ab12cd34…" -> "libfoo-ab12cd34.so.1"."""
    stem, dot, rest = original.partition(".")
    mark = f"-{sha256[:8]}"
    return original if stem.endswith(mark) else f"{stem}{mark}{dot}{rest}"


def original_name(file: str) -> str:
    """Reverse `grafted_name`; return names without a hash unchanged."""
    stem, dot, rest = file.rpartition("/")[2].partition(".")
    head, dash, tail = stem.rpartition("-")
    hashed = bool(dash) and len(tail) == 8 and all(c in "0123456789abcdef" for c in tail)
    return f"{head if hashed else stem}{dot}{rest}"


def numbers(version: str) -> tuple[int, ...]:
    """Return a version as numbers, for comparing: "2.17" -> (2, 17)."""
    return tuple(int(part) for part in version.split(".") if part.isdigit())
