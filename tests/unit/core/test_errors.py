"""Exit codes are documented once, and truly."""

import inspect
import re
from pathlib import Path

import pytest

from npwheel.core import errors

README = Path(__file__).parents[3] / "README.md"


def classes():
    return {
        value
        for _, value in inspect.getmembers(errors, inspect.isclass)
        if issubclass(value, errors.NpwheelError)
    }


def test_readme_lists_every_exit_code():
    rows = re.findall(r"^\| (\d+) \| (.+?) \|$", README.read_text("utf-8"), re.MULTILINE)
    documented = {int(code) for code, _ in rows}
    assert documented == {0} | {cls.exit_code for cls in classes()}


def test_one_cause_one_code():
    codes = [cls.exit_code for cls in classes()]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("cls", sorted(classes(), key=lambda c: c.__name__))
def test_messages_have_what_why_next(cls):
    assert str(cls("w", why="y", next="n")) == "w\nwhy: y\nnext: n"
    assert str(cls("w")) == "w"
    assert cls.__doc__
