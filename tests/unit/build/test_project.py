"""Projects are read without running their code."""

import os
import subprocess
from pathlib import Path

import pytest

from npwheel.build import project
from npwheel.cli import build
from npwheel.core.errors import PlanError, UsageError
from npwheel.core.requirements import bound_on


def make(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pyproject.toml").write_text(text)
    return folder


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("[project\n", "cannot be read"),
        ('[project]\nname="a"\nrequires-python="x"', "requires-python"),
    ],
)
def test_broken_pyproject_is_one_clear_line(tmp_path, text, part):
    with pytest.raises(UsageError) as caught:
        project.load(make(tmp_path, text))
    assert part in caught.value.what
    assert str(tmp_path) in caught.value.what


def test_a_folder_without_a_project(tmp_path):
    with pytest.raises(UsageError, match="holds no Python project"):
        project.load(tmp_path)
    with pytest.raises(UsageError, match="is not a folder"):
        project.load(tmp_path / "nowhere")


def test_what_is_read(tmp_path):
    found = project.load(
        make(
            tmp_path / "p",
            """
[project]
name = "Some_Thing"
requires-python = ">=3.10"
dependencies = ["numpy>=1.22,<3", "numpy>=2; python_version>='3.13'", "attrs", "!bad!"]
[tool.cibuildwheel]
test-command = ["a", "b"]
build-frontend = "pip"
[tool.cibuildwheel.linux]
build-frontend = "uv"
""",
        )
    )
    assert found.name == "some-thing"
    assert found.requires_python.contains("3.10")
    assert not found.requires_python.contains("3.9")
    # A bound behind a marker does not hold everywhere.
    assert str(bound_on("numpy", found.requires, "3.12")) == "<3,>=1.22"
    assert "2.0" in bound_on("numpy", found.requires, "3.13")
    assert "1.26" not in bound_on("numpy", found.requires, "3.13")
    assert found.option("build-frontend") == "uv"
    assert found.option("test-command") == ["a", "b"]
    assert found.option("before-all") is None


def test_environment_wins_over_the_project(tmp_path, monkeypatch):
    found = project.load(make(tmp_path, '[project]\nname="a"\n[tool.cibuildwheel]\nskip="x"'))
    monkeypatch.setenv("CIBW_SKIP", "y")
    assert found.option("skip") == "y"
    monkeypatch.setenv("CIBW_SKIP_LINUX", "z")
    assert found.option("skip") == "z"


def test_digest_sees_names_contents_modes_and_new_files(tmp_path):
    folder = make(tmp_path, '[project]\nname="a"')
    (folder / "a.c").write_text("int a;")
    digests = [project.load(folder).digest()]
    (folder / "a.c").write_text("int b;")
    digests.append(project.load(folder).digest())
    (folder / "a.c").chmod(0o755)
    digests.append(project.load(folder).digest())
    (folder / "a.c").rename(folder / "b.c")
    digests.append(project.load(folder).digest())
    (folder / "c.c").symlink_to("b.c")
    digests.append(project.load(folder).digest())
    assert len(set(digests)) == len(digests)
    (folder / "wheelhouse").mkdir()
    (folder / "wheelhouse" / "x.whl").write_text("")
    assert project.load(folder).digest() == digests[-1]


def test_git_decides_what_is_a_source(tmp_path):
    folder = make(tmp_path, '[project]\nname="a"')
    (folder / ".gitignore").write_text("*.o\n")

    def git(*args):
        subprocess.run(
            ["git", "-c", "user.name=t", "-c", "user.email=t@example.org", *args],
            cwd=folder, check=True, capture_output=True,
        )  # fmt: skip

    git("init", "-q")
    git("add", "-A")
    env = {**os.environ, "GIT_COMMITTER_DATE": "1700000000 +0000"}
    subprocess.run(
        ["git", "-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-qm", "x"],
        cwd=folder, check=True, env=env, capture_output=True,
    )  # fmt: skip
    before = project.load(folder).digest()
    (folder / "a.o").write_text("junk")
    assert project.load(folder).digest() == before
    (folder / "wheelhouse").mkdir()
    (folder / "wheelhouse" / "a.whl").write_text("made of it")
    assert project.load(folder).digest() == before
    (folder / "new.c").write_text("int x;")
    assert project.load(folder).digest() != before
    before = project.load(folder).digest()
    git("add", "-f", "wheelhouse/a.whl")  # whoever tracks it builds with it
    assert project.load(folder).digest() != before
    assert project.load(folder).epoch() == "1700000000"


def test_the_project_that_one_stands_in_is_built(tmp_path, monkeypatch):
    monkeypatch.chdir(make(tmp_path, '[project]\nname="a"'))
    assert build.default_project() == "."
    Path("ext").mkdir()
    assert build.default_project() == "."
    Path("ext", "pyproject.toml").write_text("")
    assert build.default_project() == "ext"


def test_epoch_of_the_environment_wins(tmp_path, monkeypatch):
    folder = make(tmp_path, '[project]\nname="a"')
    assert project.load(folder).epoch() == "315532800"
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "5")
    assert project.load(folder).epoch() == "5"


def test_identifiers_come_from_cibuildwheel(tmp_path):
    folder = make(tmp_path, '[project]\nname="a"\n[tool.cibuildwheel]\nbuild="cp312-*"')
    assert project.identifiers(folder, ("x86_64", "aarch64")) == (
        "cp312-manylinux_x86_64",
        "cp312-manylinux_aarch64",
        "cp312-musllinux_x86_64",
        "cp312-musllinux_aarch64",
    )


def test_nothing_to_build_is_not_an_error_here(tmp_path):
    folder = make(tmp_path, '[project]\nname="a"\n[tool.cibuildwheel]\nbuild="cp312-win*"')
    assert project.identifiers(folder, ("x86_64",)) == ()


def test_a_bad_option_is_cibuildwheels_own_reason(tmp_path):
    folder = make(tmp_path, '[project]\nname="a"\n[tool.cibuildwheel]\nbiuld="cp312-*"')
    with pytest.raises(PlanError, match="biuld"):
        project.identifiers(folder, ("x86_64",))


def test_known_pythons():
    known = project.known_pythons("manylinux_x86_64")
    assert known[0] == "3.9"
    assert "3.14t" in known
    assert project.known_pythons("manylinux_armv7l")


def test_images_are_cibuildwheels_pins(tmp_path, monkeypatch):
    found = project.load(make(tmp_path, '[project]\nname="a"'))
    default = project.image_reference(found, "manylinux-x86_64-image", "x86_64")
    assert "/manylinux_2_28_x86_64@sha256:" in default
    monkeypatch.setenv("CIBW_MANYLINUX_X86_64_IMAGE", "manylinux2014")
    assert "/manylinux2014_x86_64@sha256:" in project.image_reference(
        found, "manylinux-x86_64-image", "x86_64"
    )
    monkeypatch.setenv("CIBW_MANYLINUX_X86_64_IMAGE", "host/own:1")
    assert project.image_reference(found, "manylinux-x86_64-image", "x86_64") == "host/own:1"
