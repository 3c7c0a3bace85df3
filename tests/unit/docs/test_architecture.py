"""The page on the architecture names files that exist, and every package."""

import re
from pathlib import Path

import npwheel

ROOT = Path(__file__).resolve().parents[3]
PACKAGE = ROOT / "src" / "npwheel"
PAGE = (ROOT / "docs" / "architecture.md").read_text("utf-8")
PLACES = (PACKAGE, PACKAGE / "report", ROOT)


def test_every_file_that_the_page_names_exists():
    named = re.findall(r"`([\w/-]+(?:\.py|\.toml|\.json|/))`", PAGE)
    named.remove("npwheel.json")
    assert len(named) > 40
    assert [name for name in named if not any((p / name).exists() for p in PLACES)] == []


def test_contributing_names_every_package_and_links_the_page():
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    packages = {p.parent.name for p in Path(npwheel.__file__).parent.glob("*/__init__.py")}
    assert packages <= set(re.findall(r"`(\w+)`", text))
    assert "docs/architecture.md" in text
    drawing = (ROOT / "docs" / "layers.svg").read_text("utf-8")
    assert packages <= set(re.findall(r">(\w+)</text>", drawing))
