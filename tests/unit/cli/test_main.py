"""The command line: causes become lines and exit codes, never tracebacks."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from npwheel import __version__, cli
from npwheel.core.errors import UnexpectedError


def npwheel(*args, **options):
    return subprocess.run(
        [sys.executable, "-m", "npwheel", *args],
        capture_output=True, text=True, check=False, **options,
    )  # fmt: skip


def test_version():
    assert npwheel("--version").stdout == f"npwheel {__version__}\n"


def test_help_lists_every_command():
    text = npwheel("--help").stdout
    for name in cli.COMMANDS:
        assert re.search(rf"^    {name}\s", text, re.MULTILINE)


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_every_command_has_help(name):
    done = npwheel(name, "--help")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"usage: npwheel {name}")


@pytest.mark.parametrize("args", [[], ["nonsense"], ["build", "--nonsense"]])
def test_usage_errors(args):
    done = npwheel(*args)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_cause_is_a_line_and_a_code(tmp_path):
    done = npwheel("build", "nowhere", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("npwheel build: nowhere is no folder or file here")
    (tmp_path / "pyproject.toml").write_text("[project]\nname='a'\n")
    done = npwheel("build", ".", "--target", "nonsense", cwd=tmp_path)
    assert done.returncode == 2
    assert "unknown target: nonsense" in done.stderr
    assert "native, manylinux_x86_64" in done.stderr


def test_a_closed_pipe_is_not_an_error():
    script = f"{sys.executable} -m npwheel --help | head -n 1"
    done = subprocess.run(["/bin/sh", "-c", script], capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="NOT RUN, no /dev/full here")
def test_a_disk_that_is_full_is_a_line_and_not_fine():
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "npwheel", "audit", "--list"],
            stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 3
    assert done.stderr == ("npwheel audit: the output cannot be written: No space left on device\n")


def test_commands_load_only_themselves():
    code = (
        "import sys; from npwheel.cli import parser_for; parser_for(['audit']);"
        "print([m for m in sys.modules if m.startswith('npwheel.build')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize(
    "error",
    [
        KeyError("x"),
        RecursionError(),
        MemoryError(),
        UnicodeDecodeError("utf-8", b"\xff", 0, 1, "no"),
        PermissionError(13, "Permission denied", "/a"),
        AssertionError("two\nlines"),
        ImportError("x"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_unexpected_error_is_one_line_a_log_and_a_code(error, monkeypatch, tmp_path, capsys):
    from npwheel.cli import plan

    def fail(_args):
        raise error

    monkeypatch.setattr(plan, "run", fail)
    monkeypatch.setenv("NPWHEEL_CACHE", str(tmp_path))
    monkeypatch.setenv("PIP_INDEX_URL", "https://user:SECRETWORD@example.org/simple")
    assert cli.main(["plan"]) == UnexpectedError.exit_code == 4
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 1
    assert type(error).__name__ in err
    (log,) = (tmp_path / "logs").iterdir()
    assert str(log) in err
    assert "Traceback" in log.read_text()


def test_an_unexpected_error_with_no_folder_for_its_log(monkeypatch, tmp_path, capsys):
    from npwheel.cli import plan, unexpected

    def fail(_args):
        raise RuntimeError("https://user:SECRETWORD@example.org/")

    monkeypatch.setattr(plan, "run", fail)
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("NPWHEEL_CACHE", str(tmp_path / "file"))
    monkeypatch.setattr(unexpected.tempfile, "gettempdir", lambda: str(tmp_path / "file" / "x"))
    assert cli.main(["plan"]) == 4
    err = capsys.readouterr().err
    assert len(err.splitlines()) == 1
    assert "SECRETWORD" not in err


@pytest.mark.parametrize("letter", ["\x1b[31m", "\u202e", "\x9b", "\x07"])
@pytest.mark.parametrize(
    "args",
    [
        ["{}"],
        ["build", "{}"],
        ["audit", "--{}"],
        ["audit", "--format", "{}", "x"],
        ["plan", "--target", "{}"],
        ["join", "{}"],
        ["release", "--check", "{}"],
        ["where", "{}.whl"],
        ["init", "{}"],
        ["show", "{}"],
    ],
    ids=lambda args: args[0],
)
def test_words_of_the_command_line_are_printed_plain(args, letter, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    try:
        code = cli.main([word.format(f"a{letter}b") for word in args])
    except SystemExit as stop:
        code = stop.code
    out, err = capsys.readouterr()
    assert code not in (0, 1, 4)
    assert letter not in out + err


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_are_no_traceback(closed, tmp_path):
    script = f"{sys.executable} -m npwheel plan {closed}"
    done = subprocess.run(
        ["/bin/sh", "-c", script], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert "Traceback" not in done.stderr


WAITING = """
import importlib, sys, time, npwheel.cli as cli
command, seconds = sys.argv[1], float(sys.argv[2])
module = importlib.import_module(f"npwheel.cli.{command}")
module.run = lambda args: (print("ready", flush=True), time.sleep(seconds))
cli.main([command])
"""


@pytest.mark.parametrize("command", ["init", "release", "reproduce"])
def test_the_next_run_removes_the_temporary_folder_of_a_killed_one(command, tmp_path):
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    env = {**os.environ, "TMPDIR": str(temporary), "NPWHEEL_CACHE": str(tmp_path / "cache")}
    call = [sys.executable, "-c", WAITING, command]
    with subprocess.Popen([*call, "600"], env=env, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout.readline() == "ready\n"
        run.kill()
    assert len(list(temporary.iterdir())) == 1
    done = subprocess.run([*call, "0"], env=env, capture_output=True, text=True, check=False)
    assert "left by a run that was killed" in done.stderr
    assert list(temporary.iterdir()) == []
