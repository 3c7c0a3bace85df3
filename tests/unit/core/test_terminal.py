"""One place writes; what it writes is plain."""

import ast
import io
import json
import sys
from pathlib import Path

import pytest

import npwheel
from npwheel.core import terminal

PACKAGE = Path(npwheel.__file__).parent
HOSTILE = [
    "\x1b[31m",
    "\x07",
    "\x9b2J",
    "\u202e",
    "\u2066",
    "\u200b",
    "\x08",
    "\r",
    "\x7f",
    "\ud800",
]


def writes(path):
    """Lines of a module that print, or touch stdout or stderr of the process."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("print", "input"):
            yield node.lineno
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            stream = ast.unparse(node.func.value)
            if node.func.attr in ("write", "writelines") and stream.startswith(
                ("sys.stdout", "sys.stderr", "sys.__std")
            ):
                yield node.lineno


def test_nothing_else_writes_to_the_terminal():
    found = {
        f"{name}:{line}"
        for path in PACKAGE.rglob("*.py")
        if (name := path.relative_to(PACKAGE).as_posix()) != "core/terminal.py"
        # What runs in images; the doctor, which runs on Python 3.6, has a place of its own.
        and not name.startswith(("_ci/", "doctor/"))
        for line in writes(path)
    }
    assert found == set()


def test_the_search_finds_something(tmp_path):
    path = tmp_path / "a.py"
    path.write_text("import sys\nprint(1)\nsys.stderr.write('x')\n")
    assert sorted(writes(path)) == [2, 3]


@pytest.mark.parametrize("letter", HOSTILE)
def test_control_and_direction_characters_are_written_out(letter, monkeypatch):
    for encoding in ("utf-8", "ascii", "latin-1"):
        raw = io.BytesIO()
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding=encoding))
        monkeypatch.setattr(sys, "stderr", sys.stdout)
        terminal.out(f"a{letter}b")
        terminal.err(f"a{letter}b")
        terminal.document({f"a{letter}b": f"a{letter}b"})
        text = raw.getvalue().decode(encoding)
        assert letter not in text
        document = json.loads(text.split("\n", 2)[2])
        assert document == {f"a{letter}b": f"a{letter}b"}


def test_lines_tabs_and_letters_stay():
    assert terminal.plain("a\tb\nä 中 🐍\r\n") == "a\tb\nä 中 🐍\n"


def test_streams_that_are_closed_are_no_error(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    terminal.out("a")
    terminal.err("a")
    terminal.document({})
    assert not terminal.is_live()
