"""Pulling: by digest from a real registry, and giving up quickly on bad ones.

The registry is Debian's `docker-registry` on loopback; where it or an engine is
missing these tests say so.
"""

import http.server
import io
import json
import shutil
import socket
import subprocess
import threading
import time
import urllib.request

import pytest

from npwheel.errors import EngineError, ImageError
from npwheel.pipeline import engine as engines
from npwheel.pipeline import registry
from npwheel.pipeline.targets import machine


@pytest.fixture(scope="module")
def engine():
    try:
        found = engines.find()
    except EngineError as error:
        pytest.skip(f"NOT RUN, no engine: {error.what}")
    yield found
    found.remove_containers()


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@pytest.fixture(scope="module")
def real_registry(tmp_path_factory):
    """host:port of a running docker-registry."""
    program = shutil.which("docker-registry") or shutil.which("registry")
    if program is None:
        pytest.skip("NOT RUN, docker-registry is not installed")
    folder = tmp_path_factory.mktemp("registry")
    port = free_port()
    config = folder / "config.yml"
    config.write_text(
        "version: 0.1\n"
        "log: {level: error}\n"
        f"storage: {{filesystem: {{rootdirectory: {folder / 'data'}}}}}\n"
        f"http: {{addr: 127.0.0.1:{port}}}\n"
    )
    log = (folder / "log").open("w")
    server = subprocess.Popen([program, "serve", str(config)], stdout=log, stderr=log)
    for _ in range(100):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/v2/", timeout=1).close()
            break
        except OSError:
            time.sleep(0.1)
    else:
        server.kill()
        pytest.fail((folder / "log").read_text())
    yield f"127.0.0.1:{port}"
    server.terminate()
    server.wait()
    log.close()


@pytest.fixture(scope="module")
def pushed(engine, real_registry, tmp_path_factory):
    """(reference by digest, digest) of an image in the registry, and not on this host."""
    tar = tmp_path_factory.mktemp("image") / "exit0.tar"
    engines._exit0_tar(tar)
    name = f"{real_registry}/npwheel/exit0:1"
    engine.import_tar(tar, name, machine())
    subprocess.run(
        [engine.name, "push", *(["--tls-verify=false"] if engine.name == "podman" else []), name],
        check=True,
        capture_output=True,
    )
    accept = "application/vnd.oci.image.manifest.v1+json"
    accept += ", application/vnd.docker.distribution.manifest.v2+json"
    url = f"http://{real_registry}/v2/npwheel/exit0/manifests/1"
    request = urllib.request.Request(url, headers={"Accept": accept})
    with urllib.request.urlopen(request, timeout=5) as answer:
        digest = answer.headers["Docker-Content-Digest"]
    subprocess.run([engine.name, "rmi", "-f", name], check=True, capture_output=True)
    return f"{real_registry}/npwheel/exit0@{digest}", digest


@pytest.mark.integration
def test_pull_by_digest(engine, pushed):
    reference, digest = pushed
    said = []
    assert registry.pull(engine, reference, machine(), io.StringIO(), said.append) == digest
    assert said == [f"pulling {reference}"]
    # Present now: no second pull, even with the registry's answer unread.
    said.clear()
    assert registry.pull(engine, reference, machine(), io.StringIO(), said.append) == digest
    assert said == []
    subprocess.run([engine.name, "rmi", "-f", reference], check=True, capture_output=True)


@pytest.mark.integration
def test_wrong_digest_is_refused(engine, pushed):
    reference, digest = pushed
    wrong = digest[:-4] + ("0000" if not digest.endswith("0000") else "1111")
    with pytest.raises(ImageError) as caught:
        registry.pull(
            engine, reference.replace(digest, wrong), machine(), io.StringIO(), lambda _: None
        )
    assert "cannot pull" in caught.value.what
    assert caught.value.why


@pytest.mark.integration
def test_swapped_content_is_refused(engine, pushed, real_registry):
    """A registry that serves another manifest under a digest is caught by the engine."""
    reference, digest = pushed
    manifest = json.dumps({"schemaVersion": 2, "mediaType": "x", "config": {}, "layers": []})

    class Liar(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            body = manifest.encode() if "manifests" in self.path else b"{}"
            self.send_response(200)
            self.send_header("Content-Type", "application/vnd.oci.image.manifest.v1+json")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Docker-Content-Digest", digest)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        do_HEAD = do_GET

        def log_message(self, *args):
            pass

    with serving(Liar) as host, pytest.raises(ImageError):
        registry.pull(
            engine,
            reference.replace(real_registry, host),
            machine(),
            io.StringIO(),
            lambda _: None,
        )


class serving:
    """A threading HTTP server for the length of a `with` block; gives host:port."""

    def __init__(self, handler):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return f"127.0.0.1:{self.server.server_address[1]}"

    def __exit__(self, *exc):
        self.server.shutdown()
        self.server.server_close()


@pytest.mark.integration
def test_registry_that_dies_midway(engine, pushed, real_registry):
    """The manifest comes, the layer's bytes stop: given up after the stall, in one sentence."""
    reference, _ = pushed
    stop = threading.Event()

    class Dying(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            url = f"http://{real_registry}{self.path}"
            request = urllib.request.Request(
                url, headers={"Accept": self.headers["Accept"] or "*/*"}
            )
            request.method = self.command
            with urllib.request.urlopen(request, timeout=5) as answer:
                body = answer.read()
                self.send_response(answer.status)
                for key in ("Content-Type", "Content-Length", "Docker-Content-Digest"):
                    if answer.headers[key]:
                        self.send_header(key, answer.headers[key])
            self.end_headers()
            if "/blobs/" in self.path:
                self.wfile.write(body[: len(body) // 2])
                self.wfile.flush()
                stop.wait(60)
            elif self.command == "GET":
                self.wfile.write(body)

        do_HEAD = do_GET

        def log_message(self, *args):
            pass

    begun = time.monotonic()
    with serving(Dying) as host:
        with pytest.raises(ImageError) as caught:
            registry.pull(
                engine,
                reference.replace(real_registry, host),
                machine(),
                io.StringIO(),
                lambda _: None,
                stall=3,
            )
        stop.set()
    assert time.monotonic() - begun < 20
    assert "sent nothing for 3 s" in caught.value.why


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
    assert time.monotonic() - begun < 5
    assert host in reason


def test_closed_port_is_given_up():
    host = f"127.0.0.1:{free_port()}"
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
