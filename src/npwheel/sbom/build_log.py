"""Read which packages a build log lists as installed."""

from __future__ import annotations

import re
from collections.abc import Iterable

from packaging.utils import canonicalize_name

# uv: "+ numpy==2.0.2", after "< " where a build frontend passes it on; with -v also
# "DEBUG Installing build requirements: a==1, numpy==2.0.2".
_UV = re.compile(r"^(?:[<\s]*\+ |DEBUG Install\w+ )(.*)")
_UV_ITEM = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)==(\d[\w.+!-]*)")
_PIP = re.compile(r"Successfully installed (.+)")
_PIP_ITEM = re.compile(r"(\S+)-(\d[^\s-]*)(?=\s|$)")


def installed_in(line: str) -> dict[str, str]:
    """Return name -> version of the packages that one line lists as installed."""
    found: dict[str, str] = {}
    for listed, items in ((_UV.match(line), _UV_ITEM), (_PIP.search(line), _PIP_ITEM)):
        if listed:
            found.update((canonicalize_name(n), v) for n, v in items.findall(listed[1]))
    return found


def installed(log: Iterable[str]) -> dict[str, str]:
    """Return name -> version of every package of a build log; the last version counts."""
    found: dict[str, str] = {}
    for line in log:
        found.update(installed_in(line))
    return found
