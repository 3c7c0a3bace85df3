"""The same commit is built twice, in two circumstances, and what differs is named."""

import json
from pathlib import Path

import pytest

from npwheel.cli import main
from npwheel.core import process
from npwheel.core.errors import BuildError, NotChecked
from npwheel.release import reproduce
from npwheel.release.contents import ReleaseContents, ReleasedDistribution

# A backend that forgets to be reproducible: it writes where and when it ran.
BACKEND = """\
import os, tarfile, time, zipfile
def build_sdist(folder, config_settings=None):
    name = "npwheel-1.2.3"
    with tarfile.open(os.path.join(folder, name + ".tar.gz"), "w:gz") as archive:
        archive.add("pyproject.toml", name + "/pyproject.toml")
    return name + ".tar.gz"
def build_wheel(folder, config_settings=None, metadata_directory=None):
    name = "npwheel-1.2.3-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(folder, name), "w") as archive:
        archive.writestr(zipfile.ZipInfo("npwheel/built.py"), FORGOT)
    return name
"""


def pure(count=2):
    entries = (
        ReleasedDistribution("npwheel", ".", True),
        ReleasedDistribution("npwheel-probe", "ext", False),
    )
    return ReleaseContents(entries[:count])


def test_packages_of_a_commit_are_alike(repository):
    said = []
    found = reproduce.reproduce(repository, None, pure(), said.append)
    assert [(entry.file, entry.difference) for entry in found] == [
        ("npwheel-1.2.3-py3-none-any.whl", None),
        ("npwheel-1.2.3.tar.gz", None),
        ("npwheel_probe-1.2.3.tar.gz", None),
    ]
    assert all(len(entry.sha256) == 64 for entry in found)
    assert said[0] == "build 1 of 2: packages of npwheel"
    assert said[-1] == "comparing"


def test_what_is_not_committed_takes_no_part(repository):
    (repository / "src" / "npwheel" / "new.py").write_text("raise SystemExit\n")
    (repository / "pyproject.toml").write_text("broken")
    found = reproduce.reproduce(repository, None, pure(1), lambda text: None)
    assert all(entry.difference is None for entry in found)


@pytest.fixture
def forgetful(repository, run_git):
    """(expression) -> the repository with a backend that writes it into the wheel."""

    def make(expression):
        (repository / "backend.py").write_text(BACKEND.replace("FORGOT", expression))
        (repository / "pyproject.toml").write_text(
            '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
            '[project]\nname = "npwheel"\nversion = "1.2.3"\n'
            '[tool.npwheel.release]\ndistributions = [{folder = ".", wheel = "pure"}]\n'
        )
        run_git(repository, "add", "-A")
        run_git(repository, "commit", "-q", "-m", "forgetful")
        return repository

    return make


@pytest.mark.parametrize(
    ("expression", "cause"),
    [
        ("os.getcwd()", "another/and/much/longer/path"),
        ("time.strftime('%H')", "against"),
        ("oct(os.stat('backend.py').st_mode)", "'0o100644' against '0o100600'"),
        ("os.environ['LC_ALL']", "'C' against 'C.UTF-8'"),
        ("str(os.stat('backend.py').st_mtime_ns)", "against"),
    ],
)
def test_what_a_build_forgot_is_named(forgetful, expression, cause):
    found = reproduce.reproduce(forgetful(expression), None, pure(1), lambda text: None)
    (wheel,) = [entry for entry in found if entry.file.endswith(".whl")]
    assert wheel.difference is not None
    assert wheel.difference.where == "member npwheel/built.py, line 1"
    assert cause in wheel.difference.cause


def test_the_command(repository, capsys, monkeypatch):
    monkeypatch.chdir(repository)
    assert main(["reproduce", "--packages-only", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [row["difference"] for row in found["files"]] == ["", "", ""]
    assert main(["reproduce", "--packages-only", "--repository", "/"]) == 2


def test_a_difference_is_exit_code_1(forgetful, capsys, monkeypatch):
    monkeypatch.chdir(forgetful("os.getcwd()"))
    assert main(["reproduce", "--packages-only"]) == 1
    out = capsys.readouterr().out
    assert "differs   npwheel-1.2.3-py3-none-any.whl" in out
    assert "member npwheel/built.py, line 1" in out


def test_a_failing_build_is_not_reported_as_a_difference(repository, run_git):
    (repository / "pyproject.toml").write_text("[build-system]\nrequires = []\n")
    run_git(repository, "commit", "-qam", "broken")
    with pytest.raises(BuildError):
        reproduce.reproduce(repository, None, pure(1), lambda text: None)


def test_wheels_are_built_by_npwheel_build_in_each_copy(repository, monkeypatch):
    """The pipeline itself is stood in for: what it is asked, where and in which environment."""
    asked = []

    real = process.run

    def run(command, **more):
        if "--output" not in command:
            return real(command, **more)  # git, which the copies are made with
        cwd, env = more["cwd"], more["env"]
        asked.append((command, cwd, env))
        output = Path(command[command.index("--output") + 1])
        output.mkdir(parents=True)
        (output / "p-1-py3-none-any.whl").write_bytes(b"x")
        return process.Done(0, "", "")

    monkeypatch.setattr(reproduce.process, "run", run)
    monkeypatch.setattr(reproduce.packages, "build", lambda *a, **k: None)
    options = ["--images", "local", "--target", "native"]
    found = reproduce.reproduce(repository, options, pure(), lambda text: None)
    assert [(entry.file, entry.difference) for entry in found] == [("p-1-py3-none-any.whl", None)]
    for command, cwd, _ in asked:
        assert command[1:6] == ["-P", "-m", "npwheel", "build", "ext"]
        assert command[6:10] == options
        assert "--force" in command
        assert cwd.name == "tree"
    (one, other) = [env for _, _, env in asked]
    assert one["SOURCE_DATE_EPOCH"] == other["SOURCE_DATE_EPOCH"]
    assert one["TZ"] != other["TZ"]


def test_nothing_built_is_not_called_alike(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    with pytest.raises(NotChecked):
        reproduce.compare(tmp_path / "a", tmp_path / "b")
    (tmp_path / "a" / "x-1.tar.gz").write_bytes(b"")
    (found,) = reproduce.compare(tmp_path / "a", tmp_path / "b")
    assert found.difference is not None
    assert found.difference.cause == "only the first build made it"


@pytest.mark.parametrize(("change", "verdict"), [(b"", "confirmed"), (b"other", "denied")])
def test_a_released_file_is_confirmed_or_denied(repository, tmp_path, change, verdict):
    first = reproduce.reproduce(repository, None, pure(1), lambda text: None)
    assert {entry.verdict for entry in first} == {"alike"}
    released = tmp_path / "release"
    place = released / "packages" / "npwheel"
    place.mkdir(parents=True)
    env = reproduce._environment(reproduce.FIRST, str(reproduce.tree.epoch(repository)))
    copy = tmp_path / "copy"
    reproduce.tree.copy(repository, copy, 0o022)
    reproduce.packages.build(copy, place, env, pure=True, constraints=None)
    for path in place.iterdir():
        path.write_bytes(path.read_bytes() + change)
    (released / "npwheel.json").write_text('{"schema_version": 2, "npwheel": "0", "wheels": []}')
    found = reproduce.reproduce(repository, None, pure(1), lambda text: None, released)
    assert {entry.verdict for entry in found} == {verdict}
    assert all(bool(entry.apart) == (verdict == "denied") for entry in found)


def test_wheels_get_the_time_that_build_takes(repository, run_git, monkeypatch):
    """The last commit of the project's folder, not that of the repository."""
    (repository / "later.txt").write_text("x")
    run_git(repository, "add", "-A")
    env = {"GIT_COMMITTER_DATE": "2030-01-01T00:00:00Z"}
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    run_git(repository, "commit", "-q", "-m", "later")
    assert reproduce._epoch(repository / "ext") != str(reproduce.tree.epoch(repository))
    assert (
        reproduce._epoch(repository / "ext") == reproduce.project.load(repository / "ext").epoch()
    )
