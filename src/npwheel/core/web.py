"""HTTP: credentials for each host alone, moments of failure tried again, no secret in an error."""

from __future__ import annotations

import errno
import http.client
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from email.message import Message
from typing import IO, Any, TypeVar

from npwheel.core.credentials import mask

TIMEOUT = 60.0  # seconds without a byte
MAX_TEXT = 256 << 20  # bytes of one answer that is read into memory
PAUSES = (1.0, 3.0)  # seconds before the second and the third try

_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO)

T = TypeVar("T")
Authorize = Callable[[str], str | None]


class WebError(Exception):
    """A URL cannot be read. Its text has no secrets."""


class NotThere(WebError):
    """The server has nothing there (404)."""


def is_http(url: str) -> bool:
    """Is it an address that this module reads?"""
    scheme, mark, rest = url.partition("://")
    return bool(mark and rest) and scheme.lower() in ("http", "https")


def text(url: str, accept: str, authorize: Authorize) -> tuple[str, str, str]:
    """Return (media type, text, the URL after redirects). Raises WebError."""

    def ask(answer: Any) -> tuple[str, str, str]:
        body = answer.read(MAX_TEXT + 1)
        if len(body) > MAX_TEXT:
            raise WebError(f"the answer has more than {MAX_TEXT >> 20} MiB")
        return answer.headers.get_content_type(), body.decode("utf-8", "replace"), answer.url

    return _read(url, {"Accept": accept}, authorize, ask)


def copy(url: str, authorize: Authorize, consume: Callable[[IO[bytes]], T]) -> T:
    """Return what `consume` makes of the answer's stream; it may be called again on a failure.

    Raises WebError, and what `consume` raises for files of its own.
    """
    return _read(url, {}, authorize, consume)


def _read(
    url: str, headers: dict[str, str], authorize: Authorize, consume: Callable[[Any], T]
) -> T:
    opener = urllib.request.build_opener(_Redirects(authorize))

    def ask() -> T:
        request = urllib.request.Request(url, headers=headers)  # noqa: S310  # see is_http
        _add_credentials(request, authorize)
        with opener.open(request, timeout=TIMEOUT) as answer:
            return consume(answer)

    try:
        if not is_http(url):
            raise WebError(f"not an HTTP address: {mask(url)}")
        return patiently(ask)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code in (404, 410):
            raise NotThere(mask(f"HTTP {error.code}: {error.reason}")) from None
        raise WebError(mask(f"HTTP {error.code}: {error.reason}")) from None
    except http.client.HTTPException as error:
        raise WebError(mask(str(error) or type(error).__name__)) from None
    except OSError as error:
        if _is_local(error):
            raise
        raise WebError(mask(str(getattr(error, "reason", error)))) from None
    except ValueError as error:  # a host name or a port that cannot be one
        raise WebError(mask(str(error))) from None


def patiently(action: Callable[[], T]) -> T:
    """Return the action's result. Raises the error of its last try; a refusal is final."""
    for pause in PAUSES:
        try:
            return action()
        except urllib.error.HTTPError as error:
            if error.code < 500 and error.code != 429:
                raise
            error.close()
        except OSError as error:
            if _is_local(error):
                raise
        except http.client.HTTPException:
            pass
        time.sleep(pause)
    return action()


def _is_local(error: OSError) -> bool:
    """Is it about a file or a disk of this machine?"""
    return error.filename is not None or error.errno in _DISK


def _add_credentials(request: urllib.request.Request, authorize: Authorize) -> None:
    header = authorize(request.full_url)
    if header:
        # Not copied by a redirect: another host gets its own credentials, or none.
        request.add_unredirected_header("Authorization", header)


class _Redirects(urllib.request.HTTPRedirectHandler):
    def __init__(self, authorize: Authorize) -> None:
        self._authorize = authorize

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: Message,
        newurl: str,
    ) -> urllib.request.Request | None:
        new = super().redirect_request(req, fp, code, msg, headers, newurl)  # type: ignore[arg-type]
        if new is not None:
            if not is_http(newurl):
                raise WebError(f"redirected to an address that is not HTTP: {mask(newurl)}")
            _add_credentials(new, self._authorize)
        return new
