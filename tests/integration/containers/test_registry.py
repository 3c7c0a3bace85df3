"""Pulls from a registry on loopback into a real engine."""

import http.server
import io
import json
import subprocess
import time

import pytest

from npwheel.containers import registry
from npwheel.core.errors import ImageError
from npwheel.core.targets import machine


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


def test_wrong_digest_is_refused(engine, pushed):
    reference, digest = pushed
    wrong = digest[:-4] + ("0000" if not digest.endswith("0000") else "1111")
    with pytest.raises(ImageError) as caught:
        registry.pull(
            engine, reference.replace(digest, wrong), machine(), io.StringIO(), lambda _: None
        )
    assert "cannot pull" in caught.value.what
    assert caught.value.why


def test_swapped_content_is_refused(engine, pushed, real_registry, serve):
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

    lying = reference.replace(real_registry, serve(Liar))
    with pytest.raises(ImageError):
        registry.pull(engine, lying, machine(), io.StringIO(), lambda _: None)


def test_registry_that_dies_midway(engine, pushed, real_registry, dying):
    """The manifest comes, the layer's bytes stop: given up after the stall, in one sentence."""
    reference, _ = pushed
    host = dying(real_registry)
    begun = time.monotonic()
    with pytest.raises(ImageError) as caught:
        registry.pull(
            engine,
            reference.replace(real_registry, host),
            machine(),
            io.StringIO(),
            lambda _: None,
            stall=3,
        )
    assert time.monotonic() - begun < 45
    assert "sent nothing for 3 s" in caught.value.why
