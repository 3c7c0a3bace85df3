"""The workflow that is written, under the linters of the project's own workflows."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from linters import actionlint, zizmor

from npwheel.init.facts import gather
from npwheel.init.source import InstallSource
from npwheel.init.workflow import render

SOURCES = {
    "plain": InstallSource("npwheel==1.0", ("0" * 64, "1" * 64)),
    "with submodules": InstallSource("npwheel==1.0", ("0" * 64,)),
    "of a commit": InstallSource(f"npwheel@git+https://example.org/a/npwheel@{'0' * 40}"),
}


@pytest.fixture(params=SOURCES)
def written(project, request):
    """A repository that holds nothing but the workflow."""
    folder = project("[project]\nname = 'thing'\n")
    (folder / ".git").mkdir()
    if request.param == "with submodules":
        (folder / ".gitmodules").write_text('[submodule "a"]\n\tpath = a\n\turl = ../a\n')
    path = folder / ".github" / "workflows" / "wheels.yml"
    path.parent.mkdir(parents=True)
    path.write_text(render(gather(folder), SOURCES[request.param]))
    return folder


def test_linters_find_nothing(written):
    done = actionlint(written)
    assert (done.returncode, done.stdout) == (0, "")
    done = zizmor(written)
    assert json.loads(done.stdout) == [], done.stdout
    assert done.returncode == 0


def test_its_actions_are_those_of_the_projects_own_workflows(written):
    own = Path(__file__).resolve().parents[3] / ".github" / "workflows"
    pinned = {
        line.split("uses:")[1].strip()
        for path in own.glob("*.yml")
        for line in path.read_text().splitlines()
        if "uses:" in line
    }
    text = (written / ".github/workflows/wheels.yml").read_text()
    used = {line.split("uses:")[1].strip() for line in text.splitlines() if "uses:" in line}
    assert used <= pinned


def test_pypa_install_line_quotes_the_requirement(written):
    """`npwheel[build]` is a pattern to a shell that sees it bare."""
    text = (written / ".github/workflows/wheels.yml").read_text()
    document = yaml.safe_load(text)
    lines = [s["run"] for job in document["jobs"].values() for s in job["steps"] if "run" in s]
    installs = [line for line in lines if "pip install" in line]
    assert len(installs) == 8
    assert all('"$' in line for line in installs)


def test_npwheel_is_installed_by_hash_or_from_a_commit(written):
    """What it needs comes from the hashed lock that is in it."""
    document = yaml.safe_load((written / ".github/workflows/wheels.yml").read_text())
    requirement = document["env"]["NPWHEEL"]
    runs = [s.get("run", "") for s in document["jobs"]["build"]["steps"]]
    (first, second) = [line for line in runs if "pip install" in line]
    if "git+" in requirement:
        assert len(requirement.rsplit("@", 1)[1]) == 40
    else:
        assert "--hash=sha256:" in requirement
        assert "--require-hashes" in first
    assert "--no-deps" in first
    assert "--require-hashes" in second
    done = subprocess.run(
        [sys.executable, "-c", document["env"]["LOCK"]], capture_output=True, text=True, check=True
    )
    assert Path(done.stdout.strip()).is_file()


def test_submodules_are_checked_out_where_there_are_some(written):
    text = (written / ".github/workflows/wheels.yml").read_text()
    expected = text.count("actions/checkout@") if (written / ".gitmodules").exists() else 0
    assert text.count("submodules: recursive") == expected


def test_any_name_of_a_folder_is_quoted(project):
    name = 'a "b\\ c: #d'
    top = project(None, {"README": ""}, name="repository")
    subprocess.run(["git", "init", "-q", str(top)], check=True)
    (top / name).mkdir()
    (top / name / "pyproject.toml").write_text("[project]\nname = 'thing'\n")
    text = render(gather(top / name), SOURCES["plain"])
    assert yaml.safe_load(text)["env"]["PROJECT"] == f"./{name}"
