"""`--images official` and `auto` for real: a registry serves an image of the official layout."""

import json
import os
import shutil
import subprocess
import sys
import tarfile
import urllib.request
from pathlib import Path

import official_layout
import pytest

from npwheel.containers import local as local_images
from npwheel.core import paths, targets
from npwheel.core.tags import python_order

TINY = Path(__file__).parent / "tiny"
TARGET = next(t for t in targets.choose([]) if t.native and t.libc == "glibc")
VARIABLE = "CIBW_" + TARGET.image_option.upper().replace("-", "_")


def push(engine, host, local, name):
    """Push an image that is here; returns its reference by digest. The new name is dropped."""
    reference = f"{host}/{name}"
    insecure = ["--tls-verify=false"] if engine.name == "podman" else []
    commands = [["tag", local, f"{reference}:1"], ["push", *insecure, f"{reference}:1"]]
    for command in [*commands, ["rmi", f"{reference}:1"]]:
        subprocess.run([engine.name, *command], check=True, capture_output=True)
    accept = "application/vnd.oci.image.manifest.v1+json"
    accept += ", application/vnd.docker.distribution.manifest.v2+json"
    request = urllib.request.Request(
        f"http://{host}/v2/{name}/manifests/1", headers={"Accept": accept}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return f"{reference}@{answer.headers['Docker-Content-Digest']}"


@pytest.fixture(scope="module")
def served(engine, real_registry, tmp_path_factory):
    """Reference by digest of a build image in the registry; this host does not hold that name."""
    folder = tmp_path_factory.mktemp("official")
    with (folder / "log").open("w") as log:
        recipe = local_images.recipes()[TARGET.local]
        root = local_images.make(recipe, cache=paths.cache() / "images", progress=print, log=log)
    local = "localhost/npwheel-test:official"
    official_layout.import_official(engine, root.tar, local, TARGET.arch, folder)
    reference = push(engine, real_registry, local, "pypa/build")
    subprocess.run([engine.name, "rmi", "-f", local], check=True, capture_output=True)
    return reference


@pytest.fixture
def never_here(engine, real_registry, tmp_path):
    """Reference of an image whose layer no engine has seen, so that it must be fetched."""
    (tmp_path / "noise").write_bytes(os.urandom(1 << 20))
    with tarfile.open(tmp_path / "noise.tar", "w") as archive:
        archive.add(tmp_path / "noise", "noise")
    local = "localhost/npwheel-test:noise"
    engine.import_tar(tmp_path / "noise.tar", local, TARGET.arch)
    reference = push(engine, real_registry, local, "pypa/noise")
    subprocess.run([engine.name, "rmi", "-f", local], check=True, capture_output=True)
    return reference


# The build sees the image's environment; a proof sees none of it.
SETTINGS = """
before-build = 'test -n "$LD_LIBRARY_PATH" && test -n "$AUDITWHEEL_PLAT"'
test-command = 'test -z "$LD_LIBRARY_PATH$AUDITWHEEL_PLAT$PKG_CONFIG_PATH"'
"""


def build(folder, image, mode, settings=""):
    shutil.copytree(TINY, folder / "project")
    if settings:
        file = folder / "project" / "pyproject.toml"
        lines = [x for x in file.read_text().splitlines() if not x.startswith("test-command")]
        file.write_text("\n".join(lines) + settings)
    done = subprocess.run(
        [sys.executable, "-m", "npwheel", "build", "project", "--target", TARGET.name,
         "--images", mode],
        cwd=folder, env={**os.environ, VARIABLE: image}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    record = folder / "wheelhouse" / "npwheel.json"
    return done, json.loads(record.read_text())["wheels"][0] if record.exists() else None


def test_an_official_image_is_pulled_by_digest_and_recorded(engine, served, tmp_path):
    held = engine.image_arch(served) is not None  # some engines know what they pushed by digest
    done, wheel = build(tmp_path, served, "official", SETTINGS)
    assert done.returncode == 0, done.stderr
    assert wheel["image"] == {
        "reference": served, "digest": served.split("@")[1], "kind": "official",
    }  # fmt: skip
    assert ("pulling " + served in done.stderr) == (not held)
    # The CPythons of the image are found by asking it, and run in their order.
    passed = [p["python"] for p in wheel["proofs"] if p["outcome"] == "pass"]
    assert {"3.9", "3.10", "3.14"} <= {*passed}
    assert passed == sorted(passed, key=python_order)
    assert {p["test"] for p in wheel["proofs"] if p["outcome"] == "pass"} == {"passed"}
    assert f"manylinux_2_31_{TARGET.arch}" in wheel["file"]  # of AUDITWHEEL_PLAT
    assert (tmp_path / "wheelhouse" / "report.html").is_file()
    subprocess.run([engine.name, "rmi", served], check=True, capture_output=True)


def test_a_registry_that_dies_falls_back_to_the_stand_in(
    never_here, real_registry, dying, tmp_path
):
    image = never_here.replace(real_registry, dying(real_registry))
    done, wheel = build(tmp_path, image, "auto")
    assert done.returncode == 0, done.stderr
    assert wheel["image"]["kind"] == "local"
    assert "the registry sent nothing for 10 s" in done.stderr
    assert "the local stand-in is used instead" in done.stderr


def test_official_only_means_official_only(tmp_path):
    done, wheel = build(tmp_path, "127.0.0.1:9/pypa/build:1", "official")
    assert done.returncode == 11
    assert wheel is None
    assert "cannot pull 127.0.0.1:9/pypa/build:1" in done.stderr
    assert "refused" in done.stderr
