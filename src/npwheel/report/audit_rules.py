"""Render the audit's rules as a list, as one page per rule, and as docs/audit-rules.md."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from npwheel.audit.model import Rule

_MEANING = {"unchecked": "could not check"}


def listing(rules: Iterable[Rule]) -> str:
    """Return one line per rule."""
    return "\n".join(
        f"{rule.id}  {_MEANING.get(rule.severity, rule.severity):15}  {rule.title}"
        for rule in rules
    )


def page(rule: Rule) -> str:
    """Return all fields of a rule, for a terminal."""
    head = f"{rule.id}: {rule.title} ({_MEANING.get(rule.severity, rule.severity)})"
    parts = [head, "", *textwrap.wrap(rule.what, 88)]
    for title, text in (("Why", rule.why), ("Fix", rule.fix)):
        parts += [
            "",
            title + ":",
            *textwrap.wrap(text, 88, initial_indent="  ", subsequent_indent="  "),
        ]
    if rule.sources:
        parts += ["", "See: " + ", ".join(rule.sources)]
    return "\n".join(parts)


def document(rules: Iterable[Rule]) -> str:
    """Return docs/audit-rules.md; a test compares the file with this text."""
    parts = [
        "# Rules of `npwheel audit`",
        "",
        "Made from the rules themselves by `npwheel audit --list --markdown`.",
    ]
    for rule in rules:
        meaning = _MEANING.get(rule.severity, rule.severity)
        parts += [
            "", f"## {rule.id}: {rule.title}", "", f"*{meaning}*. {rule.what}",
            "", rule.why, "", f"**Fix:** {rule.fix}",
        ]  # fmt: skip
        if rule.sources:
            parts += ["", "See: " + ", ".join(rule.sources)]
    return "\n".join(parts) + "\n"
