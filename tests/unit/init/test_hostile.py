"""Files that init must not touch, and names that mean something to a shell or to GitHub."""

import os
import re
import socket
import subprocess
import tomllib

import pytest
import yaml
from small_project import PYPROJECT, SOURCES

from npwheel.init.changes import Change, write
from npwheel.init.facts import gather
from npwheel.init.quoting import as_argument, yaml_string
from npwheel.init.source import InstallSource
from npwheel.init.workflow import render


def content(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
        if ".git" not in path.parts
    }


@pytest.mark.parametrize("place", ["pyproject.toml", ".github/workflows/wheels.yml"])
def test_init_refuses_a_link_out_of_the_repository(project, init, tmp_path, place):
    folder = project(None if place == "pyproject.toml" else PYPROJECT, {**SOURCES, "setup.py": ""})
    outside = tmp_path / "precious"
    outside.write_text(PYPROJECT)
    (folder / place).parent.mkdir(parents=True, exist_ok=True)
    (folder / place).symlink_to(outside)
    before = content(folder)
    done = init(folder, "--yes")
    assert done.returncode == 2
    assert "leads outside of the repository" in done.stderr
    assert outside.read_text() == PYPROJECT
    assert content(folder) == before


def test_init_refuses_a_linked_folder_out_of_the_repository(project, init, tmp_path):
    folder = project(PYPROJECT, SOURCES)
    outside = tmp_path / "outside"
    outside.mkdir()
    (folder / ".github").symlink_to(outside)
    done = init(folder, "--yes")
    assert done.returncode == 2
    assert list(outside.iterdir()) == []
    assert (folder / "pyproject.toml").read_text() == PYPROJECT


def test_init_refuses_a_link_into_git(project, init):
    folder = project(PYPROJECT, SOURCES)
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    (folder / ".github" / "workflows").mkdir(parents=True)
    (folder / ".github" / "workflows" / "wheels.yml").symlink_to(folder / ".git" / "hooks" / "x")
    assert init(folder, "--yes").returncode == 2
    assert not (folder / ".git" / "hooks" / "x").exists()


def test_init_refuses_links_in_a_circle(project, init):
    folder = project(None, {**SOURCES, "setup.py": ""})
    (folder / "pyproject.toml").symlink_to(folder / "pyproject.toml")
    done = init(folder, "--yes")
    assert done.returncode == 2
    assert (folder / "pyproject.toml").is_symlink()


@pytest.mark.parametrize("kind", ["fifo", "socket", "folder"])
@pytest.mark.parametrize("place", ["pyproject.toml", ".github/workflows/wheels.yml"])
def test_init_replaces_nothing_but_regular_files(project, init, kind, place, monkeypatch):
    folder = project(None if place == "pyproject.toml" else PYPROJECT, {**SOURCES, "setup.py": ""})
    (folder / place).parent.mkdir(parents=True, exist_ok=True)
    if kind == "fifo":
        os.mkfifo(folder / place)
    elif kind == "folder":
        (folder / place).mkdir()
    else:
        monkeypatch.chdir((folder / place).parent)  # its path may be too long for a socket
        with socket.socket(socket.AF_UNIX) as bound:
            bound.bind((folder / place).name)
    before = (folder / place).lstat().st_mode
    done = init(folder, "--yes")
    assert done.returncode == 2
    assert "is not a regular file" in done.stderr
    assert (folder / place).lstat().st_mode == before


def test_init_reads_no_fifo_among_workflows_and_sources(project):
    """In a process of its own, so that a hang ends."""
    import sys

    folder = project(PYPROJECT, SOURCES)
    (folder / ".github" / "workflows").mkdir(parents=True)
    for name in (".github/workflows/other.yml", "src/thing/b.c", "setup.cfg", ".gitmodules"):
        os.mkfifo(folder / name)
    done = subprocess.run(
        [sys.executable, "-m", "npwheel", "init", str(folder), "--check"],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode in (1, 2), done.stderr
    assert "Traceback" not in done.stderr


def test_a_failure_at_the_second_file_restores_the_first(tmp_path, monkeypatch):
    first, second = tmp_path / "a.toml", tmp_path / "b.yml"
    first.write_text("before")
    from pathlib import Path

    from npwheel.core.errors import UsageError

    real = Path.replace

    def replace(self, other):
        if other == second:
            raise OSError(28, "No space left on device", str(other))
        return real(self, other)

    monkeypatch.setattr(Path, "replace", replace)
    with pytest.raises(UsageError):
        write([Change(first, "before", "after"), Change(second, None, "new")], tmp_path)
    assert {p.name: p.read_text() for p in tmp_path.iterdir()} == {"a.toml": "before"}


def test_a_file_that_changed_after_the_diff_is_not_overwritten(tmp_path):
    from npwheel.core.errors import UsageError

    path = tmp_path / "a.toml"
    path.write_text("somebody wrote this meanwhile")
    with pytest.raises(UsageError):
        write([Change(path, "before", "after")], tmp_path)
    assert path.read_text() == "somebody wrote this meanwhile"


NAMES = [
    'a"; touch PWN; "',
    "$(touch PWN)",
    "`touch PWN`",
    "a b",
    "class",
    "a'b",
    "a\nb",
    "ünïcode",
]


@pytest.mark.parametrize("name", NAMES)
def test_only_identifiers_get_into_the_test_command(project, init, name):
    folder = project(PYPROJECT, {f"src/{name}/__init__.py": "", "a.c": SOURCES["src/thing/a.c"]})
    done = init(folder, "--yes")
    assert done.returncode == 0, done.stderr
    table = tomllib.loads((folder / "pyproject.toml").read_text())["tool"]["cibuildwheel"]
    assert "test-command" not in table
    assert "PWN" not in (folder / "pyproject.toml").read_text()


PATHS = [
    "a ${{ github.token }}", "${{ secrets.X }}", "x'${{'y", '"; touch PWN; "', "a\nb: c", "-rf",
    "numpy==1.0", "tab\there", "\u202egnp", "🐍", "a\\b", "@NPWHEEL@", "@PROJECT@",
]  # fmt: skip


@pytest.mark.parametrize("name", PATHS)
def test_a_path_in_the_workflow_is_that_path(project, name):
    top = project(None, {"README": ""}, name="repository")
    subprocess.run(["git", "init", "-q", str(top)], check=True)
    (top / name).mkdir()
    (top / name / "pyproject.toml").write_text("[project]\nname = 'thing'\n")
    value = yaml.safe_load(render(gather(top / name), InstallSource("npwheel==1")))["env"][
        "PROJECT"
    ]
    assert evaluated(value) == as_argument(name)
    assert not as_argument(name).startswith("-")
    assert as_argument(name) in (name, f"./{name}")


def evaluated(text):
    """What GitHub makes of a value: only expressions that are a string in quotes may be in it."""

    def literal(match):
        found = re.fullmatch(r"\s*'((?:[^']|'')*)'\s*", match[1])
        assert found, f"a live expression: {match[0]}"
        return found[1].replace("''", "'")

    return re.sub(r"\$\{\{(.*?)\}\}", literal, text, flags=re.DOTALL)


@pytest.mark.parametrize("letter", [*map(chr, range(0x20)), "\x7f", "\x85", "\u2028", "\ufeff"])
def test_yaml_strings_round_trip(letter):
    assert yaml.safe_load(yaml_string(f"a{letter}b")) == f"a{letter}b"


@pytest.mark.parametrize("text", ["a = " + "[" * 100_000, "a = " + "{b=" * 50_000])
def test_toml_that_is_nested_too_deeply_is_a_usage_error(project, init, text):
    done = init(project(text, SOURCES), "--check")
    assert done.returncode == 2
    assert "nested too deeply" in done.stderr


def test_toml_that_is_not_utf8_is_a_usage_error(project, init):
    folder = project("", SOURCES)
    (folder / "pyproject.toml").write_bytes(b"[project]\nname = '\xff'\n")
    assert init(folder, "--check").returncode == 2


def test_the_diff_has_no_control_characters(project, init):
    text = PYPROJECT + "# \x1b]0;owned\x07 \u202e gnirts \x9b31m\n".replace("\x1b", "").replace(
        "\x07", ""
    )
    folder = project(text.replace("thing", "thing"), SOURCES)
    done = init(folder, "--check")
    assert "\u202e" not in done.stdout
    assert "\x9b" not in done.stdout
    assert "\\u202e" in done.stdout
