"""What only the build knows is read from its log, its image and the index."""

import hashlib

import pytest

from npwheel.containers.engine import Engine
from npwheel.core.errors import PlanError
from npwheel.core.index import IndexFile
from npwheel.sbom import gather
from npwheel.sbom.facts import Source

LOG = """\
Building wheel...
 + numpy==2.0.1
    + scipy-openblas32==0.3.31.188.0
Successfully installed Numpy-2.0.2 scikit_build_core-1.1.2
 - numpy==9.9
"""
NAME = "scipy_openblas32-0.3.31.188.0-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl"


def test_what_uv_and_pip_say_they_installed():
    assert gather.installed(LOG.splitlines()) == {
        "numpy": "2.0.2",
        "scipy-openblas32": "0.3.31.188.0",
        "scikit-build-core": "1.1.2",
    }


@pytest.fixture
def index(tmp_path, make_wheel, monkeypatch):
    """An index with one package that brings a library; returns the library's content."""
    folder = tmp_path / "index"
    folder.mkdir()
    wheel = make_wheel(folder / NAME, {"s/lib/libscipy_openblas.so": b"lib", "s/readme.txt": b""})
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    file = IndexFile(NAME, wheel.as_uri(), {"sha256": digest}, None, False, None, None)
    monkeypatch.setattr(gather.index, "files", lambda name: (file,))
    monkeypatch.setenv("NPWHEEL_CACHE", str(tmp_path / "cache"))
    return digest


TAGS = ("manylinux_2_31_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64")


def test_the_package_that_brings_a_library_is_looked_up(index):
    found = gather.sources({"scipy-openblas32": "0.3.31.188.0", "numpy": "2.0.2"}, TAGS)
    library = hashlib.sha256(b"lib").hexdigest()
    expected = {"libscipy_openblas.so": library}
    assert found == (Source("scipy-openblas32", "0.3.31.188.0", NAME, index, expected),)


@pytest.mark.parametrize(
    ("version", "tags"), [("0.3.30.0.0", TAGS), ("0.3.31.188.0", ("musllinux_1_2_x86_64",))]
)
def test_a_file_that_is_gone_leaves_its_hash_unknown(index, version, tags):
    (found,) = gather.sources({"scipy-openblas32": version}, tags)
    assert (found.version, found.sha256, found.libraries) == (version, None, {})


def test_an_index_that_does_not_answer_leaves_the_hash_unknown(monkeypatch):
    def files(_name):
        raise PlanError("silent")

    monkeypatch.setattr(gather.index, "files", files)
    assert gather.sources({"scipy-openblas32": "1"}, TAGS) == (Source("scipy-openblas32", "1"),)


@pytest.fixture
def engine(tmp_path, monkeypatch):
    """(text, exit code) -> an engine whose containers print the text."""

    def make(text, code=0):
        program = tmp_path / "engine"
        program.write_text(f"#!/bin/sh\necho '{text}'\nexit {code}\n")
        program.chmod(0o755)
        return Engine(str(program), "1")

    return make


@pytest.mark.parametrize(
    ("text", "code", "version"),
    [
        ("auditwheel 6.8.2 installed at /x/python3.13", 0, "6.8.2"),
        ("no such program", 127, None),
    ],
)
def test_the_image_is_asked_for_its_auditwheel(engine, text, code, version):
    found = gather.tools(engine(text, code), "localhost/i:1", "x86_64")
    assert found.get("auditwheel") == version
    assert found.keys() >= {"npwheel", "cibuildwheel"}


def test_all_of_it_together(index, engine, tmp_path):
    log = tmp_path / "log"
    log.write_text(LOG)
    image = {"reference": "localhost/i:1", "digest": "sha256:" + "0" * 64, "kind": "local"}
    facts = gather.build_facts(
        log, image, libc="glibc", libc_version="2.31", arch="x86_64",
        engine=engine("auditwheel 6.8.2"), epoch=1700000000,
    )  # fmt: skip
    assert (facts.numpy, facts.image, facts.tools["auditwheel"]) == ("2.0.2", image, "6.8.2")
    assert [source.sha256 for source in facts.sources] == [index]
