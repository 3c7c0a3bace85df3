"""All rules, by their files' names: `--list`, `--explain` and the docs come from here."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from npwheel.audit import rules
from npwheel.audit.model import Rule
from npwheel.core.errors import UsageError


@cache
def all_rules() -> tuple[Rule, ...]:
    """Every rule, by id. A rule is a module npaNNN_… with a RULE."""
    names = sorted(m.name for m in pkgutil.iter_modules(rules.__path__) if m.name.startswith("npa"))
    found = (importlib.import_module(f"{rules.__name__}.{name}").RULE for name in names)
    return tuple(sorted(found, key=lambda rule: rule.id))


def rule(id: str) -> Rule:
    """The rule of that id. Raises UsageError when there is none."""
    for candidate in all_rules():
        if candidate.id == id.upper():
            return candidate
    raise UsageError(f"there is no rule {id}", next="`npwheel audit --list` names all")


def chosen(select: list[str], ignore: list[str]) -> tuple[Rule, ...]:
    """The rules that run. An id may be cut: NPA2 stands for all of NPA2xx."""
    for prefix in (*select, *ignore):
        if not any(r.id.startswith(prefix.upper()) for r in all_rules()):
            rule(prefix)
    wanted = tuple(word.upper() for word in select) or ("NPA",)
    unwanted = tuple(word.upper() for word in ignore)
    return tuple(
        r
        for r in all_rules()
        if r.id.startswith(wanted) and not (unwanted and r.id.startswith(unwanted))
    )
