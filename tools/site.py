"""Build the documentation site into dist/site: `nox -s docs`.

The pages are docs/ and four files of the top folder. Links between them stay links. A link to any
other file of the repository leads to the repository's address, or is plain text while that is not
set. The build fails on a dead link, a dead anchor, and a page that the navigation lacks.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
REPOSITORY = ROOT / "src/npwheel/core/data/repository.toml"
TOP = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "CHANGELOG.md": "changelog.md",
}
_LINK = re.compile(r"(?P<text>\[(?:[^\[\]]|\[[^\]]*\])*\])\((?P<target>[^()\s]+)\)")
_FENCE = re.compile(r"^(```.*?^```$)", re.MULTILINE | re.DOTALL)


def sources(root: Path = ROOT) -> dict[Path, str]:
    """Return each page of the site: its file in the repository -> its name in the site."""
    pages = {root / name: page for name, page in TOP.items()}
    docs = root / "docs"
    own = (p for p in docs.rglob("*") if p.suffix in (".md", ".svg") and "example" not in p.parts)
    return pages | {path: path.relative_to(docs).as_posix() for path in sorted(own)}


def translated(text: str, file: Path, pages: dict[Path, str], address: str | None) -> str:
    """Return a page's text with its links as they are in the site.

    Raises:
        SystemExit: a link leads to a file that does not exist.
    """

    def link(match: re.Match[str]) -> str:
        target, _, anchor = match["target"].partition("#")
        if "://" in target or not target or target.startswith("mailto:"):
            return match[0]
        path = (file.parent / target).resolve()
        if path in pages:
            up = "../" * pages[file].count("/")
            return f"{match['text']}({up}{pages[path]}{'#' * bool(anchor)}{anchor})"
        if not path.exists():
            raise SystemExit(f"error: {file.name} links to {target}, which does not exist")
        if address is None:
            return match["text"][1:-1]
        kind = "tree" if path.is_dir() else "blob"
        return f"{match['text']}({address}/{kind}/main/{path.relative_to(ROOT).as_posix()})"

    parts = _FENCE.split(text)
    return "".join(part if part.startswith("```") else _LINK.sub(link, part) for part in parts)


def named(nav: object) -> Iterator[str]:
    """Yield the pages of a navigation."""
    if isinstance(nav, str):
        yield nav
    elif isinstance(nav, dict):
        for value in nav.values():
            yield from named(value)
    elif isinstance(nav, list):
        for value in nav:
            yield from named(value)


def address_of(root: Path = ROOT) -> tuple[str | None, str | None]:
    """Return the repository's and the site's address; None while the owner is not set."""
    entry = tomllib.loads((root / REPOSITORY.relative_to(ROOT)).read_text("utf-8"))
    if entry["owner"] == "OWNER":
        return None, None
    site = str(entry["documentation"]).format(**entry)
    return f"{entry['host']}/{entry['owner']}/{entry['name']}", site


def lay_out(folder: Path) -> None:
    """Write the pages and the configuration to a new folder."""
    shutil.rmtree(folder, ignore_errors=True)
    pages = sources()
    config = (ROOT / "zensical.toml").read_text("utf-8")
    listed = set(named(tomllib.loads(config)["project"]["nav"]))
    markdown = {name for name in pages.values() if name.endswith(".md")}
    if listed != markdown:
        lacking = ", ".join(sorted(listed ^ markdown))
        raise SystemExit(f"error: the navigation of zensical.toml and the pages differ: {lacking}")
    address, site = address_of()
    if address:
        keys = f'[project]\nsite_url = "{site}"\nrepo_url = "{address}"\n'
        config = config.replace("[project]\n", keys, 1)
    for file, name in pages.items():
        page = folder / "pages" / name
        page.parent.mkdir(parents=True, exist_ok=True)
        text = file.read_text("utf-8")
        page.write_text(
            translated(text, file, pages, address) if name.endswith(".md") else text, "utf-8"
        )
    (folder / "zensical.toml").write_text(config, "utf-8")


def main() -> int:
    """Build strictly; return zensical's exit code."""
    source, site = ROOT / "dist" / "site-source", ROOT / "dist" / "site"
    lay_out(source)
    program = Path(sys.executable).with_name("zensical")
    done = subprocess.run([program, "build", "--clean", "--strict"], cwd=source, check=False)
    if done.returncode == 0:
        shutil.rmtree(site, ignore_errors=True)
        (source / "site").rename(site)
        print(f"the site is in {site.relative_to(ROOT)}/")
    return done.returncode


if __name__ == "__main__":
    raise SystemExit(main())
