"""The official images are compared with what is taken for granted of them."""

import importlib.util
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def tool():
    spec = importlib.util.spec_from_file_location("first_day", ROOT / "tools" / "first_day.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def answer(tool):
    """What an image prints that is as assumed."""
    said = tool.assumed()
    lines = [f"python {name}" for name in [*said["pythons"], "pp311-pypy311_pp73"]]
    lines += [f"program {name}" for name in said["programs"]]
    lines += [f"variable {name}" for name in said["variables"]]
    return [*lines, "tar tar (GNU tar) 1.35", "user 0", "utility 3.9"]


def test_an_image_as_assumed_differs_in_nothing(tool, answer, capsys):
    assert tool.main(["--target", "manylinux_x86_64"], lambda *_: (0, "\n".join(answer))) == 0
    assert "manylinux" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("gone", "added", "named"),
    [
        ("python cp314-cp314t", [], "cp314-cp314t"),
        ("program patchelf", [], "patchelf"),
        ("variable SSL_CERT_FILE", [], "SSL_CERT_FILE"),
        ("user 0", ["user 1000"], "1000"),
        ("utility 3.9", ["utility 3.10"], "3.10"),
        ("tar tar (GNU tar) 1.35", ["tar bsdtar 3.7"], "bsdtar"),
        ("tar tar (GNU tar) 1.35", [], "nothing"),
    ],
)
def test_what_differs_is_named(tool, answer, capsys, gone, added, named):
    lines = [line for line in answer if line != gone] + added
    assert tool.main(["--target", "musllinux_x86_64"], lambda *_: (0, "\n".join(lines))) == 1
    (_, line) = capsys.readouterr().out.splitlines()
    assert named in line


def test_an_image_that_cannot_be_asked_is_not_as_assumed(tool, capsys):
    assert tool.main(["--target", "manylinux_x86_64"], lambda *_: (125, "no such image")) == 1
    assert "no such image" in capsys.readouterr().out


def test_the_script_is_understood_by_a_shell(tool):
    import subprocess

    done = subprocess.run(
        ["bash", "-c", tool.script()], capture_output=True, text=True, check=False
    )
    assert {line.split()[0] for line in done.stdout.splitlines()} >= {"tar", "user", "utility"}
