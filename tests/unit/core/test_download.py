"""Wheels from the index are verified, cached, and chosen by the real tag logic."""

import hashlib
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from npwheel.core import download, wheel_selection
from npwheel.core.errors import PlanError
from npwheel.core.index import IndexFile
from npwheel.core.tags import platform_tags, python_tags


@pytest.fixture
def served(tmp_path, monkeypatch):
    """(folder, address) of a server on loopback; the cache lies aside."""
    monkeypatch.setenv("NPWHEEL_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "served"
    folder.mkdir()
    handler = partial(SimpleHTTPRequestHandler, directory=str(folder))
    handler.log_message = lambda *_: None
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield folder, f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def entry(name, address="", sha256="0" * 64, yanked=False):
    hashes = {"sha256": sha256} if sha256 else {}
    return IndexFile(name, f"{address}/{name}", hashes, None, yanked, None, None)


def test_a_wheel_is_fetched_once(served):
    folder, address = served
    (folder / "a-1-py3-none-any.whl").write_bytes(b"whole")
    file = entry("a-1-py3-none-any.whl", address, hashlib.sha256(b"whole").hexdigest())
    path = download.wheel(file)
    assert path.read_bytes() == b"whole"
    (folder / "a-1-py3-none-any.whl").unlink()
    assert download.wheel(file) == path


def test_another_content_than_promised_is_refused_and_not_kept(served, tmp_path):
    folder, address = served
    (folder / "a-1-py3-none-any.whl").write_bytes(b"swapped")
    with pytest.raises(PlanError) as caught:
        download.wheel(entry("a-1-py3-none-any.whl", address))
    assert "expected 000" in caught.value.why
    assert not [p for p in (tmp_path / "cache").rglob("*") if p.is_file()]


def test_a_file_that_cannot_be_had(served):
    with pytest.raises(PlanError, match="cannot be fetched"):
        download.wheel(entry("gone-1-py3-none-any.whl", served[1]))
    with pytest.raises(PlanError, match="gives no sha256"):
        download.wheel(entry("a-1-py3-none-any.whl", served[1], sha256=""))


def test_best_is_what_an_installer_takes():
    files = [
        entry("numpy-2.0.0-cp39-cp39-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"),
        entry("numpy-2.0.0-cp39-cp39-manylinux_2_28_x86_64.whl"),
        entry("numpy-2.0.0-cp39-cp39-manylinux_2_35_x86_64.whl"),
        entry("numpy-2.0.0-cp39-cp39-musllinux_1_2_x86_64.whl"),
        entry("numpy-2.0.0-cp39-cp39-manylinux_2_31_x86_64.whl", yanked=True),
        entry("numpy-2.0.0.tar.gz"),
    ]

    def best(version, libc):
        tags = python_tags("3.9", platform_tags(libc[0], libc[1], "x86_64"))
        found = wheel_selection.of_release(files, version, tags)
        return found and found.filename

    assert best("2.0.0", ("glibc", "2.31")).endswith("manylinux_2_28_x86_64.whl")
    assert best("2.0.0", ("glibc", "2.17")).endswith("manylinux2014_x86_64.whl")
    assert best("2.0.0", ("musl", "1.2")).endswith("musllinux_1_2_x86_64.whl")
    assert best("2.0.1", ("glibc", "2.31")) is None
