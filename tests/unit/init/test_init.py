"""The command, on projects of every backend."""

import json
import os
import pty
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

BACKENDS = {
    "setuptools": ("setuptools.build_meta", '"setuptools", "numpy>=2.0"'),
    "meson-python": ("mesonpy", '"meson-python", "numpy>=2.0"'),
    "scikit-build-core": ("scikit_build_core.build", '"scikit-build-core", "numpy>=2.0"'),
    "hatchling": ("hatchling.build", '"hatchling", "numpy>=2.0"'),
}
SABI = {
    "setup.py": "Extension('a', ['a.c'], py_limited_api=True)\n",
    "a.c": "#include <numpy/arrayobject.h>\n",
    "thing.py": "",
}


def pyproject(backend, requires, more="", python=">=3.9"):
    return (
        f'[build-system]\nrequires = [{requires}]\nbuild-backend = "{backend}"\n\n[project]\n'
        f'name = "thing"\nversion = "1"\nrequires-python = "{python}"\n'
        f'dependencies = ["numpy>=1.21"]\n{more}'
    )


def accepted(folder):
    done = subprocess.run(
        [sys.executable, "-m", "cibuildwheel", "--print-build-identifiers", "--platform", "linux",
         "--archs", "x86_64", str(folder)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.returncode == 0 and bool(done.stdout.split())


@pytest.mark.parametrize("name", BACKENDS)
def test_every_backend_is_left_ready_and_twice_is_once(project, init, name):
    folder = project(pyproject(*BACKENDS[name]))
    first = init(folder, "--yes")
    assert first.returncode == 0, first.stderr
    before = {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    second = init(folder, "--yes")
    assert second.returncode == 0
    assert "nothing to change" in second.stdout
    assert {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()} == before
    assert init(folder, "--check").returncode == 0
    assert accepted(folder)
    settings = tomllib.loads((folder / "pyproject.toml").read_text())["tool"]["cibuildwheel"]
    assert settings["linux"]["audit-command"][-1] == "npwheel audit {wheel}"
    assert settings["test-command"] == 'python -c "import thing"'


def test_the_diff_is_all_that_is_done(project, init):
    """`patch` on a copy gives what init writes."""
    folder = project(pyproject(*BACKENDS["setuptools"]))
    shown = init(folder, "--check").stdout
    assert not (folder / ".github").exists()
    text = (folder / "pyproject.toml").read_text()
    patched = folder.parent / "copy"
    patched.mkdir()
    (patched / "pyproject.toml").write_text(text)
    diff = shown[: shown.index("note:")] if "note:" in shown else shown
    subprocess.run(["patch", "-p1", "-s"], cwd=patched, input=diff, text=True, check=True)
    init(folder, "--yes")
    for name in ("pyproject.toml", ".github/workflows/wheels.yml"):
        assert (patched / name).read_bytes() == (folder / name).read_bytes()


def test_without_a_terminal_nothing_is_written(project, init):
    folder = project(pyproject(*BACKENDS["setuptools"]))
    before = (folder / "pyproject.toml").read_bytes()
    done = init(folder)
    assert done.returncode == 2
    assert "--yes" in done.stderr
    assert "+[tool.cibuildwheel]" in done.stdout
    assert (folder / "pyproject.toml").read_bytes() == before


@pytest.mark.parametrize(("answer", "written"), [("y\n", True), ("\n", False), ("no\n", False)])
def test_consent_on_a_terminal(project, answer, written):
    folder = project(pyproject(*BACKENDS["setuptools"]))
    parent, child = pty.openpty()
    run = subprocess.Popen(
        [sys.executable, "-m", "npwheel", "init", str(folder)],
        stdin=child, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    os.write(parent, answer.encode())
    _, err = run.communicate(timeout=60)
    os.close(parent)
    os.close(child)
    assert run.returncode == 0
    assert "write this?" in err
    assert (folder / ".github").exists() == written


def test_check_exits_1_where_something_would_change(project, init):
    folder = project(pyproject(*BACKENDS["setuptools"]))
    assert init(folder, "--check").returncode == 1


def test_json(project, init):
    folder = project(pyproject(*BACKENDS["setuptools"]))
    found = json.loads(init(folder, "--json", "--check").stdout)
    assert found["schema_version"] == 1
    assert {Path(c["path"]).name for c in found["changes"]} == {"pyproject.toml", "wheels.yml"}


def test_a_project_with_only_setup_py(project, init):
    files = {
        "setup.py": "import numpy\nfrom Cython.Build import cythonize\n",
        "thing/__init__.py": "",
        "thing/a.pyx": "cimport numpy\n",
    }
    folder = project(None, files)
    done = init(folder, "--yes")
    assert done.returncode == 0, done.stderr
    table = tomllib.loads((folder / "pyproject.toml").read_text())
    assert table["build-system"]["requires"] == ["setuptools>=64", "Cython>=3.0", "numpy>=2.0"]
    assert accepted(folder)
    assert init(folder, "--check").returncode == 0


def test_oldest_supported_numpy_is_replaced(project, init):
    folder = project(pyproject("setuptools.build_meta", '"setuptools", "oldest-supported-numpy"'))
    init(folder, "--yes")
    table = tomllib.loads((folder / "pyproject.toml").read_text())
    assert table["build-system"]["requires"] == ["setuptools", "numpy>=2.0"]


def test_a_numpy_1_build_is_advised_not_changed(project, init):
    folder = project(pyproject("setuptools.build_meta", '"setuptools", "numpy<2"'))
    done = init(folder, "--yes")
    assert "does not load on NumPy 2" in done.stdout
    assert '"numpy<2"' in (folder / "pyproject.toml").read_text()


def test_a_stable_abi_project_gets_its_target(project, init):
    folder = project(pyproject(*BACKENDS["setuptools"]), SABI)
    done = init(folder, "--yes")
    text = (folder / "pyproject.toml").read_text()
    assert 'CFLAGS = "$CFLAGS -DNPY_TARGET_VERSION=NPY_1_20_API_VERSION"' in text
    assert 'define_macros=[("NPY_TARGET_VERSION", "NPY_1_20_API_VERSION")]' in done.stdout
    assert accepted(folder)
    again = init(folder, "--check")
    assert again.returncode == 0
    assert "NPY_1_20_API_VERSION" not in again.stdout  # it is set now, so nothing is advised


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("setup.py", 'options = {"bdist_wheel": {"py_limited_api": "cp312"}}'),
        ("setup.cfg", "[bdist_wheel]\npy_limited_api = cp312"),
        ("CMakeLists.txt", "python_add_library(a MODULE USE_SABI 3.12 a.c)"),
        ("meson.build", "py.extension_module('a', 'a.c', limited_api: '3.12')"),
    ],
)
def test_a_stable_abi_that_begins_later_needs_no_target(project, init, file, line):
    folder = project(pyproject(*BACKENDS["setuptools"]), {**SABI, "setup.py": "", file: line})
    init(folder, "--yes")
    assert "NPY_TARGET_VERSION" not in (folder / "pyproject.toml").read_text()


def test_a_target_that_the_project_sets_is_left_alone(project, init):
    files = {
        **SABI,
        "a.c": "#define NPY_TARGET_VERSION NPY_1_22_API_VERSION\n#include <numpy/arrayobject.h>\n",
    }
    folder = project(pyproject(*BACKENDS["setuptools"]), files)
    init(folder, "--yes")
    assert "NPY_TARGET_VERSION" not in (folder / "pyproject.toml").read_text()


def test_pythons_without_an_admitted_numpy_are_skipped(project, init):
    text = pyproject(*BACKENDS["setuptools"]).replace("numpy>=1.21", "numpy>=2.1")
    folder = project(text)
    done = init(folder, "--yes")
    settings = tomllib.loads((folder / "pyproject.toml").read_text())["tool"]["cibuildwheel"]
    assert settings["skip"] == ["cp39-*"]
    assert "requires-python admits 3.9, but no numpy>=2.1 has a wheel for it" in done.stdout
    assert accepted(folder)


def test_an_old_config_is_fixed_for_cibuildwheel(project, init):
    more = '\n[tool.cibuildwheel]\nenable = ["cpython-freethreading", "pypy"]\n'
    more += 'build = ["cp38-*", "cp312-*"]\n'
    folder = project(pyproject(*BACKENDS["setuptools"], more))
    assert not accepted(folder)
    done = init(folder, "--yes")
    assert "cibuildwheel 4 refuses enable: cpython-freethreading" in done.stdout
    assert accepted(folder)


def test_remaining_refusals_are_reported_in_cibuildwheels_words(project, init):
    folder = project(
        pyproject(*BACKENDS["setuptools"], "\n[tool.cibuildwheel]\nno-such-option = 1\n")
    )
    done = init(folder, "--check")
    assert "cibuildwheel refuses thing" in done.stdout
    assert "no-such-option" in done.stdout


def test_a_workflow_that_exists_is_kept(project, init):
    folder = project(pyproject(*BACKENDS["setuptools"]))
    own = folder / ".github/workflows/wheels.yml"
    own.parent.mkdir(parents=True)
    own.write_text("name: mine\n")
    done = init(folder, "--yes")
    assert own.read_text() == "name: mine\n"
    assert "exists and is kept" in done.stdout


def test_another_workflow_that_builds_wheels_is_respected(project, init):
    folder = project(pyproject(*BACKENDS["setuptools"]))
    own = folder / ".github/workflows/build.yaml"
    own.parent.mkdir(parents=True)
    own.write_text("steps:\n  - uses: pypa/cibuildwheel@v4\n")
    init(folder, "--yes")
    assert [p.name for p in own.parent.iterdir()] == ["build.yaml"]


def test_a_project_below_the_top_of_its_repository(project, init):
    top = project(None, {"README": ""}, name="repository")
    subprocess.run(["git", "init", "-q", str(top)], check=True)
    folder = top / "python"
    (folder / "thing").mkdir(parents=True)
    (folder / "pyproject.toml").write_text(pyproject(*BACKENDS["meson-python"]))
    (folder / "thing/__init__.py").write_text("")
    done = init(folder, "--yes")
    assert done.returncode == 0, done.stderr
    text = (top / ".github/workflows/wheels.yml").read_text()
    assert 'PROJECT: "python"' in text
    assert init(folder, "--check").returncode == 0


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("not toml [", "cannot be read"),
        ("[project]\nrequires-python = 'x'\n", "requires-python"),
        ("\ufeff[project]\nname = 'thing'\n", "byte order mark"),
        ("build-system = 'x'\n", "build-system must be a table, found 'x'"),
        ("project = 'x'\n", "project must be a table"),
        ("tool = 1\n", "tool must be a table, found 1"),
        ("[tool]\ncibuildwheel = 1\n", "tool.cibuildwheel must be a table"),
        ("[tool.cibuildwheel]\nlinux = 3\n", "tool.cibuildwheel.linux must be a table"),
        ("[project]\nname = 3\n", "project.name must be a string, found 3"),
        ("[project]\ndependencies = 'numpy'\n", "project.dependencies must be a list of strings"),
        ("[build-system]\nrequires = [1]\n", "build-system.requires must be a list of strings"),
    ],
)
def test_bad_projects_get_one_clear_line(project, init, text, word):
    folder = project(text)
    done = init(folder, "--yes")
    assert done.returncode == 2
    assert word in done.stderr
    assert (folder / "pyproject.toml").read_text() == text
    assert not (folder / ".github").exists()
    assert "Traceback" not in done.stderr


def test_a_workflow_in_another_encoding_is_kept(project, init):
    folder = project(pyproject(*BACKENDS["setuptools"]))
    own = folder / ".github/workflows/wheels.yml"
    own.parent.mkdir(parents=True)
    own.write_bytes(b"name: caf\xe9\n")
    done = init(folder, "--yes")
    assert "exists and is kept" in done.stdout
    assert own.read_bytes() == b"name: caf\xe9\n"


def test_init_writes_no_file_when_one_cannot_be_written(project, init):
    before = pyproject(*BACKENDS["setuptools"])
    folder = project(before)
    (folder / ".github").write_text("a file in the way\n")
    done = init(folder, "--yes")
    assert done.returncode == 2
    assert str(folder / ".github") in done.stderr
    assert (folder / "pyproject.toml").read_text() == before
    assert sorted(p.name for p in folder.iterdir()) == [".github", "pyproject.toml", "src"]


def test_a_linked_pyproject_stays_a_link(project, init):
    folder = project(None, {"a.c": ""})
    real = folder / "conf" / "real.toml"
    real.parent.mkdir()
    real.write_text(pyproject(*BACKENDS["setuptools"]))
    (folder / "pyproject.toml").symlink_to(real)
    assert init(folder, "--yes").returncode == 0
    assert (folder / "pyproject.toml").is_symlink()
    assert "npwheel audit {wheel}" in real.read_text()


def test_no_project_at_all(tmp_path, init):
    assert init(tmp_path, "--yes").returncode == 2
    assert init(tmp_path / "nothing", "--yes").returncode == 2


def test_crlf_files_stay_so(project, init):
    folder = project(pyproject(*BACKENDS["setuptools"]).replace("\n", "\r\n"))
    init(folder, "--yes")
    content = (folder / "pyproject.toml").read_bytes()
    assert content.count(b"\n") == content.count(b"\r\n")
    assert init(folder, "--check").returncode == 0


def test_the_workflow_names_only_commands_and_actions_that_exist():
    from importlib import resources

    from npwheel.cli import COMMANDS

    text = resources.files("npwheel.init").joinpath("data", "wheels.yml").read_text()
    assert set(re.findall(r"npwheel (\w+) ", text)) - {"init"} <= set(COMMANDS)
    for line in text.splitlines():
        if "uses:" in line:  # the pin comes from this repository's own workflows
            assert line.endswith("@PIN"), line
