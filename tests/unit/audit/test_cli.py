"""The command: exit codes, selection, forms, sources."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from rule_wheels import ABOUT, MODULE, make, module

from npwheel.cli import main

# What NumPy 1.x headers leave in a module; nothing more is needed for its epoch.
OLD_TEXT = b"module compiled against API version 0x%x but this version of numpy is 0x%x\0"


@pytest.fixture
def clean(tmp_path: Path) -> Path:
    return make(tmp_path / _made(tmp_path, "clean"), {MODULE: module()})


@pytest.fixture
def stack(tmp_path: Path) -> Path:
    return make(tmp_path / _made(tmp_path, "stack"), {MODULE: module(exec_stack=True)})


def _made(folder: Path, name: str) -> str:
    (folder / name).mkdir()
    return name


def test_clean_gives_0(clean: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", str(clean)]) == 0
    assert "does not use the NumPy C-API; nothing found" in capsys.readouterr().out


def test_an_error_gives_1(stack: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", str(stack)]) == 1
    assert "error NPA202 " + MODULE in capsys.readouterr().out


def test_rules_are_selected_and_ignored(stack: Path) -> None:
    assert main(["audit", "--ignore", "NPA202", str(stack)]) == 0
    assert main(["audit", "--ignore", "NPA2", str(stack)]) == 0
    assert main(["audit", "--select", "NPA1,NPA4", str(stack)]) == 0
    assert main(["audit", "--select", "npa202", str(stack)]) == 1


def test_an_unknown_rule_gives_2(stack: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "--select", "XYZ1", str(stack)]) == 2
    assert "there is no rule XYZ1" in capsys.readouterr().err


def test_strict_makes_warnings_count(tmp_path: Path) -> None:
    old = module(data=OLD_TEXT)
    path = make(tmp_path, {MODULE: old})
    # Nothing requires NumPy: a warning; and its version cannot be read: unchecked.
    assert main(["audit", "--select", "NPA105", str(path)]) == 0
    assert main(["audit", "--select", "NPA105", "--strict", str(path)]) == 1


def test_could_not_check_is_never_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = module(data=OLD_TEXT)
    about = ABOUT + "Requires-Dist: numpy<2\n"
    assert main(["audit", str(make(tmp_path, {MODULE: old}, about=about))]) == 3
    assert "could not check NPA106" in capsys.readouterr().out


def test_an_unreadable_wheel_does_not_hide_the_others(
    tmp_path: Path, stack: Path, clean: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad-1.0-py3-none-any.whl"
    bad.write_bytes(b"no zip")
    assert main(["audit", "--json", str(bad), str(stack), str(clean)]) == 1
    wheels = json.loads(capsys.readouterr().out)["wheels"]
    assert [bool(wheel["error"]) for wheel in wheels] == [True, False, False]
    assert main(["audit", str(bad), str(clean)]) == 3


def test_folders_are_searched(
    tmp_path: Path, stack: Path, clean: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert {p.parent.name for p in (stack, clean)} == {"stack", "clean"}
    assert main(["audit", "--json", str(tmp_path)]) == 1
    assert len(json.loads(capsys.readouterr().out)["wheels"]) == 2


@pytest.mark.parametrize(
    "argv",
    [[], ["no-such-thing"], ["--json", "--format", "text", "x"], ["--explain", "NPA999"]],
)
def test_usage_gives_2(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", *argv]) == 2
    assert capsys.readouterr().out == ""


def test_an_empty_folder_is_not_clean(tmp_path: Path) -> None:
    assert main(["audit", str(tmp_path)]) == 2


def test_rules_are_listed_and_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "--list"]) == 0
    listed = capsys.readouterr().out
    assert listed.startswith("NPA101  error")
    assert main(["audit", "--explain", "npa101"]) == 0
    page = capsys.readouterr().out
    assert page.startswith("NPA101: ") and "Why:" in page and "Fix:" in page


@pytest.mark.parametrize("form", ["github", "sarif"])
def test_forms_for_machines(form: str, stack: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "--format", form, str(stack)]) == 1
    out = capsys.readouterr().out
    assert "NPA202" in out
    if form == "sarif":
        assert json.loads(out)["version"] == "2.1.0"


def test_installed_distributions_are_audited(capsys: pytest.CaptureFixture[str]) -> None:
    """NumPy's own modules are of this environment; it cannot refuse itself."""
    code = main(["audit", "--installed", "--json", "--select", "NPA1", "numpy"])
    (wheel,) = json.loads(capsys.readouterr().out)["wheels"]
    assert code == 0, wheel
    assert wheel["file"].startswith("numpy ")
    assert any(m["path"].startswith("numpy/") for m in wheel["modules"])


def test_what_is_not_installed_is_not_checked(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "--installed", "no-such-distribution"]) == 3
    assert "is not installed" in capsys.readouterr().out


def test_nothing_of_the_pipeline_is_imported(clean: Path) -> None:
    """The audit stays quick to start."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "npwheel", "audit", str(clean)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    loaded = {line.rsplit("|", 1)[-1].strip() for line in done.stderr.splitlines()}
    assert "npwheel.audit.collect_facts" in loaded
    assert not {n for n in loaded if n.startswith(("npwheel.build", "npwheel.doctor", "http"))}


def test_an_index_that_does_not_answer_is_reported(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as taken:  # bound, but nobody listens
        taken.bind(("127.0.0.1", 0))
        monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{taken.getsockname()[1]}/simple")
        monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
        monkeypatch.setenv("PIP_RETRIES", "1")
        assert main(["audit", "fast-histogram==0.9", "--python", "3.8"]) == 3
    said = capsys.readouterr().err
    assert "the package index cannot be read" in said
    assert "no wheel of" not in said


def test_a_python_that_is_none_is_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "fast-histogram==0.9", "--python", "abc"]) == 2
    assert "--python abc is no Python" in capsys.readouterr().err


def test_a_name_that_no_file_can_have_is_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "x" * 5000 + ".whl"]) == 2
    assert "neither a file" in capsys.readouterr().err


@pytest.mark.parametrize("what", ["shut/clean.whl", "."])
def test_what_may_not_be_read_is_not_checked(
    what: str,
    tmp_path: Path,
    clean: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A wheel in a folder that may not be entered, and such a folder inside another."""
    assert main(["audit", str(clean)]) == 0  # also imports all that is needed
    shut = tmp_path / "shut"
    shut.mkdir()
    shutil.copy(clean, shut / "clean.whl")
    tmp_path.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    me = os.geteuid()
    shut.chmod(0)
    if me == 0:  # nothing is forbidden to root
        os.seteuid(65534)
    try:
        code = main(["audit", what])
    finally:
        os.seteuid(me)
        shut.chmod(0o700)
    told = capsys.readouterr()
    assert code == 3, told
    assert "Permission denied" in told.out + told.err
