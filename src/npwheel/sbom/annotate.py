"""The SBOM of a repaired wheel: made from build and binary, put inside, read back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from npwheel.core.errors import RecordError
from npwheel.sbom import binary, check, document, rewrite
from npwheel.sbom.facts import BuildFacts, Claims, Disagreement, Library, Source

NAME = "npwheel.cdx.json"  # below .dist-info/sboms (PEP 770)


@dataclass(frozen=True)
class Shown:
    """All that `npwheel show` tells. said: from the SBOM, None where there is none."""

    said: Claims | None
    found: Claims
    disagreements: tuple[Disagreement, ...]
    others: tuple[str, ...]  # names of other SBOMs


def annotate(wheel: Path, facts: BuildFacts) -> Path:
    """Put the wheel's SBOM into it, in place; returns the wheel.

    The same wheel and facts give the same bytes; the wheel is replaced in one step, or not
    at all. Raises RecordError when it cannot be rewritten, or when what the build knows and
    what the binaries show disagree.
    """
    found = binary.read(wheel)
    said = replace(
        found,
        numpy=facts.numpy,
        libraries=tuple(_with_source(library, facts.sources) for library in found.libraries),
        libc=facts.libc,
        libc_version=facts.libc_version,
        image=facts.image,
        tools=facts.tools,
    )
    wrong = check.compare(said, found)
    if wrong:
        first = wrong[0]
        raise RecordError(
            f"{wheel.name}: the build and the binary disagree on {first.subject}",
            why=f"the build says {first.said}, the binary shows {first.found}",
        )
    content = document.build(said, facts.epoch)
    rewrite.with_file(wheel, f"sboms/{NAME}", content, facts.epoch)
    return wheel


def show(wheel: Path) -> Shown:
    """What a wheel says of itself and what its binaries show.

    Raises NotChecked where it cannot be read, RecordError where its SBOM cannot be understood.
    """
    found = binary.read(wheel)
    documents = binary.sboms(wheel)
    content = documents.pop(NAME, None)
    others = tuple(sorted(documents))
    if content is None:
        return Shown(None, found, (), others)
    said = document.parse(content)
    return Shown(said, found, check.compare(said, found), others)


def _with_source(library: Library, sources: Iterable[Source]) -> Library:
    """The library, with the package that it came from: the name that auditwheel gave proves it."""
    for source in sources:
        original = source.libraries.get(library.original)
        if original and check.grafted_name(library.original, original) == library.name:
            return replace(library, source=replace(source, libraries={library.original: original}))
    return library
