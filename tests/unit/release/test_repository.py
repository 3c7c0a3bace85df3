"""The address of the repository: one file, read by the metadata and by the release."""

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SPEC = importlib.util.spec_from_file_location("npwheel_hatch_build", ROOT / "hatch_build.py")
hatch_build = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(hatch_build)


@pytest.mark.parametrize(("owner", "count"), [("OWNER", 0), ("someone", 4)])
def test_urls_are_published_once_the_owner_is_set(tmp_path, owner, count):
    file = tmp_path / hatch_build.DATA
    file.parent.mkdir(parents=True)
    text = (ROOT / hatch_build.DATA).read_text("utf-8")
    file.write_text(text.replace('owner = "OWNER"', f'owner = "{owner}"'))
    metadata = {}
    hatch_build.ProjectUrls(str(tmp_path), {}).update(metadata)
    assert len(metadata["urls"]) == count
    assert all("OWNER" not in url and "someone" in url for url in metadata["urls"].values())


def test_no_other_file_names_the_repository():
    owner_file = ROOT / hatch_build.DATA
    assert owner_file.is_file()
    for name in ("pyproject.toml", "README.md", "CONTRIBUTING.md", "SECURITY.md"):
        assert "github.com/" not in (ROOT / name).read_text("utf-8"), name
