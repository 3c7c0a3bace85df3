"""The files of one project on the package index, by the Simple API (PEP 691, PEP 503).

The indexes are the user's: uv's or pip's settings name them, with their credentials.
"""

from __future__ import annotations

import ast
import contextlib
import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from html.parser import HTMLParser
from urllib.parse import unquote, urldefrag, urljoin

from packaging.tags import Tag
from packaging.utils import (
    InvalidWheelFilename,
    canonicalize_name,
    parse_wheel_filename,
)
from packaging.version import InvalidVersion, Version

from npwheel.core import credentials, process, web
from npwheel.core.errors import PlanError

ACCEPT = "application/vnd.pypi.simple.v1+json, text/html;q=0.1"
# In the order in which uv and pip let one win over the other.
_VARIABLES = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL")
_EXTRA_VARIABLES = ("UV_INDEX", "UV_EXTRA_INDEX_URL", "PIP_EXTRA_INDEX_URL")

_asked: dict[Index, None] = {}  # all that were named in this process: each has its own host

Settings = Callable[[], dict[str, str]]


class UnknownProject(PlanError):
    """Every index answered, and none has the project."""


@dataclass(frozen=True)
class IndexFile:
    """One file of a release, as the index describes it."""

    filename: str
    url: str
    hashes: Mapping[str, str]
    requires_python: str | None
    yanked: bool
    size: int | None
    uploaded: str | None

    @property
    def is_wheel(self) -> bool:
        """True for wheels with a name that can be parsed."""
        return self._parsed is not None

    @property
    def version(self) -> Version | None:
        """The release; None where the name of a wheel cannot be parsed, and for sdists."""
        return self._parsed[0] if self._parsed else None

    @property
    def tags(self) -> frozenset[Tag]:
        """The wheel's tags, one by one; empty for anything else."""
        return self._parsed[1] if self._parsed else frozenset()

    @cached_property
    def _parsed(self) -> tuple[Version, frozenset[Tag]] | None:
        try:
            _, version, _, tags = parse_wheel_filename(self.filename)
        except (InvalidWheelFilename, InvalidVersion):
            return None
        return version, tags


@dataclass(frozen=True)
class Index:
    """A package index. url: without credentials; userinfo: `user:password`, or ""."""

    url: str
    userinfo: str

    @property
    def full_url(self) -> str:
        """The URL with its credentials: for the environment of a child, never to be shown."""
        if not self.userinfo:
            return self.url
        scheme, rest = self.url.split("://", 1)
        user, _, password = self.userinfo.partition(":")
        encode = credentials.percent_encoded
        return f"{scheme}://{encode(user)}:{encode(password)}@{rest}"


def indexes() -> tuple[Index, ...]:
    """Return the indexes in use, the main one first.

    Raises PlanError for a setting that is not an index.
    """
    names = (*_VARIABLES, *_EXTRA_VARIABLES, "PIP_CONFIG_FILE")
    return _indexes(tuple(os.environ.get(name, "") for name in names))


@cache
def _indexes(_settings: tuple[str, ...]) -> tuple[Index, ...]:
    found: dict[Index, None] = {}
    pip = cache(_pip_settings)  # slow, and asked only where the environment is silent
    for setting, value in (*_main(pip), *_extra(pip)):
        found[_index(setting, value)] = None
    return tuple(found)


def _index(setting: str, value: str) -> Index:
    """Return the index of a setting's value. Raises PlanError where it is not an index."""
    try:
        url, userinfo = credentials.split(value.rstrip("/"))
    except ValueError as error:
        raise _bad_setting(setting, value) from error
    if not web.is_http(url):
        raise _bad_setting(setting, value)
    _asked[Index(url, userinfo)] = None
    return Index(url, userinfo)


def main_index() -> Index:
    """Return the index that is asked first."""
    return indexes()[0]


def _main(pip: Settings) -> list[tuple[str, str]]:
    for variable in _VARIABLES:
        if os.environ.get(variable, "").strip():
            # uv: `name=https://…` gives an index a name.
            return [(variable, re.sub(r"^[\w.-]+=", "", os.environ[variable].strip()))]
    return [("index-url in pip's configuration", pip().get("index-url") or _default())]


def _extra(pip: Settings) -> list[tuple[str, str]]:
    words = [
        (name, re.sub(r"^[\w.-]+=", "", word))
        for name in _EXTRA_VARIABLES
        for word in os.environ.get(name, "").split()
    ]
    if not words:
        name = "extra-index-url in pip's configuration"
        words = [(name, word) for word in pip().get("extra-index-url", "").split()]
    # What pip reads from a folder is not asked: no release would be found on it alone.
    return [(name, word) for name, word in words if not word.startswith("file:")]


def _pip_settings() -> dict[str, str]:
    """Return what pip's configuration files set; nothing where there is no pip."""
    done = process.run(process.python("pip", "config", "list"))
    found = {}
    for line in done.out.splitlines() if done.code == 0 else ():
        name, _, value = line.partition("=")
        if name.startswith("global."):
            with contextlib.suppress(ValueError, SyntaxError):
                found[name.removeprefix("global.")] = str(ast.literal_eval(value))
    return found


def _default() -> str:
    """Return the index that installers use where nothing is set."""
    # Slow to import, and rarely needed; it has no types.
    from distlib.locators import default_locator  # type: ignore[import-untyped]  # noqa: PLC0415

    return next(
        str(found.base_url) for found in default_locator.locators if hasattr(found, "base_url")
    )


def _bad_setting(setting: str, value: str) -> PlanError:
    return PlanError(
        f"{setting} is not the address of a package index",
        # What has an @ may have a password before it.
        why="expected https://…" + ("" if "@" in value else f", found {value[:200]!r}"),
        next=f"correct {setting}",
    )


def authorization(url: str) -> str | None:
    """Return the Authorization header for a URL of an index in use, or of a host in netrc."""
    return credentials.authorization(url, [(entry.url, entry.userinfo) for entry in _asked])


def files(project: str, at: str = "") -> tuple[IndexFile, ...]:
    """Return every file of a project, from the first index that has it.

    at: the address of another index than those in use. Raises PlanError when an index does not
    answer, or not sensibly.
    """
    return _files(project, (_index("the address", at),) if at else indexes())


@cache
def _files(project: str, asked: tuple[Index, ...]) -> tuple[IndexFile, ...]:
    for entry in asked:
        url = f"{entry.url}/{canonicalize_name(project)}/"
        try:
            kind, body, base = web.text(url, ACCEPT, authorization)
        except web.NotThere:
            continue
        except web.WebError as error:
            raise PlanError(
                "the package index cannot be read",
                why=str(error),
                next="check the network, PIP_INDEX_URL, HTTPS_PROXY and SSL_CERT_FILE",
            ) from error
        try:
            return _from_json(body, base) if kind.endswith("json") else _from_html(body, base)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise PlanError(f"the index's answer about {project} cannot be understood") from error
    raise UnknownProject(f"the index has no project {project}")


def _absolute(base: str, url: str) -> str:
    """Return the URL of a file, without credentials that an index put into it."""
    return credentials.split(urljoin(base, url))[0]


def _is_name(name: str) -> bool:
    """Is it the name of a file, and not a path? The index decides what it is."""
    return bool(name.strip(".")) and not set(name) & set("/\\\0")


def _from_json(body: str, base: str) -> tuple[IndexFile, ...]:
    return tuple(
        IndexFile(
            filename=entry["filename"],
            url=_absolute(base, entry["url"]),
            hashes=entry.get("hashes", {}),
            requires_python=entry.get("requires-python"),
            yanked=bool(entry.get("yanked", False)),
            size=entry.get("size"),
            uploaded=entry.get("upload-time"),
        )
        for entry in json.loads(body)["files"]
        if _is_name(entry["filename"])
    )


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[dict[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found.append(dict(attrs))


def _from_html(body: str, base: str) -> tuple[IndexFile, ...]:
    parser = _Links()
    parser.feed(body)
    found = []
    for link in parser.found:
        url, fragment = urldefrag(_absolute(base, link.get("href") or ""))
        filename = unquote(url.rsplit("/", 1)[-1])
        if not _is_name(filename):
            continue
        hashes = dict(re.findall(r"(\w+)=([0-9a-f]+)", fragment))
        found.append(
            IndexFile(
                filename=filename,
                url=url,
                hashes=hashes,
                requires_python=link.get("data-requires-python"),
                yanked="data-yanked" in link,
                size=None,
                uploaded=None,
            )
        )
    return tuple(found)
