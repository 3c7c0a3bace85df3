"""NPA405: a file is not the one that RECORD names."""

from __future__ import annotations

from collections.abc import Iterator

from npwheel.audit.model import Finding, Rule
from npwheel.audit.subject import Subject

_SHOWN = 5


def check(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """One finding each for files that differ, hashes that are not well-formed, and folders."""
    for what, paths, severity in (
        ("another content than RECORD's hash", subject.altered, "error"),
        ("a hash in RECORD that no installer can compare", subject.metadata.odd_hashes, "warning"),
        ("a folder in RECORD", _folders(subject), "warning"),
    ):
        if paths:
            more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
            yield rule.found(
                f"{what}: {', '.join(paths[:_SHOWN])}{more}",
                paths[0],
                severity,  # type: ignore[arg-type]
            )


def _folders(subject: Subject) -> tuple[str, ...]:
    record = subject.metadata.record or ()
    return tuple(sorted(path for path in record if path.endswith("/")))


RULE = Rule(
    id="NPA405",
    title="RECORD's hashes",
    severity="warning",
    what="A hash in RECORD is not that of the file, or is not written as the standard requires.",
    why=(
        "RECORD has `sha256=` and the hash in URL-safe base64 without padding, for files only. "
        "Installers that verify refuse the wheel where a hash differs; a hash in hexadecimal "
        "digits protects nothing, and the package index reports folders. A differing hash is an "
        "error: the file was changed after the wheel was built."
    ),
    fix="change wheels with `wheel unpack` and `wheel pack`, which write RECORD anew",
    check=check,
    sources=(
        "https://packaging.python.org/en/latest/specifications/recording-installed-packages/",
        "https://packaging.python.org/en/latest/specifications/binary-distribution-format/",
    ),
)
