"""`--explain`: the question is answered first, then what to expect, then this machine."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from doctorlab.examine import run
from doctorlab.lab import Lab
from doctorlab.scene import Setup

from npwheel.doctor import commandline


@pytest.fixture
def good(lab: Lab, tmp_path: Path) -> Setup:
    """A healthy environment."""
    return Setup(lab.exe(lab.numpy(tmp_path, "2.2.6")), tmp_path)


@pytest.mark.parametrize(
    ("topic", "texts"),
    [
        ("gcp", ["has a wheel", "has NO wheel", "Dataproc", "Colab"]),
        ("pi", ["piwheels", "16 KiB", "board"]),
        ("alpine", ["musllinux", "apk add py3-numpy", "musl: no, this is glibc"]),
        ("api", ["0xc", "1.14", "npwheel audit"]),
    ],
)
def test_explain(topic: str, texts: list[str], good: Setup, lab: Lab) -> None:
    """Each seed question has its answer, checked against this machine."""
    done = run(lab, good, "--explain", topic, "numpy==1.20.3")
    assert done.returncode == 0
    for text in [*texts, "This machine:"]:
        assert text in done.stdout
    document = json.loads(run(lab, good, "--explain", topic, "--json").stdout)
    assert document["topic"] == topic and document["this_machine"]


@pytest.mark.parametrize(
    ("words", "texts"),
    [
        (["gcp"], ["numpy==1.20.3 has wheels for Python 3.7, 3.8 and 3.9 only", "runs on: Dataproc",
                   "Not on: Dataproc 2.1 (3.10)", "1.21.2 on 3.10"]),
        (["gcp", "numpy==2.2.6"], ["numpy==2.2.6", "Not on: Dataproc 1.5 (3.7)", "1.21.6 on 3.7",
                                   "Not known of: Vertex AI prebuilt"]),
        (["gcp", "numpy==99.0"], ["No wheel of numpy==99.0"]),
        (["pi"], ["x86_64", "32-bit", "libopenblas0-pthread", "1.23.2 to 2.4.6 on Python 3.11"]),
        (["alpine"], ["musllinux", "pip 21.2", "1.26.2 on aarch64", "Alpine 3.15 is older"]),
        (["api"], ["NumPy 1.14 or 1.15 (0xc)", "1.8 or 1.9 (0x9)", "'numpy>=1.14,<2'"]),
        (["api", "0x12", "0x11"], ["NumPy 2.0 (0x12)", "1.25 or 1.26 (0x11)", "'numpy>=2.0'"]),
        (["api", "0x1000009", "0x2000000"], ["compiled on NumPy 1.x", "'numpy<2'"]),
    ],
)  # fmt: skip
def test_explain_answers_first(words: list[str], texts: list[str],
                               capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    """What was asked is answered in the first five lines, from the data."""
    assert commandline.main(["--explain", *words]) == 0
    first = capsys.readouterr().out.partition("\n\n")[0]
    assert len(first.splitlines()) <= 5
    for text in texts:
        assert text in first


@pytest.mark.parametrize("word", ["pandas==2.0", "0xc", "numpy>=1.20"])
def test_explain_refuses_what_it_does_not_take(
    word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Another package's pin is not taken for NumPy's."""
    assert commandline.main(["--explain", "gcp", word]) == 2
    assert "takes a pin of NumPy" in capsys.readouterr().err
