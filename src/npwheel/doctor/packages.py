"""Which package brings a module, as each installer calls it; only what is known.

A package with the name of a module may not exist or may be somebody else's, so
an unknown name gets no command.
"""

from typing import Any, Dict, List, Sequence, Tuple

from npwheel.doctor import data
from npwheel.doctor.installed import normal

PREFIX = {"apt": "python3-", "apk": "py3-", "dnf": "python3-"}


def known() -> Dict[str, Any]:
    """The kept table."""
    found: Dict[str, Any] = data.load("npwheel.doctor", "distributions.json")
    return found


def packages_of(module: str) -> Dict[str, str]:
    """Manager -> package that brings a module `a.b.c`; empty if it is not known."""
    table = known()
    parts = module.split(".")
    for count in range(len(parts), 0, -1):
        name = ".".join(parts[:count])
        if name in table["modules"]:
            return dict(table["modules"][name])
    top = parts[0]
    if top not in table["same"] and top not in table["system"]:
        return {}
    managers = ["pip", "conda"] + (list(PREFIX) if top in table["system"] else [])
    return dict.fromkeys(managers, top)


def modules_of(package: str) -> List[str]:
    """The modules that a package of the index brings, by the table."""
    wanted = normal(package)
    return [m for m, names in known()["modules"].items() if normal(names.get("pip", "")) == wanted]


def filled(
    templates: Sequence[Tuple[str, str]], names: Dict[str, str], quote: Any
) -> List[Tuple[str, str]]:
    """The templates whose manager knows the package, with {name} filled in."""
    return [(p, t.replace("{name}", quote(names[p]))) for p, t in templates if p in names]
