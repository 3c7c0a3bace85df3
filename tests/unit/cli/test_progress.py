"""Progress: plain lines where nobody watches, live lines on a terminal."""

import io
import sys

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
