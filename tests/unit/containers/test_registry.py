"""Pulling: by digest from a real registry, and giving up quickly on bad ones.

The registry is Debian's `docker-registry` on loopback; where it or an engine is
missing these tests say so.
"""

import socket
import time

import pytest

from npwheel.containers import registry


def test_silent_registry_is_given_up(monkeypatch):
    """It accepts the connection and says nothing."""
    monkeypatch.setattr(registry, "ANSWER_SECONDS", 0.5)
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        s.listen()
        host = f"127.0.0.1:{s.getsockname()[1]}"
        begun = time.monotonic()
        answered, reason = registry.answers(f"{host}/a/b:1")
    assert not answered
    assert time.monotonic() - begun < 30
    assert host in reason


def test_closed_port_is_given_up():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{s.getsockname()[1]}"
    answered, reason = registry.answers(f"{host}/a/b:1")
    assert not answered
    assert "refused" in reason


@pytest.mark.parametrize(
    ("reference", "host"),
    [
        ("quay.io/pypa/manylinux_2_28_x86_64@sha256:00", "quay.io"),
        ("localhost:5000/a", "localhost:5000"),
        ("localhost/a", "localhost"),
        ("python:3.13-slim", "registry-1.docker.io"),
        ("library/python:3.13-slim", "registry-1.docker.io"),
        ("docker.io/library/python:3.13", "registry-1.docker.io"),
    ],
)
def test_host_of(reference, host):
    assert registry.host_of(reference) == host
