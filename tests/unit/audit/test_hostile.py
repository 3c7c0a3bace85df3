"""Hostile wheels: a clear finding or error, a bounded cost, nothing written outside."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import hostile_wheels as hostile
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rule_wheels import MODULE, make, module

from npwheel.audit import catalogue
from npwheel.audit.audit_wheel import audit_wheel
from npwheel.audit.model import WheelReport

Maker = Callable[[Path], Path]
# Prints the peak of the process's own memory, in KiB, after the report. (ru_maxrss would
# be inherited from the test run.)
MEASURED = (
    "import re, sys; from npwheel.cli import main; code = main(sys.argv[1:]);"
    "print(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1], file=sys.stderr);"
    "sys.exit(code)"
)


def report_on(path: Path) -> WheelReport:
    return audit_wheel(path, catalogue.all_rules())


def said(report: WheelReport) -> str:
    return report.error + "\n".join(f.message for f in report.findings)


@pytest.mark.parametrize(
    ("maker", "words"),
    [
        (hostile.bomb, "zip bomb"),
        (hostile.bomb_that_says_small, "cannot be unpacked"),
        (hostile.overlapping, "overlaps"),
        (hostile.encrypted, "encrypted"),
        (hostile.unknown_method, "compression method is number 77"),
        (hostile.wrong_sum, "CRC"),
        (hostile.symlink, "symbolic link"),
        (hostile.cut, "cannot be read"),
        (hostile.no_archive, "not a zip archive"),
        (hostile.endless_list, "more than any wheel"),
        (hostile.named("../../evil.so"), "leaves the wheel"),
        (hostile.named("/tmp/evil.so"), "absolute path"),
        (hostile.named("pkg\\..\\evil.so"), "leaves the wheel"),
        (hostile.named("pkg/\x1b[31mred.so"), "control character"),
        (hostile.named("C:/evil.so"), "absolute path"),
    ],
)
def test_every_trick_is_reported(tmp_path: Path, maker: Maker, words: str) -> None:
    report = report_on(maker(tmp_path))
    assert words in said(report)
    # An archive that tricks is never called fine.
    assert report.unchecked or report.failed(strict=False)


@pytest.mark.parametrize(
    ("maker", "mebibytes"),
    [(hostile.bomb, 0), (hostile.bomb_that_says_small, 0), (hostile.large, 400)],
)
def test_memory_is_bounded_by_the_largest_module(
    tmp_path: Path, maker: Maker, mebibytes: int
) -> None:
    path = maker(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, "audit", "--json", str(path)],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode in (1, 3), done.stderr
    (wheel,) = json.loads(done.stdout)["wheels"]
    assert wheel["findings"]
    assert int(done.stderr.split()[-1]) < (300 + mebibytes) * 1024


def test_two_members_of_one_name_are_reported(tmp_path: Path) -> None:
    path = make(tmp_path, {MODULE: module()})
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(path, "a") as archive:
        archive.writestr(MODULE, b"not the same")
    assert "two members have this name" in said(report_on(path))


def test_nothing_is_written(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    path = hostile.named("../evil.so")(inside)
    report_on(path)
    assert [p.name for p in tmp_path.rglob("*")] == ["inside", path.name]


def test_a_fifo_is_not_waited_for(tmp_path: Path) -> None:
    import os

    path = tmp_path / "pkg-1.0-py3-none-any.whl"
    os.mkfifo(path)
    assert "not a regular file" in report_on(path).error


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return make(tmp_path_factory.mktemp("sound"), {MODULE: module()}).read_bytes()


@settings(
    max_examples=150, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(data=st.data())
def test_any_damage_gives_a_report(tmp_path: Path, sound: bytes, data: st.DataObject) -> None:
    """Bytes changed anywhere, and a cut: always a report, never an unforeseen error."""
    content = bytearray(sound)
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    if data.draw(st.booleans()):
        del content[data.draw(st.integers(0, len(content) - 1)) :]
    path = tmp_path / "pkg-1.0-cp311-cp311-manylinux_2_17_x86_64.whl"
    path.write_bytes(content)
    report = report_on(path)
    assert "npwheel failed" not in report.error
