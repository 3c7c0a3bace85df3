"""Shared by the pipeline's tests: an engine, a real registry on loopback, bad ones."""

import http.server
import socket
import subprocess
import threading
import time
import urllib.request

import components
import pytest

from npwheel.containers import engine as engines
from npwheel.core.targets import machine


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@pytest.fixture(scope="module")
def real_registry(tmp_path_factory):
    """host:port of a running docker-registry."""
    program = components.require("docker-registry")
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
    engines.exit0_tar(tar)
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


@pytest.fixture
def serve():
    """serve(handler) -> "host:port" of a threading HTTP server that ends with the test."""
    servers = []

    def start(handler):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"127.0.0.1:{server.server_address[1]}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def dying(serve):
    """dying(host) -> a registry like the one at `host`, whose layers stop halfway."""
    stop = threading.Event()

    def start(behind):
        class Dying(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                url = f"http://{behind}{self.path}"
                headers = {"Accept": self.headers["Accept"] or "*/*"}
                request = urllib.request.Request(url, headers=headers, method=self.command)
                with urllib.request.urlopen(request, timeout=30) as answer:
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

        return serve(Dying)

    yield start
    stop.set()
