"""The test of a project, as cibuildwheel itself would find it."""

import pytest

from npwheel.build import project, project_test
from npwheel.core.errors import PlanError

TEXT = """
[project]
name = "a"
[dependency-groups]
test = ["pytest>=8"]
[tool.cibuildwheel]
test-command = ["pytest {project}/tests", "true"]
test-requires = ["hypothesis"]
test-groups = ["test"]
test-extras = ["fast", "more"]
test-skip = "*-musllinux*"
test-environment = { A = "b c", D = "$(touch /never)" }
[[tool.cibuildwheel.overrides]]
select = "cp313-*"
test-command = "python -m a"
test-sources = ["tests"]
"""


def load(folder, text=TEXT):
    (folder / "pyproject.toml").write_text(text)
    return project.load(folder)


def test_what_is_read(tmp_path):
    (tmp_path / "tests").mkdir()
    found = project_test.of_project(load(tmp_path), "3.12", "manylinux_x86_64")
    assert found.command == (
        'export A="b c"; export D="$(touch /never)"; pytest {project}/tests && true'
    )
    assert found.requires == ("hypothesis", "pytest>=8")
    assert found.extras == "[fast,more]"
    assert found.needs_project


def test_overrides_and_skips_count(tmp_path):
    (tmp_path / "tests").mkdir()
    loaded = load(tmp_path)
    found = project_test.of_project(loaded, "3.13", "manylinux_aarch64")
    assert found.command.endswith("python -m a")
    assert found.sources == ("tests",)
    assert project_test.of_project(loaded, "3.13", "musllinux_x86_64") == project_test.Test()


def test_the_environment_wins(tmp_path, monkeypatch):
    monkeypatch.setenv("CIBW_TEST_COMMAND", "other")
    found = project_test.of_project(load(tmp_path), "3.12", "manylinux_x86_64")
    assert found.command.endswith("; other")


def test_a_missing_test_has_no_reason(tmp_path):
    loaded = load(tmp_path, '[project]\nname = "a"')
    assert project_test.of_project(loaded, "3.14t", "manylinux_x86_64") == project_test.Test()


def test_a_test_that_cannot_run_has_a_reason(tmp_path):
    loaded = load(tmp_path)
    found = project_test.of_project(loaded, "3.13", "manylinux_x86_64")
    assert "tests" in found.reason
    assert not found.command
    before = load(tmp_path, TEXT.replace("test-groups", 'before-test = "make"\ntest-groups'))
    found = project_test.of_project(before, "3.12", "manylinux_x86_64")
    assert "before-test" in found.reason
    assert not found.command


def test_settings_that_cibuildwheel_refuses_are_reported(tmp_path):
    loaded = load(tmp_path, TEXT.replace('["test"]', '["nowhere"]'))
    with pytest.raises(PlanError, match="nowhere"):
        project_test.of_project(loaded, "3.12", "manylinux_x86_64")
