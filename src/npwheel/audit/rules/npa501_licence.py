"""NPA501: a vendored library without its licence."""

from __future__ import annotations

import re
from collections.abc import Iterator

from npwheel.audit.model import Finding, Rule
from npwheel.audit.subject import Subject

# By its own name, or because it lies where metadata's License-File puts it.
_TEXT = re.compile(
    r"(?:licen[cs]e|copying|notice|copyright|authors)[^/]*$|\.dist-info/licen[cs]es/.*[^/]$",
    re.IGNORECASE,
)
_HASH = re.compile(r"-[0-9a-f]{8,}(?=\.so)")


def check(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """One finding for the wheel, where it vendors libraries and holds only its own licence."""
    vendored = sorted({_plain(m.file) for m in subject.modules if m.vendored})
    if not vendored:
        return
    texts = [path for path in subject.members if _TEXT.search(path)]
    # Many projects append the libraries' licences to their own file; nothing here can tell.
    if not texts:
        yield rule.found(
            f"vendors {', '.join(vendored[:8])} and holds no licence text at all",
            severity="warning",
        )
    elif len(texts) == 1:
        yield rule.found(
            f"vendors {', '.join(vendored[:8])} and holds one licence text, {texts[0]}: check that "
            "it has theirs too"
        )


def _plain(file: str) -> str:
    return _HASH.sub("", file).split(".so", 1)[0]


RULE = Rule(
    id="NPA501",
    title="the licence of a vendored library",
    severity="note",
    what="The wheel carries libraries of others and no licence text for them.",
    why=(
        "Nearly every licence, BSD and MIT included, asks that its text goes with a copy. What a "
        "single text holds cannot be judged from here, so that is a note."
    ),
    fix="add the texts to license-files in pyproject.toml",
    check=check,
    sources=("https://peps.python.org/pep-0639/",),
)
