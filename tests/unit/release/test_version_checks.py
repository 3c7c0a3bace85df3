"""What is refused before anything is built."""

import pytest

from npwheel.cli import main
from npwheel.release import checks
from npwheel.release.contents import ReleaseContents, ReleasedDistribution

THING = ReleaseContents((ReleasedDistribution("thing", ".", True),))


@pytest.fixture
def repository(tmp_path):
    """repository(heading) -> a project with a changelog."""

    def make(heading):
        (tmp_path / "pyproject.toml").write_text('[project]\nname = "thing"\nversion = "1.2.3"\n')
        (tmp_path / "CHANGELOG.md").write_text(f"# Changelog\n\n{heading}\n\nText.\n")
        return tmp_path

    return make


@pytest.mark.parametrize(
    ("heading", "dry_run", "refused"),
    [
        ("## 1.2.3 (unreleased)", False, True),
        ("## [1.2.3] - Unreleased", False, True),
        ("## 1.2.3 (unreleased)", True, False),
        ("## 1.2.3 (2026-11-27)", False, False),
    ],
)
def test_a_changelog_without_a_date_is_refused_for_a_real_release(
    repository, heading, dry_run, refused
):
    found = checks.version("v1.2.3", repository(heading), THING, dry_run=dry_run)
    assert [str(refusal.subject) for refusal in found] == (["CHANGELOG.md"] if refused else [])


def test_release_in_another_repository_says_what_it_needs(tmp_path, capsys):
    code = main(["release", "--preflight", "--dry-run", "v1.2.3", "--repository", str(tmp_path)])
    assert code == 2
    assert "pyproject.toml" in capsys.readouterr().err
