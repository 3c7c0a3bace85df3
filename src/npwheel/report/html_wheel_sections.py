"""Render the sections of `report.html` about the wheels: their contents and speed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from npwheel import sbom
from npwheel.audit import catalogue
from npwheel.audit.audit_wheel import audit_wheel
from npwheel.core.errors import NpwheelError
from npwheel.prove.dependencies import requires
from npwheel.prove.matrix import NEWEST
from npwheel.prove.proof import PASS, Proof
from npwheel.prove.result import ProvenWheel, ProveResult
from npwheel.report.audit_text import headline
from npwheel.report.html_elements import table, tag
from npwheel.wheel import zip_file

_MB = 1e6


def wheel_sections(result: ProveResult) -> list[Element]:
    """Return the section with tags, size, NumPy range and contents of each wheel."""
    found: list[Element] = [tag("h2", "Wheels")]
    for entry in result.wheels:
        found += _wheel(entry, result)
    return found


def _wheel(entry: ProvenWheel, result: ProveResult) -> list[Element]:
    wheel, record = entry.wheel, entry.record or {}
    own = [
        (proof.outcome, proof.numpy)
        for cell, proof in result.cells
        if cell.wheel is not None and cell.wheel.path == wheel.path
    ]
    # A wheel that no system accepts was proven in its build image.
    own += [(proof["outcome"], proof["numpy"]) for proof in record.get("proofs", ())]
    image, numpy = record.get("image", {}), record.get("numpy", {})
    facts = {
        "tags": wheel.platforms,
        "size": f"{wheel.path.stat().st_size / _MB:.2f} MB",
        "NumPy required": _required(wheel.path),
        "NumPy proven": _proven(own),
        "built against": numpy.get("built") or "not recorded",
        "C-API target": numpy.get("target_api") or "not recorded",
        "OpenBLAS": record.get("openblas") or "none recorded",
        "built in": _image(image),
        "audit": headline(audit_wheel(wheel.path, catalogue.all_rules())),
        "SBOM": _sbom(wheel.path),
        "sha256": wheel.sha256,
    }
    items: list[Element] = []
    for name, text in facts.items():
        items += [tag("dt", name), tag("dd", tag("code", text) if name == "sha256" else text)]
    not_built = record.get("not_built", {})
    return [
        tag("h3", wheel.path.name),
        tag("dl", *items),
        *([_not_built(not_built)] if not_built else []),
        _contents(entry),
    ]


def _sbom(wheel: Path) -> str:
    try:
        shown = sbom.show(wheel)
    except NpwheelError as error:
        return f"could not be read: {error.what}"
    if shown.recorded is None:
        return "none of npwheel's in the wheel"
    libraries = len(shown.recorded.libraries)
    vendored = f"{libraries} vendored librar{'y' if libraries == 1 else 'ies'}"
    agree = "the binaries contradict it" if shown.disagreements else "the binaries agree"
    return f"sboms/{sbom.NAME} in the wheel, {vendored}; {agree}"


def _required(wheel: Path) -> str:
    """Return its requirements on NumPy, with markers."""
    lines = [str(entry) for entry in requires(wheel) if canonicalize_name(entry.name) == "numpy"]
    return ", ".join(lines) or "any"


def _image(image: Mapping[str, Any]) -> str:
    if not image:
        return "not recorded"
    text = f"{image.get('kind')} image {image.get('reference')}"
    return f"{text} ({image['release']})" if image.get("release") else text


def _proven(proofs: list[tuple[str, str | None]]) -> str:
    """Return the lowest and newest NumPy with which it passed. proofs: (outcome, NumPy)."""
    versions = []
    for outcome, numpy in proofs:
        if outcome == PASS and numpy:
            try:
                versions.append(Version(numpy))
            except InvalidVersion:
                continue
    if not versions:
        return "none yet"
    return f"{min(versions)} to {max(versions)}"


def _not_built(reasons: Mapping[str, str]) -> Element:
    items = [tag("li", f"{name}: {why}") for name, why in reasons.items()]
    return tag("details", tag("summary", f"not built: {len(items)}"), tag("ul", *items))


def _contents(entry: ProvenWheel) -> Element:
    with zip_file.open_archive(entry.wheel.path) as archive:
        members = [info for info in archive.infolist() if not info.is_dir()]
    members.sort(key=lambda info: -info.file_size)
    unpacked = sum(info.file_size for info in members)
    lines: list[list[Element | str]] = [
        [tag("code", info.filename), f"{info.file_size:,}", f"{info.compress_size:,}"]
        for info in members
    ]
    text = f"contents: {len(members)} files, {unpacked / _MB:.1f} MB unpacked"
    headings = ("file", "bytes", "bytes packed")
    listing = table("Largest first", headings, lines, class_="right")
    return tag("details", tag("summary", text), listing)


def speed_section(result: ProveResult) -> list[Element]:
    """Return the section on speed: from benchmarks on an idle machine, and from proofs."""
    found = [tag("h2", "Speed compared with NumPy")]
    claims = _claims(result.benchmarks)
    if claims:
        found.append(table("By nox -s bench, in one run", ("measured", "figure", "goal"), claims))
    lines, sizes = _speed_lines(result)
    if lines:
        headings = ("wheel's own test in", "dtype", *(f"n = {n}" for n in sizes))
        caption = (
            "Products of n by n matrices: how many times as fast as numpy.matmul, in the same "
            "process. Measured while other proofs ran; nox -s bench measures on an idle machine."
        )
        found.append(table(caption, headings, lines))
    if len(found) == 1:
        text = "Not measured: no proof of these wheels reported a speed. See nox -s bench."
        found.append(tag("p", text))
    return found


def _claims(benchmarks: Mapping[str, Any]) -> list[list[Element | str]]:
    """Return the lines of bench.json; malformed entries are omitted."""
    lines: list[list[Element | str]] = []
    for section in benchmarks.values():
        claimed = section.get("claims") if isinstance(section, dict) else None
        for claim in claimed if isinstance(claimed, list) else ():
            try:
                figure = f"{float(claim['value']):.2f} {claim['unit']}"
                goal = _goal(claim)
                lines.append([str(claim["text"]).strip(), figure, goal])
            except (KeyError, TypeError, ValueError):
                continue
    return lines


def _goal(claim: Mapping[str, Any]) -> str:
    if claim["met"] is None:
        return "none"
    bound = (
        f"at most {claim['most']}" if claim["most"] is not None else f"at least {claim['least']}"
    )
    return f"{bound}: {'met' if claim['met'] else 'not met'}"


def _speed_lines(result: ProveResult) -> tuple[list[list[Element | str]], list[int]]:
    lines: list[list[Element | str]] = []
    measured = [
        (cell, proof, _speeds(proof)) for cell, proof in result.cells if cell.column == NEWEST
    ]
    sizes = sorted({n for _, _, ratios in measured for _, n in ratios})
    for cell, proof, ratios in measured:
        for dtype in dict.fromkeys(dtype for dtype, _ in ratios):
            where = f"Python {proof.python}, numpy {proof.numpy}"
            head = tag("span", cell.system, tag("small", where))
            shown = [ratios.get((dtype, n)) for n in sizes]
            lines.append([head, dtype, *(f"{1 / r:.2f}×" if r else "–" for r in shown)])
    return lines, sizes


def _speeds(proof: Proof) -> dict[tuple[str, int], float]:
    """Return (dtype, n) -> time relative to NumPy's, from npwheel-probe; {} for other facts."""
    try:
        return {
            (str(row["dtype"]), int(row["n"])): float(row["ratio"]) for row in proof.facts["speed"]
        }
    except (KeyError, TypeError, ValueError, OverflowError):
        return {}
