"""Causes of failed builds, from logs of public reports and of projects that were built here."""

import re
import tomllib
from pathlib import Path

import pytest

from npwheel.build import causes
from npwheel.build.build_output import BuildOutput

LOGS = tomllib.loads(Path(__file__).with_name("build_logs.toml").read_text("utf-8"))["log"]
HEADINGS = {
    "before-all": "Running before_all...",
    "before-build": "Running before_build...",
    "build environment": "Setting up build environment...",
    "building": "Building wheel...",
    "repairing": "Repairing wheel...",
}
OFFICIAL = "npwheel build x --images official"


def found(lines, step="building", kind="local", apt=False):
    output = BuildOutput(lambda _: None)
    output.line(HEADINGS[step])
    for line in lines:
        output.line(line)
    assert output.step == step
    circumstances = causes.FailureContext(step, kind, "localhost/x:1", OFFICIAL, apt)
    return causes.find(output.lines(), circumstances)


@pytest.mark.parametrize("log", LOGS, ids=[log["source"] for log in LOGS])
@pytest.mark.parametrize("kind", ["local", "official"])
def test_the_cause_of_a_log(log, kind):
    cause = found(log["lines"], log.get("step", "building"), kind)
    assert (cause.id if cause else "") == log["cause"]
    if cause:
        assert log.get("names", "") in cause.why
        assert not re.search(r"[{}]", cause.next)


@pytest.mark.parametrize("entry", causes.table(), ids=[e["id"] for e in causes.table()])
def test_every_entry_is_whole(entry):
    advice = {"next", "next-local", "next-official", "next-apt"}
    assert entry.keys() <= {"id", "pattern", "why", "steps", *advice}
    assert "next-apt" not in entry or "next-local" in entry
    assert ("next" in entry) != ("next-local" in entry and "next-official" in entry)
    assert set(entry.get("steps", ())) <= {*HEADINGS}
    re.compile(entry["pattern"])


def test_no_two_entries_have_one_id():
    ids = [entry["id"] for entry in causes.table()]
    assert len(ids) == len(set(ids))


def test_a_local_image_is_never_advised_to_install_system_packages():
    """Its before-all reaches no mirror; what helps there is the official image."""
    for log in LOGS:
        cause = found(log["lines"], log.get("step", "building"), "local")
        if cause and re.search(r"\b(?:dnf|apk|yum|apt)\b", cause.next):
            assert OFFICIAL in cause.next


def test_a_debian_image_is_advised_to_install_the_library_with_apt():
    header = "a.c:1:10: fatal error: geos_c.h: No such file or directory"
    for line in ("proj executable not found.", header):
        assert "apt-get" in found([line], apt=True).next
        assert "apt-get" not in found([line]).next


def test_an_earlier_step_is_no_cause_of_a_later_one():
    output = BuildOutput(lambda _: None)
    for line in ("Running before_all...", "sh: yum: not found", "Building wheel...", "a: error: b"):
        output.line(line)
    circumstances = causes.FailureContext("building", "local", "x", OFFICIAL)
    assert causes.find(output.lines(), circumstances) is None
    assert output.first_error() == "a: error: b"
