"""Public reports, rebuilt as environments: the cause first, then a command that fixes it."""

from __future__ import annotations

from pathlib import Path

import pytest
from doctorlab.examine import run
from doctorlab.fixtures import Need
from doctorlab.lab import Lab, Missing
from doctorlab.report import PublicReport
from doctorlab.reports import REPORTS


@pytest.mark.parametrize("case", [r for r in REPORTS if r.make], ids=lambda r: r.thread)
def test_report(case: PublicReport, lab: Lab, tmp_path: Path, need: Need) -> None:
    assert case.make is not None
    try:
        setup = case.make(lab, tmp_path)
    except Missing as missing:
        need.skip(missing, case.thread)
    first, second = run(lab, setup).stdout.splitlines()[:2]
    for word in case.first_line:
        assert word in first
    for word in case.command:
        assert word in second
