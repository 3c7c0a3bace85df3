"""What a repository releases: [tool.npwheel.release], and its defaults."""

import pytest

from npwheel.core.errors import UsageError
from npwheel.release import checks, contents
from npwheel.release.contents import ReleaseContents, ReleasedDistribution

THING = '[project]\nname = "Thing.One"\nversion = "1.0"\n'


@pytest.fixture
def repository(tmp_path):
    """repository({folder: pyproject}) -> the repository."""

    def make(projects):
        for folder, text in projects.items():
            place = tmp_path / folder
            place.mkdir(parents=True, exist_ok=True)
            (place / "pyproject.toml").write_text(text)
        return tmp_path

    return make


@pytest.mark.parametrize(
    ("projects", "folder"),
    [
        ({".": THING}, "."),
        ({"python": THING}, "python"),
        ({".": "[tool.ruff]\n", "packages/core": THING, "examples/a": THING}, "packages/core"),
        ({".": THING, "sub": THING}, "."),
    ],
)
def test_the_one_distribution_is_found(repository, projects, folder):
    found = contents.read(repository(projects))
    assert found.distributions == (ReleasedDistribution("thing-one", folder, False),)
    assert found.changelog == "CHANGELOG.md"


@pytest.mark.parametrize(
    "projects",
    [
        {},
        {"a": THING, "b": THING},
        {".": "[project]\nversion = '1'\n"},
        {".": f"{THING}[tool.npwheel.release]\ndistribution = []\n"},
        {".": f"{THING}[tool.npwheel.release]\nnot-built = 'cp314t-*'\n"},
        {".": f"{THING}[tool.npwheel.release]\ndistributions = [{{ folder = '../..' }}]\n"},
        {".": f"{THING}[tool.npwheel.release]\ndistributions = [{{ wheel = 'pure' }}]\n"},
    ],
)
def test_what_cannot_be_known_is_a_usage_error(repository, projects):
    with pytest.raises(UsageError) as caught:
        contents.read(repository(projects))
    assert "\n" not in caught.value.what


def test_what_it_says_wins(repository):
    text = (
        f"{THING}[tool.npwheel.release]\nchangelog = ''\nnot-built = ['cp314t-*']\n"
        "targets = ['manylinux_x86_64']\ndistributions = [{folder = '.', wheel = 'pure'}]\n"
    )
    found = contents.read(repository({".": text}))
    assert found == ReleaseContents(
        (ReleasedDistribution("thing-one", ".", True),), "", "", ("cp314t-*",),
        ("manylinux_x86_64",),
    )  # fmt: skip
    assert checks.version("v1.0", repository({}), found, dry_run=False) == []


@pytest.mark.parametrize(
    ("tag", "version"), [("v1.0", "1.0"), ("1.0", "1.0"), ("v1.00", ""), ("x", "")]
)
def test_a_tag_is_a_version_with_or_without_v(tag, version):
    assert checks.version_of(tag) == version


def test_a_computed_version_is_left_to_the_names_of_files(repository, tmp_path):
    text = '[project]\nname = "a"\ndynamic = ["version"]\n'
    found = contents.read(repository({".": text}))
    quiet = ReleaseContents(found.distributions, "")
    assert checks.version("v2.0", tmp_path, quiet, dry_run=False) == []
    files = {"a": [tmp_path / "a-2.0.tar.gz", tmp_path / "a-2.1-py3-none-any.whl"]}
    assert [refusal.found for refusal in checks.named(files, "2.0")] == ["2.1"]


def test_a_python_without_a_wheel_is_refused_unless_the_project_says_so():
    wheels = [{"project": "a", "not_built": {"cp314t-manylinux_x86_64": "no NumPy"}}]
    (refusal,) = checks.built(wheels, ReleaseContents(()))
    assert "cp314t-manylinux_x86_64" in refusal.subject
    assert "cp314t-*" in refusal.next
    assert checks.built(wheels, ReleaseContents((), not_built=("cp3??t-*",))) == []
