"""Kinds of CI that public projects have, each a shape that init once misread."""

import json
import tomllib

import pytest
from small_project import PYPROJECT, SOURCES

from npwheel.core.index import IndexFile
from npwheel.init import ci, plan
from npwheel.init import source as sources
from npwheel.init.source import InstallSource

SABI = {**SOURCES, "setup.py": "Extension('a', ['a.c'], py_limited_api=True)\n"}
USES = "      - uses: pypa/cibuildwheel@v4.2.0\n"


def table_of(folder):
    document = tomllib.loads((folder / "pyproject.toml").read_text())
    return document.get("tool", {}).get("cibuildwheel", {})


def advice(done):
    return "\n".join(json.loads(done.stdout)["advice"])


@pytest.mark.parametrize(
    "line",
    [
        f"{USES}        with:\n          config-file: ci/cibuildwheel.toml\n",
        "        run: python -m cibuildwheel --config-file ci/cibuildwheel.toml .\n",
        f"{USES}        env:\n          CIBW_CONFIG_FILE: ci/cibuildwheel.toml\n",
    ],
)
def test_settings_stay_out_of_a_pyproject_that_cibuildwheel_does_not_read(project, init, line):
    own = "[tool.cibuildwheel]\ntest-command = 'pytest'\n"
    files = {**SABI, ".github/workflows/w.yml": line, "ci/cibuildwheel.toml": own}
    folder = project(PYPROJECT.replace('"numpy"]', '"numpy>=1.21"]'), files)
    done = init(folder, "--yes", "--json")
    assert done.returncode == 0, done.stderr
    assert table_of(folder) == {}
    assert "ci/cibuildwheel.toml" in advice(done)
    assert "NPY_TARGET_VERSION" in advice(done)


def test_a_commented_or_own_config_file_changes_nothing(project, init):
    text = (
        f"{USES}      # config-file: other.toml\n"
        "        with:\n          config-file: pyproject.toml\n"
    )
    folder = project(PYPROJECT, {**SOURCES, ".github/workflows/w.yml": text})
    init(folder, "--yes")
    assert "audit-command" in table_of(folder)["linux"]


def test_requirements_that_ci_installs_name_the_version(project):
    files = {
        **SOURCES,
        ".github/workflows/w.yml": "        run: |\n"
        "          pip install -r .github/deep/in/wheels.txt\n          python -m cibuildwheel\n",
        ".github/deep/in/wheels.txt": "-r pinned.txt\n-r ../../../../outside.txt\n",
        ".github/deep/in/pinned.txt": "cibuildwheel==3.4.1 \\\n"
        "    --hash=sha256:00\n-r wheels.txt\n",
    }
    found = ci.gather(project(PYPROJECT, files))
    assert str(found.version) == "3.4.1"
    assert found.version_in == ".github/deep/in/pinned.txt"


@pytest.mark.parametrize(
    "own",
    [
        '[[tool.cibuildwheel.overrides]]\nselect = "*-manylinux*"\ntest-command = "pytest"\n',
        '[tool.cibuildwheel.macos]\ntest-command = "pytest"\n',
    ],
)
def test_a_project_that_tests_some_builds_gets_no_test_for_all(project, init, own):
    folder = project(f"{PYPROJECT}\n{own}", {**SOURCES, ".github/workflows/w.yml": USES})
    init(folder, "--yes")
    assert "test-command" not in table_of(folder)
    assert "test-command" not in table_of(folder)["linux"]


def test_the_ignored_files_are_left_alone_without_a_workflow_of_ours(project, init):
    files = {**SOURCES, ".github/workflows/w.yml": USES, ".gitignore": "build/\n"}
    folder = project(PYPROJECT, files)
    init(folder, "--yes")
    assert (folder / ".gitignore").read_text() == "build/\n"


def test_a_workflow_for_another_platform_is_named_last(project):
    files = {
        **SOURCES,
        ".github/workflows/emscripten.yml": USES,
        ".github/workflows/test-pyodide.yaml": USES,
        ".github/workflows/wheels-recipe.yaml": USES,
    }
    assert ci.gather(project(PYPROJECT, files)).builds == ".github/workflows/wheels-recipe.yaml"


def test_abi3audit_is_repeated_for_a_stable_abi_alone(project, init):
    plain = project(PYPROJECT, {**SOURCES, ".github/workflows/w.yml": USES}, name="plain")
    stable = project(PYPROJECT, {**SABI, ".github/workflows/w.yml": USES}, name="stable")
    for folder in (plain, stable):
        init(folder, "--yes")
    assert not any("abi3audit" in word for word in table_of(plain)["linux"]["audit-requires"])
    assert any("abi3audit" in word for word in table_of(stable)["linux"]["audit-requires"])


def test_the_stable_abi_of_rust_is_seen(project, init):
    text = PYPROJECT.replace("setuptools.build_meta", "maturin")
    cargo = '[dependencies]\npyo3 = { version = "0.27", features = ["abi3-py310"] }\n'
    files = {"src/lib.rs": "", "Cargo.toml": cargo, ".github/workflows/w.yml": USES}
    folder = project(text, files)
    init(folder, "--yes")
    assert "abi3audit" in table_of(folder)["linux"]["audit-requires"]


def test_builds_for_abi3t_get_a_target_of_their_own(project, init):
    files = {**SABI, "CMakeLists.txt": "add_definitions(-DPy_TARGET_ABI3T=0x030f0000)\n"}
    folder = project(PYPROJECT.replace('"numpy"]', '"numpy>=1.21"]'), files)
    done = init(folder, "--yes")
    assert done.returncode == 0, done.stderr
    table = table_of(folder)
    (entry,) = table["overrides"]
    assert entry["select"].split() == ["cp315-*", "cp315t-*"]
    assert entry["inherit"] == {"environment": "append"}
    for name in ("CFLAGS", "CXXFLAGS"):
        assert "NPY_2_5_API_VERSION" in entry["environment"][name]
        assert "NPY_2_5_API_VERSION" not in table["environment"][name]
    assert init(folder, "--check").returncode == 0


@pytest.mark.parametrize("tool", ["Cython", "pybind11"])
def test_what_a_tool_cannot_build_for_abi3t_is_named(project, init, tool):
    text = PYPROJECT.replace('"setuptools",', f'"setuptools", "{tool}",')
    done = init(project(text, SABI), "--yes", "--json")
    assert f"{tool} 3" in advice(done)


def test_a_target_that_is_named_is_the_workflows(project, init):
    folder = project(PYPROJECT, SOURCES)
    init(folder, "--yes", "--target", "manylinux_x86_64 manylinux_armv7l")
    text = (folder / ".github/workflows/wheels.yml").read_text()
    assert 'TARGETS: "manylinux_x86_64 manylinux_armv7l"' in text
    assert "skip" not in table_of(folder)


class TestSource:
    """Where npwheel can be installed from."""

    FILES = (
        IndexFile("npwheel-0.1.0-py3-none-any.whl", "", {"sha256": "b" * 64}, None, False, 1, None),
        IndexFile("npwheel-0.1.0.tar.gz", "", {"sha256": "a" * 64}, None, False, 1, None),
        IndexFile("npwheel-0.1.0rc1.tar.gz", "", {"sha256": "c" * 64}, None, False, 1, None),
    )

    @pytest.fixture(autouse=True)
    def version(self, monkeypatch):
        monkeypatch.setattr(sources, "__version__", "0.1.0")

    def test_a_release_of_the_index_is_pinned_by_hash(self, monkeypatch):
        monkeypatch.setattr(sources.index, "files", lambda name: self.FILES)
        found = sources.find()
        assert found.hashes == ("a" * 64, "b" * 64)
        assert found.available

    def test_another_release_is_none(self):
        assert sources.from_index(self.FILES[2:]) is None

    @pytest.mark.parametrize(
        ("address", "commit", "available"),
        [
            (None, "0" * 40, False),
            ("https://example.org/a", "", False),
            ("https://example.org/a", "0" * 40, True),
        ],
    )
    def test_else_a_commit_is_pinned_or_the_reason_is_given(
        self, monkeypatch, address, commit, available
    ):
        monkeypatch.setattr(sources.index, "files", lambda name: ())
        monkeypatch.setattr(sources.hosting, "address", lambda: address)
        monkeypatch.setattr(sources, "running_commit", lambda: commit)
        found = sources.find()
        assert found.available == available
        assert ("git+https://example.org/a@" + "0" * 40 in found.requirement) == available

    def test_nothing_that_fails_today_joins_builds_that_work(self, monkeypatch, project, init):
        nowhere = InstallSource("npwheel==0.1.0", why="it is nowhere")
        monkeypatch.setattr(plan, "find", lambda: nowhere)
        folder = project(PYPROJECT, {**SOURCES, ".github/workflows/w.yml": USES})
        done = init(folder, "--yes", "--json")
        assert "linux" not in table_of(folder)
        assert "it is nowhere" in advice(done)

    def test_a_workflow_that_cannot_run_yet_is_marked(self, monkeypatch, project, init):
        monkeypatch.setattr(
            plan, "find", lambda: InstallSource("npwheel==0.1.0", why="it is nowhere")
        )
        done = init(project(PYPROJECT, SOURCES), "--yes", "--json")
        assert "it is nowhere" in advice(done)
