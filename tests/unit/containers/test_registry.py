"""Pulling: by digest from a real registry, and giving up quickly on bad ones.

The registry is Debian's `docker-registry` on loopback; where it or an engine is
missing these tests say so.
"""

import io
import os
import socket
import time

import pytest

from npwheel.containers import registry
from npwheel.containers.engine import Engine
from npwheel.core.errors import ImageError


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


SLOW = """#!/bin/sh
case $1 in
image) [ -e {done} ] && echo amd64; exit 0 ;;
pull) {pull} ;;
esac
"""


def pulled(tmp_path, monkeypatch, name, pull, stall):
    """What a pull by this engine gives, from a registry that does not answer this machine."""
    program = tmp_path / name
    program.write_text(SLOW.format(done=tmp_path / "done", pull=pull))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(registry, "answers", lambda _: (False, "registry r does not answer"))
    monkeypatch.setattr(registry, "_daemon", lambda: ())  # not ours to read
    engine = Engine(name, "1")
    return registry.pull(engine, f"r/a@{'0' * 8}", "x86_64", io.StringIO(), lambda _: None, stall)


def test_a_slow_pull_of_an_unreadable_daemon_is_alive(tmp_path, monkeypatch):
    assert pulled(tmp_path, monkeypatch, "docker", "sleep 3", 0.6) == "0" * 8


def test_a_silent_pull_that_is_watched_is_given_up(tmp_path, monkeypatch):
    with pytest.raises(ImageError) as caught:
        pulled(tmp_path, monkeypatch, "podman", "exec sleep 60", 0.6)
    assert "does not answer" in caught.value.why
    assert "sent nothing for 0.6 s" in caught.value.why


def test_what_children_of_the_pull_move_is_counted(tmp_path, monkeypatch):
    """A rootless podman pulls in a child of its own."""
    child = f"(sleep 1; dd if=/dev/zero of={tmp_path}/x bs=4096 count=200; sleep 1) & wait"
    loop = (
        "for i in 1 2 3; do (dd if=/dev/zero of=/dev/null bs=65536 count=9; sleep 1) & wait; done"
    )
    assert pulled(tmp_path, monkeypatch, "podman", f"{child}; {loop}", 2.5) == "0" * 8


def test_a_pull_whose_traffic_is_kept_from_us_is_not_called_dead(tmp_path, monkeypatch):
    monkeypatch.setattr(registry, "_io", lambda pid: None)
    assert pulled(tmp_path, monkeypatch, "podman", "sleep 3", 0.6) == "0" * 8
