"""What a wheel says of itself and what its binaries show, as text and as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from npwheel.sbom import NAME, Shown
from npwheel.sbom.facts import Claims, Library

SCHEMA_VERSION = 1


def show_json(shown: Shown) -> dict[str, Any]:
    """What `npwheel show --json` prints; said is null where the wheel has no SBOM of ours."""
    return {
        "schema_version": SCHEMA_VERSION,
        "wheel": shown.found.wheel,
        "said": shown.said.as_json() if shown.said else None,
        "found": shown.found.as_json(),
        "disagreements": [asdict(entry) for entry in shown.disagreements],
        "other_sboms": list(shown.others),
    }


def show_text(shown: Shown) -> str:
    """Several lines without a final newline."""
    lines = [shown.found.wheel]
    if shown.said is None:
        lines.append(f"  it has no sboms/{NAME}; this is what its binaries show:")
        lines += _claims(shown.found)
    else:
        lines.append(f"  from its sboms/{NAME}:")
        lines += _claims(shown.said)
        if shown.disagreements:
            lines.append("  its binaries show something else:")
        else:
            lines.append("  its binaries agree with all that they can show of it")
        for entry in shown.disagreements:
            lines.append(f"    {entry.subject}: it says {entry.said}, found {entry.found}")
    lines += [f"  another SBOM: {name}" for name in shown.others]
    return "\n".join(lines)


def _claims(claims: Claims) -> list[str]:
    unknown = "cannot be told from binaries"
    target = f"C-API target {claims.target_api or 'unknown'}"
    libc = claims.libc or "none"
    if claims.libc_version:
        # Of a build one knows the image's release, of a binary only what it asks for.
        libc += f" {claims.libc_version}" if claims.image else f", at least {claims.libc_version}"
    headers = f"headers of NumPy {claims.headers}" if claims.headers else "headers that do not say"
    built = claims.numpy or f"{headers}, the release {unknown}"
    lines = [f"    numpy      built against {built}, {target}"]
    lines += [f"    carries    {_library(library)}" for library in claims.libraries]
    if not claims.libraries:
        lines.append("    carries    no library")
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
