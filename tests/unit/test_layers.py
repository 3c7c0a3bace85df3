"""Packages import only from lower layers: CONTRIBUTING.md lists them, this test checks them."""

import ast
import re
from pathlib import Path

import npwheel

PACKAGE = Path(npwheel.__file__).parent
CONTRIBUTING = Path(__file__).resolve().parents[2] / "CONTRIBUTING.md"
_ROW = re.compile(r"^\| (\d) \| (.+?) \|", re.MULTILINE)


def layers() -> dict[str, int]:
    """Package -> its layer, 0 being the lowest, as CONTRIBUTING.md has them."""
    text = CONTRIBUTING.read_text("utf-8")
    return {
        package: int(number)
        for number, packages in _ROW.findall(text)
        for package in re.findall(r"`(\w+)`", packages)
    }


def imports(path: Path) -> set[str]:
    """The npwheel packages that a module imports, also inside functions."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        parts = [name.split(".") for name in names]
        found |= {p[1] for p in parts if p[0] == "npwheel" and len(p) > 1}
    return found


def test_every_package_has_a_layer():
    packages = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert packages == set(layers())


def test_no_package_imports_from_its_own_layer_or_a_higher_one():
    known = layers()
    wrong = {
        f"{path.relative_to(PACKAGE)} -> {other}"
        for package, level in known.items()
        for path in (PACKAGE / package).rglob("*.py")
        for other in imports(path) & set(known)
        if other != package and known[other] >= level
    }
    assert wrong == set()


def test_the_list_forbids_something():
    assert len(set(layers().values())) > 4
