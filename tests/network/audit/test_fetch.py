"""Wheels by name, fetched from the index."""

from __future__ import annotations

import json

import pytest

from npwheel.cli import main


def test_a_release_is_fetched_for_another_platform(capsys: pytest.CaptureFixture[str]) -> None:
    """fast-histogram 0.9 for Python 3.8, from the index; it is never installed."""
    code = main(
        ["audit", "--json", "fast-histogram==0.9", "--python", "3.8",
         "--platform", "manylinux2014_x86_64"]
    )  # fmt: skip
    (wheel,) = json.loads(capsys.readouterr().out)["wheels"]
    assert code == 0, wheel["findings"]
    assert wheel["file"] == "fast_histogram-0.9-cp38-cp38-manylinux2010_x86_64.whl"
    assert wheel["modules"][0]["api"] == "0xd"


def test_a_release_of_many_gigabytes_is_not_fetched_whole(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["audit", "torch==2.2.2"]) == 3
    assert "GiB, expected at most 2" in capsys.readouterr().err


def test_a_release_that_is_not_there_is_not_checked(capsys: pytest.CaptureFixture[str]) -> None:
    wanted = ["--python", "3.14", "--platform", "manylinux_2_28_s390x"]
    assert main(["audit", "fast-histogram==0.9", *wanted]) == 3
    assert "no wheel of fast-histogram==0.9 for manylinux_2_28_s390x" in capsys.readouterr().err
