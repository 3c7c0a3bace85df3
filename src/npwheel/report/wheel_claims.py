"""Render the claims of a wheel's SBOM and what its binaries show, as text and as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from npwheel.sbom import NAME, ShowResult
from npwheel.sbom.claims import Claims, Library

SCHEMA_VERSION = 2


def show_json(shown: ShowResult) -> dict[str, Any]:
    """Return the document of `npwheel show --json`.

    `recorded` is null if the wheel has no SBOM of npwheel's.
    """
    return {
        "schema_version": SCHEMA_VERSION,
        "wheel": shown.found.wheel,
        "recorded": shown.recorded.as_json() if shown.recorded else None,
        "found": shown.found.as_json(),
        "disagreements": [asdict(entry) for entry in shown.disagreements],
        "other_sboms": list(shown.others),
    }


def show_text(shown: ShowResult) -> str:
    """Return several lines without a final newline."""
    lines = [shown.found.wheel]
    if shown.recorded is None:
        lines.append(f"  no sboms/{NAME} in the wheel; read from its binaries:")
        lines += _claims(shown.found)
    else:
        lines.append(f"  from sboms/{NAME} in the wheel:")
        lines += _claims(shown.recorded)
        if shown.disagreements:
            lines.append("  the binaries contradict it:")
        else:
            lines.append("  the binaries agree, as far as they can be compared")
        for entry in shown.disagreements:
            lines.append(f"    {entry.subject}: recorded {entry.recorded}, found {entry.found}")
    lines += [f"  another SBOM: {name}" for name in shown.others]
    return "\n".join(lines)


def _claims(claims: Claims) -> list[str]:
    unknown = "unknown from binaries"
    target = f"C-API target {claims.target_api or 'unknown'}"
    libc = claims.libc or "none"
    if claims.libc_version:
        # Builds record the image's version; binaries only show the lowest that they need.
        libc += f" {claims.libc_version}" if claims.image else f", at least {claims.libc_version}"
    headers = f"headers of NumPy {claims.headers}" if claims.headers else "unknown headers"
    built = claims.numpy or f"{headers}, release {unknown}"
    lines = [f"    numpy      built against {built}, {target}"]
    lines += [f"    vendored   {_library(library)}" for library in claims.libraries]
    if not claims.libraries:
        lines.append("    vendored   no library")
    compilers = "; ".join(claims.compilers) or "not named in the binaries"
    lines.append(f"    compiler   {compilers}")
    lines.append(f"    libc       {libc}")
    if claims.image:
        image = claims.image
        lines.append(f"    image      {image.get('kind', '')}: {image['reference']}")
        lines.append(f"               {image['digest']}")
    else:
        lines.append(f"    image      {unknown}")
    tools = ", ".join(f"{name} {version}" for name, version in sorted(claims.tools.items()))
    lines.append(f"    tools      {tools or unknown}")
    return lines


def _library(library: Library) -> str:
    text = f"{library.original} {library.version or '(release unknown)'}"
    if library.source:
        source = library.source
        text += f" from {source.name} {source.version}"
        text += f" (sha256 {source.sha256})" if source.sha256 else " (hash unknown)"
    return f"{text}\n               {library.file} sha256 {library.sha256}"
