"""Write the SBOM of a repaired wheel into it, and read it back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from npwheel.core.errors import RecordError
from npwheel.sbom import binary_claims, cyclonedx_document, disagreements, rewrite_wheel
from npwheel.sbom.claims import BuildFacts, Claims, Disagreement, Library, LibrarySource

NAME = "npwheel.cdx.json"  # below .dist-info/sboms (PEP 770)


@dataclass(frozen=True)
class ShowResult:
    """The facts that `npwheel show` prints. recorded: from npwheel's SBOM, None without one."""

    recorded: Claims | None
    found: Claims
    disagreements: tuple[Disagreement, ...]
    others: tuple[str, ...]  # names of other SBOMs


def annotate(wheel: Path, facts: BuildFacts) -> Path:
    """Add the wheel's SBOM to it, in place, and return the wheel.

    The same wheel and facts give the same bytes. The wheel is replaced atomically.

    Raises:
        RecordError: the wheel cannot be rewritten, or its binaries contradict the build.
    """
    found = binary_claims.read(wheel)
    recorded = replace(
        found,
        numpy=facts.numpy,
        libraries=tuple(_with_source(library, facts.sources) for library in found.libraries),
        libc=facts.libc,
        libc_version=facts.libc_version,
        image=facts.image,
        tools=facts.tools,
    )
    wrong = disagreements.compare(recorded, found)
    if wrong:
        first = wrong[0]
        raise RecordError(
            f"{wheel.name}: the build and the binaries disagree on {first.subject}",
            why=f"the build has {first.recorded}, the binaries show {first.found}",
        )
    content = cyclonedx_document.build(recorded, facts.epoch)
    rewrite_wheel.add_file(wheel, f"sboms/{NAME}", content, facts.epoch)
    return wheel


def show(wheel: Path) -> ShowResult:
    """Return the claims of a wheel's SBOM and what its binaries show.

    Raises:
        NotChecked: the wheel cannot be read.
        RecordError: npwheel's SBOM in it is malformed.
    """
    found = binary_claims.read(wheel)
    documents = binary_claims.sboms(wheel)
    content = documents.pop(NAME, None)
    others = tuple(sorted(documents))
    if content is None:
        return ShowResult(None, found, (), others)
    recorded = cyclonedx_document.parse(content)
    return ShowResult(recorded, found, disagreements.compare(recorded, found), others)


def _with_source(library: Library, sources: Iterable[LibrarySource]) -> Library:
    """Add the source of a library if the hash in its name shows that it was copied from there."""
    for source in sources:
        original = source.libraries.get(library.original)
        if original and disagreements.grafted_name(library.original, original) == library.name:
            return replace(library, source=replace(source, libraries={library.original: original}))
    return library
