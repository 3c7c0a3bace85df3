"""What fails for a moment is tried again, what is refused is not."""

import http.client
import urllib.error
from email.message import Message

import pytest

from npwheel.core import web


@pytest.fixture(autouse=True)
def no_pause(monkeypatch):
    monkeypatch.setattr(web.time, "sleep", lambda seconds: None)


def refused(code):
    return urllib.error.HTTPError("https://example.org", code, "no", Message(), None)


@pytest.mark.parametrize(
    "stumble",
    [OSError("again"), TimeoutError(), http.client.IncompleteRead(b""), refused(503), refused(429)],
)
def test_a_stumble_is_forgiven(stumble):
    answers = [stumble, stumble, "well"]

    def action():
        answer = answers.pop(0)
        if isinstance(answer, str):
            return answer
        raise answer

    assert web.patiently(action) == "well"


def test_the_last_error_is_reported():
    def action():
        raise OSError("down")

    with pytest.raises(OSError, match="down"):
        web.patiently(action)


def test_a_refusal_stands():
    tries = []

    def action():
        tries.append(1)
        raise refused(404)

    with pytest.raises(urllib.error.HTTPError):
        web.patiently(action)
    assert len(tries) == 1
