"""Children are logged, cancelled and timed."""

import io
import sys
import threading
import time

import pytest

from npwheel.core import process
from npwheel.core.errors import Interrupted


def test_output_and_lines_reach_the_log():
    log, lines = io.StringIO(), []
    code = process.logged(
        [sys.executable, "-c", "import sys; print('out'); print('err', file=sys.stderr)"],
        log,
        on_line=lines.append,
    )
    assert code == 0
    assert sorted(lines) == ["err", "out"]
    assert "$ " in log.getvalue()
    assert "out\n" in log.getvalue()


def test_exit_code_is_returned():
    assert process.logged([sys.executable, "-c", "raise SystemExit(7)"], io.StringIO()) == 7


def test_timeout_kills_the_whole_group():
    # The grandchild keeps the pipe open: only killing the group ends the wait.
    code = (
        "import subprocess,sys; subprocess.run([sys.executable,'-c','import time;time.sleep(300)'])"
    )
    begun = time.monotonic()
    with pytest.raises(TimeoutError):
        process.logged([sys.executable, "-c", code], io.StringIO(), timeout=1)
    assert time.monotonic() - begun < 120


def test_cancel_lets_the_child_clean_up(tmp_path, monkeypatch):
    monkeypatch.setattr(process, "_cancelled", threading.Event())
    mark, started = tmp_path / "cleaned", tmp_path / "started"
    code = f"""
import pathlib, time
try:
    pathlib.Path({str(started)!r}).touch()
    time.sleep(60)
except KeyboardInterrupt:
    pathlib.Path({str(mark)!r}).touch()
"""
    outcome = []

    def work():
        try:
            process.logged([sys.executable, "-c", code], io.StringIO())
        except Interrupted as error:
            outcome.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    for _ in range(1200):
        if started.exists():
            break
        time.sleep(0.05)
    process.cancel()
    thread.join(60)
    assert mark.exists()
    assert len(outcome) == 1
    with pytest.raises(Interrupted):  # and nothing is started after it
        process.logged([sys.executable, "-c", ""], io.StringIO())


def test_output_of_a_program_that_is_not_there():
    code, out, err = process.output(["npwheel-no-such-program"])
    assert code == -1
    assert out == ""
    assert "npwheel-no-such-program" in err


def test_output_never_raises_on_timeout():
    code, _, err = process.output([sys.executable, "-c", "import time; time.sleep(30)"], 0.2)
    assert code == -1
    assert "timed out" in err


def test_children_get_no_terminal():
    log = io.StringIO()
    process.logged([sys.executable, "-c", "import sys; print(repr(sys.stdin.read()))"], log)
    assert "''" in log.getvalue()


def test_passwords_reach_no_log(monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", "https://user:SECRETWORD@example.org/simple")
    log = io.StringIO()
    code = "import os; print(os.environ['PIP_INDEX_URL'], 'SECRETWORD')"
    assert (
        process.logged([sys.executable, "-c", code, "https://a:SECRETWORD@example.org"], log) == 0
    )
    assert "SECRETWORD" not in log.getvalue()
    assert "****@example.org" in log.getvalue()
