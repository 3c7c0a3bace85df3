"""A wheel with what a test asks for."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path

from elf_builder import Shared

from npwheel.audit import catalogue
from npwheel.audit.audit_wheel import audit_wheel
from npwheel.audit.model import Finding

TAG = "cp311-cp311-manylinux_2_17_x86_64"
MODULE = "pkg/mod.cpython-311-x86_64-linux-gnu.so"
ABOUT = "Metadata-Version: 2.1\nName: pkg\nVersion: 1.0\n"


def module(**more: object) -> bytes:
    """An extension module that nothing is wrong with, but for what is given."""
    facts = {"defined": ["PyInit_mod"], "needed": ["libc.so.6"], "code": b"\xc3" * 16, **more}
    return Shared(**facts).build()


def make(
    folder: Path,
    members: Mapping[str, bytes | str],
    tag: str = TAG,
    about: str = ABOUT,
    wheel_tag: str | None = None,
    record: str | None = None,
) -> Path:
    """A wheel file of these members; RECORD lists them unless another is given."""
    info = "pkg-1.0.dist-info"
    python, abi, platforms = (wheel_tag or tag).split("-")
    lines = "".join(f"Tag: {python}-{abi}-{p}\n" for p in platforms.split("."))
    files = {
        **members,
        f"{info}/METADATA": about,
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: false\n{lines}",
    }
    listed = "".join(f"{name},,\n" for name in [*files, f"{info}/RECORD"])
    files[f"{info}/RECORD"] = listed if record is None else record
    path = folder / f"pkg-1.0-{tag}.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def findings(path: Path, id: str) -> list[Finding]:
    """What one rule finds in a wheel file; the audit itself has to succeed."""
    report = audit_wheel(path, [catalogue.rule(id)])
    assert not report.error
    assert all(f.id == id for f in report.findings)
    return list(report.findings)
