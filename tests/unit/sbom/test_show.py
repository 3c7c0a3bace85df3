"""`npwheel show`: as text, as JSON, and for wheels without npwheel's SBOM."""

import json

import pytest

from npwheel import sbom
from npwheel.cli import main
from npwheel.sbom.claims import BuildFacts

IMAGE = {"reference": "quay.example/i:1", "digest": "sha256:" + "c" * 64, "kind": "official"}


@pytest.fixture
def annotated(wheel):
    tools = {"npwheel": "0.1.0", "cibuildwheel": "4.3.3", "auditwheel": "6.8.2"}
    return sbom.annotate(wheel, BuildFacts("2.3.1", IMAGE, "glibc", "2.31", tools, (), 1))


def test_show_text_has_all_facts(annotated, openblas, capsys):
    assert main(["show", str(annotated)]) == 0
    out = capsys.readouterr().out
    for text in (
        annotated.name, "built against 2.3.1, C-API target 0x13",
        f"demo.libs/{openblas[0]} sha256 ",
        "GCC: ", "glibc 2.31", "official: quay.example/i:1", IMAGE["digest"],
        "auditwheel 6.8.2, cibuildwheel 4.3.3, npwheel 0.1.0",
        "the binaries agree", "another SBOM: auditwheel.cdx.json",
    ):  # fmt: skip
        assert text in out


def test_show_json_has_recorded_and_found_claims(annotated, capsys):
    assert main(["show", "--json", str(annotated)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["schema_version"] == 2
    assert found["wheel"] == annotated.name
    assert found["recorded"]["numpy"] == "2.3.1"
    assert found["found"]["numpy"] is None
    assert found["recorded"]["libraries"] == found["found"]["libraries"]
    assert found["disagreements"] == []


def test_show_reads_binaries_of_wheel_without_sbom(wheel, capsys):
    assert main(["show", str(wheel)]) == 0
    out = capsys.readouterr().out
    assert "no sboms/npwheel.cdx.json" in out
    assert "built against headers of NumPy 2.x, release unknown from binaries, C-API" in out
    assert "libscipy_openblas64_.so 0.3." in out
    assert "agree" not in out
    assert main(["show", "--json", str(wheel)]) == 0
    assert json.loads(capsys.readouterr().out)["recorded"] is None


def test_show_exits_with_1_when_binaries_contradict_the_sbom(annotated, capsys):
    other = annotated.with_name(annotated.name.replace("cp39", "cp310"))
    annotated.rename(other)
    assert main(["show", str(other)]) == 1
    out = capsys.readouterr().out
    assert f"the wheel's name: recorded {annotated.name}, found {other.name}" in out


def test_show_reports_file_that_is_not_a_wheel_in_one_line(tmp_path, capsys):
    path = tmp_path / "a-1-py3-none-any.whl"
    for content in (None, b"", b"text"):
        if content is not None:
            path.write_bytes(content)
        assert main(["show", str(path)]) == 3
        assert capsys.readouterr().err.startswith("npwheel show: ")
