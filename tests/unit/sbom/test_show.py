"""`npwheel show`: for people, for machines, and for wheels that say nothing of themselves."""

import json

import pytest

from npwheel import sbom
from npwheel.cli import main
from npwheel.sbom.facts import BuildFacts

IMAGE = {"reference": "quay.example/i:1", "digest": "sha256:" + "c" * 64, "kind": "official"}


@pytest.fixture
def said(wheel):
    tools = {"npwheel": "0.1.0", "cibuildwheel": "4.3.3", "auditwheel": "6.8.2"}
    return sbom.annotate(wheel, BuildFacts("2.3.1", IMAGE, "glibc", "2.31", tools, (), 1))


def test_a_person_reads_all_of_it(said, openblas, capsys):
    assert main(["show", str(said)]) == 0
    out = capsys.readouterr().out
    for text in (
        said.name, "built against 2.3.1, C-API target 0x13", f"demo.libs/{openblas[0]} sha256 ",
        "GCC: ", "glibc 2.31", "official: quay.example/i:1", IMAGE["digest"],
        "auditwheel 6.8.2, cibuildwheel 4.3.3, npwheel 0.1.0",
        "its binaries agree with all that they can show", "another SBOM: auditwheel.cdx.json",
    ):  # fmt: skip
        assert text in out


def test_a_machine_reads_both_sides(said, capsys):
    assert main(["show", "--json", str(said)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["schema_version"] == 1
    assert found["wheel"] == said.name
    assert found["said"]["numpy"] == "2.3.1"
    assert found["found"]["numpy"] is None
    assert found["said"]["libraries"] == found["found"]["libraries"]
    assert found["disagreements"] == []


def test_a_wheel_without_sbom_shows_what_can_be_read(wheel, capsys):
    assert main(["show", str(wheel)]) == 0
    out = capsys.readouterr().out
    assert "it has no sboms/npwheel.cdx.json; this is what its binaries show" in out
    assert (
        "built against headers of NumPy 2.x, the release cannot be told from binaries, C-API" in out
    )
    assert "libscipy_openblas64_.so 0.3." in out
    assert "agree" not in out
    assert main(["show", "--json", str(wheel)]) == 0
    assert json.loads(capsys.readouterr().out)["said"] is None


def test_a_lie_is_exit_code_1(said, capsys):
    other = said.with_name(said.name.replace("cp39", "cp310"))
    said.rename(other)
    assert main(["show", str(other)]) == 1
    out = capsys.readouterr().out
    assert "its binaries show something else" in out
    assert f"the wheel's name: it says {said.name}, found {other.name}" in out


def test_a_file_that_is_no_wheel_is_one_line(tmp_path, capsys):
    path = tmp_path / "a-1-py3-none-any.whl"
    for content in (None, b"", b"text"):
        if content is not None:
            path.write_bytes(content)
        assert main(["show", str(path)]) == 3
        assert capsys.readouterr().err.startswith("npwheel show: ")
