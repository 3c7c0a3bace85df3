"""Small projects on disk; nothing of them is ever run."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from npwheel import __version__
from npwheel.cli import main
from npwheel.init import plan
from npwheel.init.source import InstallSource

SOURCE = InstallSource(f"npwheel=={__version__}", ("0" * 64, "1" * 64))
C_SOURCE = "#include <numpy/arrayobject.h>\nPyMODINIT_FUNC PyInit_thing(void) { return 0; }\n"


@pytest.fixture(autouse=True)
def source(monkeypatch):
    """A release that the index has; no test asks one."""
    monkeypatch.setattr(plan, "find", lambda: SOURCE)
    return SOURCE


@pytest.fixture
def project(tmp_path):
    """project(pyproject text or None, {file: text}) -> folder."""

    def make(pyproject=None, files=None, name="thing"):
        folder = tmp_path / name
        folder.mkdir()
        if pyproject is not None:
            (folder / "pyproject.toml").write_text(pyproject, newline="")
        for path, text in (
            files or {"src/thing/__init__.py": "", "src/thing/_c.c": C_SOURCE}
        ).items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, newline="")
        return folder

    return make


@pytest.fixture
def init(capsys, monkeypatch):
    """init(folder, *options) -> the finished command, not on a terminal."""

    def run(folder, *options):
        capsys.readouterr()
        with Path(os.devnull).open() as nobody:
            monkeypatch.setattr(sys, "stdin", nobody)
            code = main(["init", str(folder), *options])
        out, err = capsys.readouterr()
        return subprocess.CompletedProcess(options, code, out, err)

    return run
