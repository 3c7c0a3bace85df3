"""User names and passwords of URLs: sent where they belong, shown nowhere.

They stand in the settings of package indexes and proxies (`https://user:password@host/`)
and in netrc files.
"""

from __future__ import annotations

import base64
import netrc
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit, urlunsplit

HIDDEN = "****"
# A shorter one is masked in URLs only: it may be a part of any word. A user name that stands
# alone may be a token, or a name.
_SHORTEST, _SHORTEST_TOKEN = 4, 8
# Up to the last `@` of the host's part; and, where a colon is not followed by a port, up to
# the last `@` of the word: some passwords have a slash that was not quoted.
_USERINFO = re.compile(
    r"(?<=://)(?:[^\s/:@?#]{0,500}:(?!\d+(?:[/?#\s\"']|$))[^\s\"']{0,500}|[^\s/?#\"']{0,500})"
    r"@(?=[^\s@])"
)
_found: set[str] = set()


def split(url: str) -> tuple[str, str]:
    """Return (the URL without its user name and password, `user:password` decoded, or "").

    Raises ValueError for a text that is not a URL.
    """
    parts = urlsplit(url)
    userinfo, at, host = parts.netloc.rpartition("@")
    parts.port  # noqa: B018  # raises ValueError where it is not a number
    if not at:
        return url, ""
    user, _, password = userinfo.partition(":")
    remember(userinfo)
    return urlunsplit(parts._replace(netloc=host)), f"{unquote(user)}:{unquote(password)}"


def origin(url: str) -> tuple[str, str, int | None]:
    """Return scheme, host and port: what may see the same credentials."""
    parts = urlsplit(url)
    default = {"https": 443, "http": 80}.get(parts.scheme)
    return parts.scheme, parts.hostname or "", parts.port or default


def authorization(url: str, known: Iterable[tuple[str, str]]) -> str | None:
    """Return the Authorization header for a URL; None where no credentials are known for it.

    known: pairs of a URL and its `user:password`; the first of the same origin counts, then
    the user's netrc.
    """
    wanted = origin(url)
    pair = next((found for of, found in known if found and origin(of) == wanted), "")
    pair = pair or _from_netrc(wanted[1])
    if not pair:
        return None
    return "Basic " + base64.b64encode(pair.encode("utf-8", "surrogateescape")).decode("ascii")


def _from_netrc(host: str) -> str:
    """`user:password` of a host in $NETRC, ~/.netrc or ~/_netrc."""
    names = [os.environ["NETRC"]] if os.environ.get("NETRC") else ["~/.netrc", "~/_netrc"]
    for name in names:
        try:
            path = Path(name).expanduser()
            entry = netrc.netrc(path).authenticators(host) if path.is_file() else None
        except (OSError, RuntimeError, UnicodeError, netrc.NetrcParseError):
            continue
        if entry:
            user, _, password = entry
            remember(f"{user}:{password}")
            return f"{user}:{password or ''}"
    return ""


def remember(userinfo: str) -> None:
    """Have the parts of `user:password` masked from now on, as written and decoded."""
    user, colon, password = userinfo.partition(":")
    secret, shortest = (password, _SHORTEST) if colon else (user, _SHORTEST_TOKEN)
    if len(secret) >= shortest:
        _found.update((secret, unquote(secret), percent_encoded(unquote(secret))))


def percent_encoded(text: str) -> str:
    """Return a part of a URL with every special character quoted; any bytes may stand in it."""
    return quote(text, safe="", errors="surrogateescape")


def mask(text: str) -> str:
    """Return a text without user names and passwords of URLs, and without those that are set."""
    for value in os.environ.values():
        if "://" in value and "@" in value:
            for userinfo in _USERINFO.findall(value):
                remember(userinfo[:-1])
    text = _USERINFO.sub(HIDDEN + "@", text)
    for secret in sorted(_found, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return text


def mask_all(value: Any) -> Any:
    """Return a JSON value with every text in it masked."""
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, dict):
        return {mask(str(key)): mask_all(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [mask_all(entry) for entry in value]
    return value
