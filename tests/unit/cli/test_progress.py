"""Progress: plain lines where nobody watches, live lines on a terminal."""

import io
import sys

import pytest

from npwheel.build.cibuildwheel import _Reader
from npwheel.cli.progress import ConsoleProgress


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_plain_lines_carry_the_time_and_the_target(monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    with ConsoleProgress() as progress:
        progress.step("", "reading the index")
        progress.step("musllinux_x86_64", "building")
        progress.note("a fact")
    assert stream.getvalue() == (
        "[0:00] reading the index\n[0:00] musllinux_x86_64: building\na fact\n"
    )


def test_a_terminal_keeps_one_line_a_target_and_is_left_clean(monkeypatch):
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("TERM", "xterm")
    with ConsoleProgress() as progress:
        progress.step("a", "one")
        progress.step("b", "two")
        progress.step("a", "three")
        progress.note("stays")
    text = stream.getvalue()
    assert "stays\n" in text
    # Whatever was drawn is erased at the end.
    assert text.endswith("\x1b[2A\x1b[J")


@pytest.mark.parametrize(
    ("lines", "step", "cause", "numpy"),
    [
        (
            ["Building wheel...", "\x1b[2m<  + numpy==2.0.2\x1b[0m", "a.c:1: error: no such thing",
             "b.c:2: error: a second", "cibuildwheel: error: Command failed"],
            "building", "a.c:1: error: no such thing", "2.0.2",
        ),
        (
            ["Building wheel...", "Successfully installed meson-1 numpy-2.1.0 x-2"],
            "building", "", "2.1.0",
        ),
        (
            ["Building wheel...", "DEBUG Adding direct dependency: numpy>=2.0",
             "DEBUG Installing build requirements: a==1, numpy==2.0.2, b==2"],
            "building", "", "2.0.2",
        ),
        (
            ["Building wheel...", "CMake Error at /tmp/x/cmake/Fetch.cmake:55 (message):",
             "  Failed to clone repository:", "", "    'https://example.org/a.git'", "",
             "Call Stack (most recent call first):", "  /tmp/x/b.cmake:1 (include)"],
            "building",
            "CMake Error in Fetch.cmake:55: Failed to clone repository: 'https://example.org/a.git'",
            None,
        ),
        (
            ["Running before_all...", "    + sh -c 'yum install -y fftw-devel'",
             "sh: yum: not found", "cibuildwheel: error: Command failed with code 127."],
            "before-all", "sh: yum: not found", None,
        ),
        (
            ["Building wheel...", "\x1b[2m< error: Failed to build `numpy==1.23.2`\x1b[0m"],
            "building", "error: Failed to build `numpy==1.23.2`", None,
        ),
        (
            ["Repairing wheel...", "auditwheel.error.InvalidLibc: couldn't detect libc"],
            "repairing", "auditwheel.error.InvalidLibc: couldn't detect libc", None,
        ),
        (
            ["Auditing wheel...", "a.whl: loads on NumPy 1.x; REFUSES 2.0.0; 1 error, 1 warning",
             "cibuildwheel: error: Audit command failed: npwheel"],
            "auditing", "a.whl: loads on NumPy 1.x; REFUSES 2.0.0; 1 error, 1 warning", None,
        ),
        (
            ["Building wheel...", "x.c:1: error: old", "Auditing wheel...", " + numpy==1.0"],
            "auditing", "", None,
        ),
    ],
)  # fmt: skip
def test_what_is_read_of_cibuildwheels_output(lines, step, cause, numpy):
    steps = []
    reader = _Reader(steps.append)
    for line in lines:
        reader.line(line)
    assert (reader.step, reader.cause, reader.numpy or None) == (step, cause, numpy)
    assert steps[-1] == step


def test_each_wheel_has_its_own_numpy():
    reader = _Reader(lambda step: None)
    for python, numpy in (("cp310", "2.2.6"), ("cp311", "2.4.6"), ("cp312", "")):
        reader.line(f"Building {python}-manylinux_x86_64 wheel")
        reader.line("Building wheel...")
        if numpy:
            reader.line(f"<  + numpy=={numpy}")
        reader.line("Auditing wheel...")
        wheel = f"/tmp/{python}/a-1-{python}.whl"
        reader.line(f"Running audit command: /v/bin/python -m npwheel audit --full {wheel}")
    assert reader.numpys == {"a-1-cp310.whl": "2.2.6", "a-1-cp311.whl": "2.4.6"}


def test_the_audits_first_error_says_what_mends_it():
    reader = _Reader(lambda _: None)
    for text in (
        "Auditing wheel...",
        "a-1-cp39-cp39-manylinux1_x86_64.whl: loads on NumPy 1.19.3 to 1.x; 2 errors",
        "  warning NPA1",
        "    fix: not this one",
        "  error NPA102",
        "    metadata says numpy>=1.13: refuses 2.0.0",
        "    fix: rebuild with NumPy 2 headers,",
        "    or require numpy<2",
        "  error NPA103",
        "    fix: nor this one",
    ):
        reader.line(text)
    assert reader.fix == "rebuild with NumPy 2 headers, or require numpy<2"
