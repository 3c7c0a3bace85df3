"""Code of an sdist or of the current folder does not run on this machine."""

import ast
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

import npwheel
from npwheel.build import cibuildwheel, source
from npwheel.build import project as projects
from npwheel.core import git, index, process
from npwheel.core.errors import BuildError

PACKAGE = Path(npwheel.__file__).parent
RUNNERS = {"core/process.py", "core/git.py"}
STARTS = {"run", "Popen", "call", "check_call", "check_output", "getoutput", "getstatusoutput"}
OS_STARTS = ("exec", "spawn", "posix_spawn", "popen", "system", "startfile", "fork")


def starts(tree):
    """Calls in a module that start a program by another way than npwheel.core.process."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module in ("subprocess", "multiprocessing"):
            yield node.lineno
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if node.value.id == "subprocess" and node.attr in STARTS:
                yield node.lineno
            if node.value.id == "os" and node.attr.startswith(OS_STARTS):
                yield node.lineno
            if node.value.id == "asyncio" and "subprocess" in node.attr:
                yield node.lineno


def test_one_module_starts_programs():
    """The doctor is exempt: it is a single file for other Pythons, with a runner of its own."""
    found = []
    for file in sorted(PACKAGE.rglob("*.py")):
        name = file.relative_to(PACKAGE).as_posix()
        if name in RUNNERS or name.startswith(("doctor/", "_ci/")):
            continue
        found += [f"{name}:{line}" for line in starts(ast.parse(file.read_text("utf-8")))]
    assert found == []


@pytest.fixture
def canary(tmp_path):
    return tmp_path / "CANARY"


@pytest.fixture
def hostile(canary, tmp_path):
    """hostile(folder) fills it with modules and programs that make the canary."""

    def fill(folder):
        code = f"import pathlib; pathlib.Path({str(canary)!r}).touch()\n"
        for name in ("tomllib", "pip", "uv", "auditwheel", "cibuildwheel", "argparse", "json",
                     "sitecustomize", "usercustomize", "npwheel"):  # fmt: skip
            (folder / f"{name}.py").write_text(code)
        for name in ("git", "tar", "podman", "docker", "uv", "pip"):
            (folder / name).write_text(f"#!/bin/sh\ntouch {canary}\n")
            (folder / name).chmod(0o755)
        return folder

    return fill


@pytest.fixture
def here(hostile, tmp_path, monkeypatch):
    """The current folder is hostile, and searched wherever an empty entry says so."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(hostile(folder))
    monkeypatch.setenv("PATH", os.environ["PATH"] + os.pathsep)
    monkeypatch.setenv("PYTHONPATH", "")
    return folder


@pytest.mark.parametrize(
    "command",
    [
        process.python("pip", "--version"),
        process.python("uv", "--version"),
        process.python("cibuildwheel", "--help"),
        process.python("auditwheel", "--version"),
        process.python("npwheel", "--version"),
        process.python_code("import tomllib, json, argparse"),
    ],
)
@pytest.mark.parametrize("inside", [False, True])
def test_a_child_imports_nothing_of_its_working_directory(here, canary, command, inside):
    done = process.run(command, cwd=here if inside else None)
    assert done.code == 0, done.err
    assert not canary.exists()


def test_a_child_finds_no_program_in_its_working_directory(here, canary):
    process.run(["sh", "-c", "docker --version; podman --version; tar --version"], cwd=here)
    assert not canary.exists()


def test_the_index_is_found_without_the_current_folder(here, canary, monkeypatch):
    for name in index._VARIABLES:
        monkeypatch.delenv(name, raising=False)
    index._indexes.cache_clear()
    try:
        assert index.main_index().url.startswith("http")
    finally:
        index._indexes.cache_clear()
    assert not canary.exists()


def test_the_environment_of_a_child(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", "/bin::rel")
    monkeypatch.setenv("PYTHONPATH", "src:")
    monkeypatch.setenv("PYTHONSTARTUP", "x.py")
    monkeypatch.setenv("NPWHEEL_CACHE", "cache")
    monkeypatch.setenv("GONE", "x")
    env = process.environment({"GONE": None, "NEW": "y"})
    assert env["PATH"] == f"/bin:{tmp_path}/rel"
    assert env["PYTHONPATH"] == f"{tmp_path}/src"
    assert env["PYTHONSAFEPATH"] == "1"
    assert env["NPWHEEL_CACHE"] == str(tmp_path / "cache")
    assert "PYTHONSTARTUP" not in env
    assert "GONE" not in env
    assert env["NEW"] == "y"


@pytest.fixture
def unpacked(hostile, tmp_path):
    """An sdist with hostile files in it, unpacked and loaded."""

    def make(pyproject=""):
        folder = tmp_path / "thing-1.0"
        folder.mkdir()
        (hostile(folder) / "pyproject.toml").write_text(f"[project]\nname = 'thing'\n{pyproject}")
        with tarfile.open(tmp_path / "thing-1.0.tar.gz", "w:gz") as archive:
            archive.add(folder, "thing-1.0")
        found = source.obtain(str(tmp_path / "thing-1.0.tar.gz"), tmp_path / "scratch")
        return projects.load(found.folder, {"file": found.file}, found.config)

    return make


def test_the_plan_of_an_sdist_runs_nothing_of_it(unpacked, canary):
    project = unpacked("[tool.cibuildwheel]\nbuild = 'cp311-*'\n")
    found = projects.identifiers(project.folder, ("x86_64",), project.config)
    assert "cp311-manylinux_x86_64" in found
    assert not canary.exists()


@pytest.fixture
def repository(tmp_path, canary):
    """A repository whose own settings run commands."""
    folder = tmp_path / "repository"
    command = f"touch {canary}"
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for hook in ("post-index-change", "post-checkout", "fsmonitor-watchman"):
        (hooks / hook).write_text(f"#!/bin/sh\n{command}\n")
        (hooks / hook).chmod(0o755)
    (tmp_path / "gpg").write_text(f"#!/bin/sh\n{command}\n")
    (tmp_path / "gpg").chmod(0o755)
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    (folder / "pyproject.toml").write_text("[project]\nname = 'thing'\n")
    for word in (["add", "."], ["-c", "user.name=a", "-c", "user.email=a@example.org",
                                "commit", "-q", "-m", "x"]):  # fmt: skip
        subprocess.run(["git", "-C", str(folder), *word], check=True, capture_output=True)
    raw = subprocess.run(["git", "-C", str(folder), "cat-file", "commit", "HEAD"], check=True,
                         capture_output=True).stdout  # fmt: skip
    signed = raw.replace(b"\n\n", b"\ngpgsig -----BEGIN PGP SIGNATURE-----\n x\n\n", 1)
    made = subprocess.run(["git", "-C", str(folder), "hash-object", "-t", "commit", "-w",
                           "--stdin"], input=signed, check=True, capture_output=True)  # fmt: skip
    subprocess.run(
        ["git", "-C", str(folder), "update-ref", "HEAD", made.stdout.strip()], check=True
    )
    for key, value in {
        "core.fsmonitor": command,
        "core.hooksPath": str(hooks),
        "core.pager": command,
        "log.showSignature": "true",
        "gpg.program": str(tmp_path / "gpg"),
    }.items():
        subprocess.run(["git", "-C", str(folder), "config", key, value], check=True)
    canary.unlink(missing_ok=True)
    return folder


def test_the_canary_of_the_repository_works(repository, canary):
    subprocess.run(["git", "-C", str(repository), "status"], check=True, capture_output=True)
    assert canary.exists()
    canary.unlink()
    subprocess.run(["git", "-C", str(repository), "log", "-1"], check=False, capture_output=True)
    assert canary.exists()


def test_git_runs_no_command_of_a_repository(repository, canary):
    project = projects.load(repository)
    (repository / "pyproject.toml").write_text("[project]\nname = 'other'\n")
    assert [p.name for p in project.files()] == ["pyproject.toml"]
    assert project.epoch() != "315532800"
    assert git.text(repository, "status", "--porcelain", "--untracked-files=all")
    assert git.text(repository, "rev-parse", "--show-toplevel")
    assert git.text(repository, "tag", "--points-at", "HEAD") == ""
    assert not canary.exists()


def test_git_of_a_hook_asks_the_folder_that_is_named(repository, tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    assert git.text(repository, "ls-files") == "pyproject.toml\n"


def test_init_check_runs_no_command_of_a_repository(repository, canary):
    command = [sys.executable, "-P", "-m", "npwheel", "init", "--check"]
    done = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    assert not canary.exists()


@pytest.mark.parametrize("kind", ["link", "fifo", "name"])
def test_what_a_container_leaves_is_taken_only_as_a_plain_wheel(tmp_path, plan, kind):
    name = "thing-1.0-py3-none-any.whl"
    if kind == "link":
        (tmp_path / name).symlink_to("/etc/passwd")
    elif kind == "fifo":
        os.mkfifo(tmp_path / name)
    else:
        (tmp_path / "; touch x.whl").touch()
    with pytest.raises(BuildError):
        cibuildwheel._wheels(tmp_path, plan)
