"""The files of one project on the package index, by the Simple API (PEP 691, PEP 503).

The index is the user's: uv's or pip's own settings name it, and where nothing
is set the default that the installed pip carries. No address stands here.
"""

from __future__ import annotations

import json
import os
import re
import urllib.error
import urllib.request
from collections.abc import Mapping
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

from npwheel.core import process
from npwheel.core.errors import PlanError
from npwheel.core.retry import patiently

TIMEOUT = 30.0
ACCEPT = "application/vnd.pypi.simple.v1+json, text/html;q=0.1"
# In the order in which uv and pip let one win over the other.
_VARIABLES = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL")


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


@cache
def address() -> str:
    """The index in use. Raises PlanError when neither uv, pip nor the environment names one."""
    for variable in _VARIABLES:
        if os.environ.get(variable):
            return os.environ[variable].rstrip("/")
    own_default = "from pip._internal.models.index import PyPI; print(PyPI.simple_url)"
    configured = process.python("pip", "config", "get", "global.index-url")
    for command in (configured, process.python_code(own_default)):
        done = process.run(command)
        if done.code == 0 and done.out.strip():
            return done.out.strip().rstrip("/")
    raise PlanError(
        "no package index is known",
        why="pip is not installed beside npwheel, and no setting names an index",
        next="install pip, or set PIP_INDEX_URL",
    )


@cache
def files(project: str, at: str = "") -> tuple[IndexFile, ...]:
    """Every file of a project. Raises PlanError when the index does not answer or not sensibly.

    at: the address of another index than the one in use.
    """
    url = f"{at.rstrip('/') or address()}/{canonicalize_name(project)}/"
    request = urllib.request.Request(url, headers={"Accept": ACCEPT})  # noqa: S310

    def ask() -> tuple[str, str, str]:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310
            body = answer.read().decode("utf-8", "replace")
            return answer.headers.get_content_type(), body, answer.url

    try:
        kind, body, base = patiently(ask)
    except urllib.error.HTTPError as error:
        if error.code == 404:
            raise PlanError(f"the index has no project {project}") from error
        raise PlanError("the package index cannot be read", why=str(error)) from error
    except OSError as error:
        raise PlanError(
            "the package index cannot be read",
            why=str(getattr(error, "reason", error)),
            next="check the network, PIP_INDEX_URL, HTTPS_PROXY and SSL_CERT_FILE",
        ) from error
    try:
        return _from_json(body, base) if kind.endswith("json") else _from_html(body, base)
    except (ValueError, KeyError, TypeError) as error:
        raise PlanError(f"the index's answer about {project} cannot be understood") from error


def _from_json(body: str, base: str) -> tuple[IndexFile, ...]:
    return tuple(
        IndexFile(
            filename=entry["filename"],
            url=urljoin(base, entry["url"]),
            hashes=entry.get("hashes", {}),
            requires_python=entry.get("requires-python"),
            yanked=bool(entry.get("yanked", False)),
            size=entry.get("size"),
            uploaded=entry.get("upload-time"),
        )
        for entry in json.loads(body)["files"]
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
        url, fragment = urldefrag(urljoin(base, link.get("href") or ""))
        hashes = dict(re.findall(r"(\w+)=([0-9a-f]+)", fragment))
        found.append(
            IndexFile(
                filename=unquote(url.rsplit("/", 1)[-1]),
                url=url,
                hashes=hashes,
                requires_python=link.get("data-requires-python"),
                yanked="data-yanked" in link,
                size=None,
                uploaded=None,
            )
        )
    return tuple(found)
