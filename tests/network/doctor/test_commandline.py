"""The command line: exit codes, the single files, JSON, privacy, and --fix."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from doctorlab import broken_files
from doctorlab import good as good_
from doctorlab.examine import KEPT, report, run
from doctorlab.lab import VERSIONS, Lab, Missing, interpreters
from doctorlab.scene import Setup

from npwheel.doctor import commandline

TOP = Path(__file__).resolve().parents[3]
SCHEMA = json.loads((TOP / "src/npwheel/doctor/schema.json").read_text())
CLEAN = {key: os.environ[key] for key in KEPT if key in os.environ}


@pytest.fixture
def good(lab: Lab, tmp_path: Path) -> Setup:
    """A healthy environment."""
    return Setup(lab.exe(lab.numpy(tmp_path, "2.2.6")), tmp_path)


@pytest.fixture
def bad(lab: Lab, tmp_path: Path) -> Setup:
    """An environment whose numpy is for another Python."""
    return broken_files.cp39_under_311(lab, tmp_path)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_python_runs_both_files(
    version: str, built: Path, tmp_path: Path, need: object
) -> None:
    """As a zip, as a file and through a pipe: the same verdict about an empty Python."""
    if version not in interpreters():
        need.skip(Missing(f"Python {version}"), "single files")  # type: ignore[attr-defined]
    exe = interpreters()[version]
    subprocess.run([exe, "-m", "venv", "--without-pip", tmp_path / "v"], check=True)
    python = str(tmp_path / "v/bin/python")
    zipped, text = built / "npwheel-doctor.pyz", built / "npwheel-doctor.py"
    for words, stdin in (([zipped], b""), ([text], b""), (["-"], text.read_bytes())):
        done = subprocess.run(
            [python, *words], input=stdin, capture_output=True, cwd=tmp_path, env=CLEAN, check=False
        )
        assert done.stdout.startswith(b"numpy cannot be imported because it is not installed"), done
        assert done.returncode == 1
        assert done.stderr == b""


@pytest.mark.parametrize("name", ["npwheel-doctor.pyz", "npwheel-doctor.py"])
def test_python_2_gets_a_sentence(name: str, built: Path, tmp_path: Path, need: object) -> None:
    """No SyntaxError: one line and exit 2."""
    if "2.7" not in interpreters():
        need.skip(Missing("Python 2.7"), "too old a Python")  # type: ignore[attr-defined]
    done = subprocess.run(
        [interpreters()["2.7"], built / name], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "this is Python 2.7; it needs 3.6 or newer" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_python_2_is_refused_as_patient(lab: Lab, tmp_path: Path, need: object) -> None:
    """`--python python2.7` is told so too."""
    if "2.7" not in interpreters():
        need.skip(Missing("Python 2.7"), "too old a Python")  # type: ignore[attr-defined]
    setup = Setup(interpreters()["2.7"], tmp_path, outside=True)
    done = run(lab, setup)
    assert done.returncode == 2
    assert "is Python 2.7" in done.stderr


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--nonsense"], "unrecognized arguments"),
        (["--only", "NPD999"], "no failure mode is called NPD999"),
        (["--explain", "mars"], "nothing is known of 'mars'"),
        (["--yes"], "--yes means nothing without --fix"),
        (["--read", "/nonexistent"], "/nonexistent cannot be read"),
        (["--read", "/dev/null"], "/dev/null is empty"),
        (["no such; module"], "neither a module nor a requirement"),
        (["--timeout", "nan"], "invalid timeout: 'nan'"),
        (["--timeout", "0"], "invalid timeout: '0'"),
    ],
)
def test_usage(options: list[str], text: str, good: Setup, lab: Lab) -> None:
    """Exit 2 and one clear sentence, nothing on stdout."""
    done = run(lab, good, *options)
    assert (done.returncode, done.stdout) == (2, "")
    assert text in done.stderr
    assert "Traceback" not in done.stderr


def test_no_such_interpreter(lab: Lab, tmp_path: Path) -> None:
    """An interpreter that cannot be started could not be checked: 3."""
    done = run(lab, Setup("/nonexistent/python", tmp_path, outside=True))
    assert done.returncode == 3
    assert "/nonexistent/python cannot be started" in done.stderr


def test_healthy_is_calm(good: Setup, lab: Lab) -> None:
    """One line, the facts, a count; nothing on stderr."""
    done = run(lab, good)
    assert done.returncode == 0
    assert done.stdout.splitlines()[0] == "numpy 2.2.6 works."
    for fact in ("Python", "glibc", "NumPy     2.2.6", "OpenBLAS", "core", "threads"):
        assert fact in done.stdout
    assert done.stderr == ""


def test_first_lines_of_a_broken_one(bad: Setup, lab: Lab) -> None:
    """The verdict, then the command; -v shows what passed as well."""
    short, long = run(lab, bad), run(lab, bad, "-v")
    first, second = short.stdout.splitlines()[:2]
    assert first.startswith("numpy 1.26.4 cannot be imported because its compiled modules are for")
    assert "expected cpython-311-" in first and "found cpython-39-" in first
    assert second.startswith("Run: ")
    assert "[ok]" not in short.stdout and "[ok] NPD001" in long.stdout


def test_json_fits_the_schema(good: Setup, bad: Setup, lab: Lab) -> None:
    """Healthy and broken; and the schema is strict enough to refuse what is wrong."""
    for setup in (good, bad):
        document = report(lab, setup)
        jsonschema.validate(document, SCHEMA)
    document["checks"][0]["state"] = "fine"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, SCHEMA)


def test_list(lab: Lab, good: Setup) -> None:
    """All modes, sorted; as JSON with all their metadata."""
    lines = run(lab, good, "--list").stdout.splitlines()
    assert lines == sorted(lines) and len(lines) > 40
    document = json.loads(run(lab, good, "--list", "--json").stdout)
    assert document["schema_version"] == 2
    assert {"id", "title", "seen", "detected", "fixes", "sources"} <= set(document["modes"][0])


def test_only(bad: Setup, lab: Lab) -> None:
    """Only the named modes are looked for."""
    found = report(lab, bad, "--only", "npd006,NPD011")
    assert [check["id"] for check in found["checks"]] == ["NPD011", "NPD006"]
    assert found["verdict"]["mode"] == "NPD006"


def test_strict(lab: Lab, tmp_path: Path) -> None:
    """A warning counts only with --strict."""
    setup = broken_files.no_bytecode(lab, tmp_path)
    assert run(lab, setup).returncode == 0
    assert run(lab, setup, "--strict").returncode == 1


@pytest.mark.parametrize(
    ("module", "package"),
    [("cv2", "opencv-python"), ("sklearn", "scikit-learn"), ("scipy", "scipy")],
)
def test_module_of_another_name(module: str, package: str, good: Setup, lab: Lab) -> None:
    """A package is called as the index calls it, not as its module."""
    verdict = report(lab, replace(good, modules=[module]))["verdict"]
    assert verdict["mode"] == "NPD021"
    assert verdict["fix"]["command"].split()[-1] == package


@pytest.mark.parametrize(
    ("word", "first"),
    [
        ("python-dateutil", "dateutil works"),
        ("python-dateutil==2.9.0", "dateutil works."),
        ("Scikit-Learn", "sklearn cannot be imported because it is not installed"),
        ("numpy.nosuch", "numpy.nosuch cannot be imported because there is no module of that"),
    ],
)
def test_names_of_packages(word: str, first: str, lab: Lab, tmp_path: Path) -> None:
    """A package is found by its name on the index too, and its pin is not taken for NumPy's."""
    done = run(lab, replace(good_.with_pandas(lab, tmp_path), modules=[word]))
    assert done.stdout.startswith(first)


def test_hard_limit(lab: Lab, tmp_path: Path) -> None:
    """A limit that its user cannot raise again: no command is offered that would fail."""
    site = lab.numpy(tmp_path, "2.4.6")
    limited = ("sh", "-c", 'ulimit -v 92160; exec "$@"', "sh")
    verdict = report(lab, Setup(lab.exe(site), tmp_path, prefix=limited))["verdict"]
    assert verdict["mode"] == "NPD017"
    assert verdict["fix"]["platform"] == "edit"


def test_pin_of_the_seed(lab: Lab, tmp_path: Path) -> None:
    """numpy==1.20.3 on Python 3.12: no wheel, and a version that has one."""
    setup = Setup(
        lab.exe(lab.venv(tmp_path, "3.12", pip="24.0")), tmp_path, modules=["numpy==1.20.3"]
    )
    verdict = report(lab, setup)["verdict"]
    assert verdict["mode"] == "NPD016"
    assert "no wheel" in verdict["sentence"]
    assert verdict["fix"]["command"].endswith("numpy==1.26.0")


def test_privacy(lab: Lab, tmp_path: Path) -> None:
    """The home folder is ~, and no value of the environment that is secret is printed."""
    home = tmp_path / "home" / "maria"
    home.mkdir(parents=True)
    site = lab.numpy(home, "1.26.4", of="3.9")
    env = {
        "HOME": str(home),
        "MY_API_TOKEN": "s3cr3t-t0ken",
        "PYTHONPATH": f"{home}/s3cr3t-t0ken",
        "PIP_INDEX_URL": "https://maria:hunter22@example.org/simple",
    }
    for options in ([], ["-v"], ["--json"]):
        done = run(lab, Setup(lab.exe(site), home, env), *options)
        assert str(home) not in done.stdout
        assert "maria" not in done.stdout
        assert "s3cr3t" not in done.stdout and "hunter22" not in done.stdout
        assert "~/venv" in done.stdout


def test_fix_only_prints(bad: Setup, lab: Lab) -> None:
    """--fix shows the commands and runs nothing."""
    before = sorted(Path(bad.cwd).rglob("*.so"))
    done = run(lab, bad, "--fix")
    assert "would run:" in done.stderr and "nothing was run" in done.stderr
    assert done.returncode == 1
    assert sorted(Path(bad.cwd).rglob("*.so")) == before


def test_fix_yes_fixes(lab: Lab, tmp_path: Path) -> None:
    """The second word runs the plan: a shadowing file is renamed, and NumPy works."""
    site = lab.numpy(tmp_path, "1.26.4")
    work = tmp_path / "my work"
    work.mkdir()
    (work / "datetime.py").write_text("now = 1\n")
    setup = Setup(lab.exe(site), work)
    assert run(lab, setup).returncode == 1
    done = run(lab, setup, "--fix", "--yes")
    assert done.returncode == 0, done.stderr
    assert (work / "my_datetime.py").exists()
    assert run(lab, setup).returncode == 0


def test_of_the_package(bad: Setup) -> None:
    """`python -m npwheel.doctor --python EXE`, and the same through `npwheel doctor`."""
    for start in (["-m", "npwheel.doctor"], ["-m", "npwheel", "doctor"]):
        done = subprocess.run(
            check=False,
            args=[sys.executable, *start, "--python", bad.python], capture_output=True, text=True,
            cwd=bad.cwd, env={**CLEAN, "PYTHONPATH": str(TOP / "src")},
        )  # fmt: skip
        assert done.returncode == 1, done.stderr
        assert "CPython 3.9" in done.stdout.splitlines()[0]


SCRIPT, MODULE = ["-c", "from npwheel.cli import entry; entry()"], ["-m", "npwheel"]


# Python's own `-m` needs contextlib.
@pytest.mark.parametrize(("name", "start"), [("contextlib", SCRIPT), ("argparse", MODULE)])
def test_a_hidden_module_does_not_reach_the_doctor(
    name: str, start: list[str], good: Setup, tmp_path: Path
) -> None:
    """A file of the user's on PYTHONPATH breaks the patient, not `npwheel doctor` itself."""
    folder = tmp_path / "hiding"
    folder.mkdir()
    (folder / f"{name}.py").write_text("x = 1\n")
    done = subprocess.run(
        [sys.executable, *start, "doctor", "--python", good.python], capture_output=True,
        text=True, cwd=tmp_path, env={**CLEAN, "PYTHONPATH": f"{folder}:{TOP / 'src'}"},
        check=False,
    )  # fmt: skip
    assert f"{name}.py hides" in done.stdout or done.stdout.startswith("numpy 2.2.6 works"), done
    assert "Traceback" not in done.stderr


def test_a_crash_of_a_mode_does_not_pass(monkeypatch: pytest.MonkeyPatch, good: Setup,
                                      capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    """It could not run: exit 3, no traceback, the others still ran."""
    from npwheel.doctor.modes.npd006_wrong_python import WrongPython

    def crash(self: object, environment: object) -> None:
        raise ZeroDivisionError("on purpose")

    monkeypatch.setattr(WrongPython, "examine", crash)
    assert commandline.main(["--python", good.python]) == 3
    out = capsys.readouterr().out
    assert "[could not run] NPD006" in out and "ZeroDivisionError: on purpose" in out
    assert shlex.quote("numpy") in out
