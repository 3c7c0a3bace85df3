"""Projects with CI of their own: shapes seen in real ones, written anew."""

import subprocess
import sys
import tomllib

import pytest
import yaml
from packaging.version import Version
from small_project import PYPROJECT, SOURCES

from npwheel.init import ci
from npwheel.init.facts import gather
from npwheel.init.workflow import render

SHA = "0123456789abcdef0123456789abcdef01234567"
PUBLISH = "      - uses: pypa/gh-action-pypi-publish@release/v1\n"
# name -> (files, builds, publishes, version)
SHAPES = {
    "commit with a comment": (
        {".github/workflows/ci.yml": f"      - uses: pypa/cibuildwheel@{SHA} # v4.1.0\n{PUBLISH}"},
        True, True, "4.1.0",
    ),
    "commit without a comment": (
        {".github/workflows/ci.yml": f"      - uses: pypa/cibuildwheel@{SHA}\n"}, True, False, None,
    ),
    "old tag, quoted": (
        {".github/workflows/w.yaml": '      - uses: "pypa/cibuildwheel@v3.4.1"\n' + PUBLISH},
        True, True, "3.4.1",
    ),
    "two versions": (
        {".github/workflows/a.yml": "      - uses: pypa/cibuildwheel@v4.2.0\n",
         ".github/workflows/b.yml": "        run: python -m pip install cibuildwheel==2.23.*\n"},
        True, False, "2.23",
    ),
    "installed by pip": (
        {".github/workflows/w.yml": "        run: pip install cibuildwheel==4.3.1\n"
         "        run: |\n          python -m cibuildwheel --output-dir wheelhouse\n"},
        True, False, "4.3.1",
    ),
    "requirements file": (
        {".github/workflows/w.yml": "        run: python -m cibuildwheel\n",
         "ci/requirements.txt": "cibuildwheel==2.16.5\n"}, True, False, "2.16.5",
    ),
    "reusable workflow that builds and publishes": (
        {".github/workflows/publish.yml":
         "    uses: OpenAstronomy/github-actions-workflows/.github/workflows/publish.yml@v1\n"
         "    with:\n      test_command: pytest\n"}, True, True, None,
    ),
    "twine elsewhere": (
        {".circleci/config.yml": "          command: twine upload dist/*.tar.gz\n"},
        False, True, None,
    ),
    "uv publish": (
        {".github/workflows/release.yml": "      - run: uv publish\n"}, False, True, None,
    ),
    "another CI": (
        {".gitlab-ci.yml": "  script:\n    - pipx run cibuildwheel==3.0.0\n"}, True, False, "3.0.0",
    ),
    "commented out": (
        {".github/workflows/t.yml": "      # - uses: pypa/cibuildwheel@v2.0.0\n"},
        False, False, None,
    ),
    "none": ({}, False, False, None),
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_what_ci_does_is_found(project, shape):
    files, builds, publishes, version = SHAPES[shape]
    found = ci.gather(project(PYPROJECT, {**SOURCES, **files}))
    assert bool(found.builds) == builds
    assert bool(found.publishes) == publishes
    assert found.version == (Version(version) if version else None)


@pytest.mark.parametrize("shape", SHAPES)
def test_ci_decides_what_is_written(project, init, shape):
    files, builds, publishes, version = SHAPES[shape]
    folder = project(PYPROJECT, {**SOURCES, **files})
    done = init(folder, "--yes")
    assert done.returncode == 0, done.stderr
    table = tomllib.loads((folder / "pyproject.toml").read_text()).get("tool", {})
    hooked = "audit-command" in table.get("cibuildwheel", {}).get("linux", {})
    old = version is not None and Version(version) < Version("4")
    assert hooked == (not old and (version is not None or not builds))
    assert hooked or "npwheel audit" in done.stdout  # it is advised
    written = folder / ".github/workflows/wheels.yml"
    assert written.exists() == (not builds)
    if not builds:
        assert ("gh-action-pypi-publish" in written.read_text()) == (not publishes)
    assert init(folder, "--check").returncode == 0


def test_the_hook_is_for_linux_and_keeps_what_ran_before(project, init, source):
    own = '\n[tool.cibuildwheel]\naudit-command = ["own {wheel}"]\naudit-requires = "own"\n'
    folder = project(PYPROJECT + own, SOURCES)
    init(folder, "--yes")
    table = tomllib.loads((folder / "pyproject.toml").read_text())["tool"]["cibuildwheel"]
    assert table["audit-command"] == ["own {wheel}"]
    assert table["audit-requires"] == "own"
    assert table["linux"]["audit-command"] == ["own {wheel}", "npwheel audit {wheel}"]
    assert table["linux"]["audit-requires"] == ["own", source.requirement]


def test_wheels_of_abi3t_get_no_abi3audit(project, init, source):
    files = {
        **SOURCES,
        "CMakeLists.txt": "add_definitions(-DPy_TARGET_ABI3T=0x030f0000)\n",
    }
    folder = project(PYPROJECT, files)
    done = init(folder, "--yes")
    linux = tomllib.loads((folder / "pyproject.toml").read_text())["tool"]["cibuildwheel"]["linux"]
    assert linux["audit-command"] == ["npwheel audit {wheel}"]
    assert linux["audit-requires"] == [source.requirement]
    assert "abi3audit" in done.stdout


def test_settings_of_an_old_cibuildwheel_stay(project, init):
    own = '\n[tool.cibuildwheel]\nenable = ["cpython-freethreading"]\n'
    files = {**SOURCES, ".github/workflows/w.yml": "      - uses: pypa/cibuildwheel@v3.4.1\n"}
    folder = project(PYPROJECT + own, files)
    init(folder, "--yes")
    table = tomllib.loads((folder / "pyproject.toml").read_text())["tool"]["cibuildwheel"]
    assert table["enable"] == ["cpython-freethreading"]


def test_options_that_ci_sets_are_not_repeated(project, init):
    files = {
        **SOURCES,
        ".github/workflows/w.yml": "      - uses: pypa/cibuildwheel@v4.2.0\n        env:\n"
        "          CIBW_TEST_COMMAND: pytest\n          CIBW_SKIP_MACOS: cp310-*\n",
    }
    folder = project(PYPROJECT, files)
    init(folder, "--yes")
    table = tomllib.loads((folder / "pyproject.toml").read_text())["tool"]["cibuildwheel"]
    assert "test-command" not in table
    assert ci.gather(folder).options == {"test-command"}


SABI = {**SOURCES, "setup.py": "Extension('a', ['a.c'], py_limited_api=True)\n"}


def test_overrides_that_replace_the_environment_get_the_target(project, init):
    own = """
[tool.cibuildwheel]
environment = { A = "1" }

[[tool.cibuildwheel.overrides]]
select = "*-musllinux*"
environment = { B = "2" }

[[tool.cibuildwheel.overrides]]
select = "cp312-*"
inherit.environment = "append"
environment = { C = "3" }
"""
    folder = project(PYPROJECT.replace('"numpy"]', '"numpy>=1.21"]') + own, SABI)
    done = init(folder, "--yes")
    assert done.returncode == 0, done.stderr
    table = tomllib.loads((folder / "pyproject.toml").read_text())["tool"]["cibuildwheel"]
    first, second = (entry["environment"] for entry in table["overrides"])
    assert "NPY_TARGET_VERSION" in table["environment"]["CFLAGS"]
    assert "NPY_TARGET_VERSION" in first["CFLAGS"]
    assert first["B"] == "2"
    assert second == {"C": "3"}


def test_an_environment_of_ci_gets_the_target_as_advice(project, init):
    files = {
        **SABI,
        ".github/workflows/w.yml": "      - uses: pypa/cibuildwheel@v4.2.0\n"
        "        env: {CIBW_ENVIRONMENT: A=1}\n",
    }
    folder = project(PYPROJECT.replace('"numpy"]', '"numpy>=1.21"]'), files)
    done = init(folder, "--yes")
    assert "NPY_TARGET_VERSION" not in (folder / "pyproject.toml").read_text()
    assert "CIBW_ENVIRONMENT" in done.stdout


@pytest.mark.parametrize(
    ("tags", "pattern", "prefix"),
    [
        ([], "v*", "v"),
        (["v1.0", "v1.1rc1"], "v*", "v"),
        (["1.0", "1.1.2"], "[0-9]*", ""),
        (["thing-1.2"], "thing-[0-9]*", "thing-"),
        (["v1.0", "rel-2.0"], "rel-[0-9]*", "rel-"),
        (["test5", "a'b1.0", "x${{y1.0"], "v*", "v"),
    ],
)
def test_the_pattern_of_tags_is_that_of_the_project(project, tags, pattern, prefix, source):
    folder = project(PYPROJECT, SOURCES)
    who = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    git = ["git", "-C", str(folder), *who]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "a"], check=True)
    for day, tag in enumerate(tags, 1):
        env = {"GIT_COMMITTER_DATE": f"2026-01-0{day}T00:00:00Z", "PATH": "/usr/bin:/bin"}
        subprocess.run([*git, "tag", "-m", "a", tag], check=True, env=env)
    facts = gather(folder)
    assert (facts.ci.tag, facts.ci.tag_prefix) == (pattern, prefix)
    text = render(facts, source)
    assert yaml.safe_load(text)[True]["push"]["tags"] == [pattern]
    assert f"startsWith(github.ref, 'refs/tags/{prefix}')" in text


def test_targets_are_those_that_the_settings_leave(project, init):
    own = '\n[tool.cibuildwheel]\nskip = ["*musllinux*"]\n'
    folder = project(PYPROJECT + own, SOURCES)
    init(folder, "--yes")
    text = (folder / ".github/workflows/wheels.yml").read_text()
    targets = yaml.safe_load(text)["env"]["TARGETS"].split()
    assert targets
    assert all(name.startswith("manylinux") for name in targets)


def test_names_of_artifacts_take_an_input(project, source):
    document = yaml.safe_load(render(gather(project(PYPROJECT, SOURCES)), source))
    assert document[True]["workflow_call"]["inputs"]["artifacts"]["default"] == "npwheel"
    names = [
        step["with"].get("name") or step["with"]["pattern"]
        for job in document["jobs"].values()
        for step in job["steps"]
        if "artifact" in step.get("uses", "")
    ]
    assert names
    assert all(name.startswith("${{ inputs.artifacts || 'npwheel' }}-") for name in names)


def test_wheelhouse_is_ignored_by_git_once(project, init):
    folder = project(PYPROJECT, {**SOURCES, ".gitignore": "build"})
    init(folder, "--yes")
    assert (folder / ".gitignore").read_text() == "build\nwheelhouse/\n"
    assert init(folder, "--check").returncode == 0


def test_blank_lines_around_tables_stay(project, init):
    own = '\n[tool.cibuildwheel]\nskip = "*i686"\n\n[tool.other]\na = 1\n'
    folder = project(PYPROJECT + own, SOURCES)
    init(folder, "--yes")
    text = (folder / "pyproject.toml").read_text()
    assert text.endswith("]\n\n[tool.other]\na = 1\n")
    assert "\n\n\n" not in text


def test_no_platform_gains_or_loses_a_build(project, init):
    own = '\n[tool.cibuildwheel]\ntest-command = "pytest"\n'
    folder = project(PYPROJECT + own, SOURCES)

    def identifiers(platform):
        command = [sys.executable, "-P", "-m", "cibuildwheel", "--print-build-identifiers"]
        command += ["--platform", platform, "--allow-empty", str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return done.stdout

    platforms = ("linux", "macos", "windows", "pyodide")
    before = [identifiers(platform) for platform in platforms]
    init(folder, "--yes")
    assert [identifiers(platform) for platform in platforms] == before
