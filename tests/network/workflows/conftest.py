"""A small repository with proven wheels, and a package index on loopback."""

import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from registries import free_port
from releases import address, built, module, repository, run_git  # noqa: F401


class LoopbackIndex:
    """pypiserver, which refuses a file name that it has. uploads: what was sent, in order."""

    def __init__(self, url, folder):
        self.url, self.folder, self.uploads = url, folder, []

    def upload(self, folder, most=None):
        """Upload as the publish action does; `most`: break after so many files.

        Identical bytes again are a success, as at the real index; other bytes are refused.
        """
        for path in sorted(folder.iterdir()):
            if most is not None and len(self.uploads) >= most:
                raise ConnectionError("the upload broke")
            there = self.folder / path.name
            if there.exists() and there.read_bytes() == path.read_bytes():
                continue
            command = [sys.executable, "-m", "twine", "upload", "--disable-progress-bar"]
            command += ["--repository-url", self.url, "-u", "u", "-p", "p", str(path)]
            subprocess.run(command, check=True, capture_output=True, text=True)
            self.uploads.append(path.name)

    def install(self, requirement, target):
        """Install with pip from this index alone."""
        command = [sys.executable, "-m", "uv", "pip", "install", "--no-deps", "--no-cache"]
        command += ["--index-url", f"{self.url}/simple/", "--target", str(target), requirement]
        subprocess.run(command, check=True, capture_output=True, text=True)
        return {path.name for path in target.iterdir()}


@pytest.fixture
def loopback(tmp_path):
    """An empty index."""
    folder, port = tmp_path / "index", free_port()
    folder.mkdir()
    program = Path(sys.executable).with_name("pypi-server")
    command = [program, "run", "-i", "127.0.0.1", "-p", str(port), "-P", ".", "-a", "."]
    command += ["--disable-fallback", str(folder)]
    with (tmp_path / "index.log").open("w") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(150):
            try:
                urllib.request.urlopen(url, timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield LoopbackIndex(url, folder)
    finally:
        server.terminate()
        server.wait()
