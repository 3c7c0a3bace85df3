"""Facts of a build, read from its log, its image and the index."""

import hashlib

import pytest

from npwheel.containers.engine import Engine
from npwheel.core.errors import PlanError
from npwheel.core.index import IndexFile
from npwheel.core.tags import SystemPlatform
from npwheel.sbom import build_facts, build_log
from npwheel.sbom.claims import LibrarySource

LOG = """\
Building wheel...
 + numpy==2.0.1
    + scipy-openblas32==0.3.31.188.0
Successfully installed Numpy-2.0.2 scikit_build_core-1.1.2
 - numpy==9.9
"""
NAME = "scipy_openblas32-0.3.31.188.0-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl"


def test_installed_reads_uv_and_pip_lines():
    assert build_log.installed(LOG.splitlines()) == {
        "numpy": "2.0.2",
        "scipy-openblas32": "0.3.31.188.0",
        "scikit-build-core": "1.1.2",
    }


@pytest.mark.parametrize(
    ("line", "version"),
    [
        ("DEBUG Installing build requirements: a==1, numpy==2.0.2, b==2", "2.0.2"),
        ("DEBUG Installing build requirement: `numpy==2.0.2+headers`", "2.0.2+headers"),
        ("DEBUG Installing 'numpy==2.0.2'", "2.0.2"),
        ("  <  + numpy==2.5.0rc1", "2.5.0rc1"),
    ],
)
def test_installed_in_ends_a_version_before_punctuation(line, version):
    assert build_log.installed_in(line)["numpy"] == version


@pytest.fixture
def index(tmp_path, make_wheel, monkeypatch):
    """An index with one package that contains a library; returns the sha256 of its wheel."""
    folder = tmp_path / "index"
    folder.mkdir()
    wheel = make_wheel(folder / NAME, {"s/lib/libscipy_openblas.so": b"lib", "s/readme.txt": b""})
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    file = IndexFile(NAME, wheel.as_uri(), {"sha256": digest}, None, False, None, None)
    monkeypatch.setattr(build_facts.index, "files", lambda name: (file,))
    monkeypatch.setattr(build_facts.download, "wheel", lambda _file: wheel)
    return digest


TAGS = ("manylinux_2_31_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64")


def test_sources_looks_up_the_package_of_a_library(index):
    found = build_facts.sources({"scipy-openblas32": "0.3.31.188.0", "numpy": "2.0.2"}, TAGS)
    library = hashlib.sha256(b"lib").hexdigest()
    expected = {"libscipy_openblas.so": library}
    assert found == (LibrarySource("scipy-openblas32", "0.3.31.188.0", NAME, index, expected),)


@pytest.mark.parametrize(
    ("version", "tags"), [("0.3.30.0.0", TAGS), ("0.3.31.188.0", ("musllinux_1_2_x86_64",))]
)
def test_sources_hash_is_unknown_when_the_file_is_gone(index, version, tags):
    (found,) = build_facts.sources({"scipy-openblas32": version}, tags)
    assert (found.version, found.sha256, found.libraries) == (version, None, {})


def test_sources_hash_is_unknown_when_the_index_fails(monkeypatch):
    def files(_name):
        raise PlanError("silent")

    monkeypatch.setattr(build_facts.index, "files", files)
    assert build_facts.sources({"scipy-openblas32": "1"}, TAGS) == (
        LibrarySource("scipy-openblas32", "1"),
    )


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
def test_tools_reads_the_version_of_auditwheel_in_the_image(engine, text, code, version):
    found = build_facts.tools(engine(text, code), "localhost/i:1", "x86_64")
    assert found.get("auditwheel") == version
    assert found.keys() >= {"npwheel", "cibuildwheel"}


def test_build_facts_combines_log_image_and_index(index, engine, tmp_path):
    log = tmp_path / "log"
    log.write_text(LOG)
    image = {"reference": "localhost/i:1", "digest": "sha256:" + "0" * 64, "kind": "local"}
    facts = build_facts.build_facts(
        log,
        image,
        SystemPlatform("glibc", "2.31", "x86_64"),
        engine("auditwheel 6.8.2"),
        epoch=1700000000,
    )
    assert (facts.numpy, facts.image, facts.tools["auditwheel"]) == ("2.0.2", image, "6.8.2")
    assert [source.sha256 for source in facts.sources] == [index]
